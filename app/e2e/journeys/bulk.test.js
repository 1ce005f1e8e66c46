// A list beyond what is free is paid for in a page of its own, while the first
// waits with its files and goes on by itself. Only the refusal is made here, so
// that the other journeys keep what is free; price, payment and stamps are real.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, shoot, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const files = (count) => Array.from({ length: count }, (_, i) => (
  { name: `deed-${i}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`deed ${i} ${Math.random()}`) }));

// refused opens the first page with a list that nothing is free for.
async function refused(options, count) {
  const page = await visit(browser, options);
  await page.route('**/api/v1/stamps', (route) => (route.request().headers().authorization ? route.continue() : route.fulfill({
    status: 402, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Pay', payment: { free_again_in: 7200 } }),
  })));
  await page.goto('/');
  await page.setInputFiles('[data-stamp] input[data-choose]', files(count));
  await page.locator('[data-run-pay]').waitFor();
  return page;
}

for (const [name, options] of Object.entries({
  en: { colorScheme: 'light' },
  zh: { colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 360, height: 800 } },
})) {
  test(`a list waits for its payment and goes on, ${name}`, async () => {
    const page = await refused(options, 3);
    const panel = page.locator('[data-run-pay]');
    assert.match(await panel.textContent(), /10 sat/);
    assert.match(await panel.textContent(), name === 'en' ? /free again in 2 hours/ : /2小时|2 小时/);
    await shoot(page, `bulk-price-${name}`);

    const [checkout] = await Promise.all([page.context().waitForEvent('page'), panel.locator('a').click()]);
    const pay = checkout.locator('form[data-play] button[value=lightning]');
    // The payer of play money opens its channels in the first seconds.
    for (const until = Date.now() + 90_000; !(await pay.isEnabled()) && Date.now() < until;) {
      await checkout.waitForTimeout(1000);
      await checkout.reload();
    }
    await pay.click();
    await page.locator('.files li.done').nth(2).waitFor();
    assert.equal(await panel.isVisible(), false);
    await page.locator('[data-run-done]').waitFor();
    await shoot(page, `bulk-paid-${name}`);

    // What is left of the thousand that were bought opens the next list.
    await page.setInputFiles('[data-stamp] input[data-choose]', files(2));
    await page.locator('.files li.done').nth(4).waitFor();
    assert.equal(await panel.isVisible(), false);
    await page.context().close();
  });
}

test('who would rather not pay keeps his list', async () => {
  const page = await refused({}, 5);
  await page.locator('[data-run-pay-not]').click();
  await page.locator('.files li.failed').nth(4).waitFor();
  assert.match(await page.locator('.files li.failed').first().textContent(), /Not paid for/);
  await page.locator('[data-run-retry]').click(); // the first goes by itself, for nothing
  await page.locator('[data-run-pay]').waitFor();
  await page.context().close();
});
