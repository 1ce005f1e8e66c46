// A price that runs out while somebody looks at it: the page says so by itself,
// nothing is owed, and one press asks for today's, which can be paid.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, sha256, visit } from '../browser.js';
import { serve } from '../own.js';

let browser;
let cairn;
before(async () => {
  browser = await launch();
  cairn = await serve('--till-expiry', '12s');
});
after(async () => {
  await browser.close();
  await cairn.stop();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a price runs out and is asked for anew, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
    const page = await visit(browser, { baseURL: cairn.url, javaScriptEnabled });
    const digest = sha256(`expiry ${javaScriptEnabled} ${Math.random()}`);
    await page.request.post('/stamp', { form: { digest } });
    const answer = await page.request.post(`/proof/${digest}/express`, { form: { form: 'docproof' } });
    await page.goto(new URL(answer.url()).pathname);
    const first = page.url();

    const ended = page.getByRole('heading', { name: 'This price has run out.' });
    if (javaScriptEnabled) {
      await ended.waitFor({ timeout: 30000 });
    } else {
      await page.waitForTimeout(13000);
      await page.reload();
      await ended.waitFor();
    }
    assert.equal(await page.locator('.pay-code').count(), 0, 'what cannot be paid any more is still shown');

    await page.getByRole('button', { name: 'Ask for today’s price' }).click();
    await page.locator('.pay-code').waitFor();
    assert.notEqual(page.url(), first);
    assert.equal(await ended.count(), 0);
    const state = await (await page.request.get(page.url(), { headers: { accept: 'application/json' } })).json();
    assert.ok(new Date(state.expires_at) > Date.now());
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}
