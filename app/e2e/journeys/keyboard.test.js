// The same journeys by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, sha256, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// tabTo presses Tab until the focused element's text or label matches, and
// checks on the way that the focus can be seen.
async function tabTo(page, pattern) {
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const { name, seen } = await page.evaluate(() => {
      const e = document.activeElement;
      const label = e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent;
      const ring = (x) => x && getComputedStyle(x).outlineStyle !== 'none';
      return { name: label.trim(), seen: ring(e) || ring(e.closest('label')) };
    });
    assert.ok(seen, `the focus on “${name}” cannot be seen`);
    if (pattern.test(name)) return;
  }
  assert.fail(`nothing named ${pattern} can be reached by Tab`);
}

test('skip link, then stamp a pasted fingerprint', async () => {
  const digest = sha256(`keys ${Math.random()}`);
  const page = await visit(browser);
  await page.goto('/');
  await tabTo(page, /^Skip to the content$/);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await tabTo(page, /^Or paste/);
  await page.keyboard.press('Enter');
  await tabTo(page, /^SHA-256/);
  await page.keyboard.type(digest);
  await tabTo(page, /^Stamp this/);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/proof/${digest}`);
  await tabTo(page, /^Download proof/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.equal(download.suggestedFilename(), `${digest}.ots`);
  await tabTo(page, /^Details$/);
  await page.keyboard.press('Enter');
  await page.locator('details[open]').waitFor();
  await page.context().close();
});

test('the file chooser opens from the keyboard', async () => {
  const page = await visit(browser);
  // Whoever waits for a chooser tells the browser so, and a key pressed before
  // the browser knows opens a real one: so wait from the start.
  const opened = page.waitForEvent('filechooser');
  await page.goto('/');
  await tabTo(page, /^Choose files$/);
  await page.keyboard.press('Enter');
  const chooser = await opened;
  assert.ok(chooser.isMultiple());
  const text = `chosen ${Math.random()}`;
  await chooser.setFiles({ name: 'chosen.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await page.waitForURL(`**/proof/${sha256(text)}`);
  await page.context().close();
});

test('verify a proof', async () => {
  const digest = sha256(`keys too ${Math.random()}`);
  const page = await visit(browser);
  await page.request.post('/stamp', { form: { digest } });
  const ots = await (await page.request.get(`/proof/${digest}.ots`)).body();
  const opened = page.waitForEvent('filechooser');
  await page.goto('/verify');
  await tabTo(page, /^The proof/);
  await page.keyboard.press('Space');
  const chooser = await opened;
  await chooser.setFiles({ name: 'x.ots', mimeType: '', buffer: ots });
  await tabTo(page, /^Check$/);
  await page.keyboard.press('Enter');
  await page.locator('.verdict').waitFor();
  await page.context().close();
});

test('theme and language', async () => {
  const page = await visit(browser);
  await page.goto('/');
  await tabTo(page, /^中文$/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/?lang=zh-Hans');
  await tabTo(page, /^深色$/);
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.context().close();
});
