// Everything works without scripts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, sha256, shoot, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test('stamp by pasting, follow by reloading, verify by upload', async () => {
  const digest = sha256(`no scripts ${Math.random()}`);
  const page = await visit(browser, { javaScriptEnabled: false });
  await page.goto('/');
  await shoot(page, 'nojs-home');
  await page.getByText('Or paste a fingerprint').click();
  await page.getByLabel('SHA-256 of your file').fill(digest);
  await page.getByRole('button', { name: 'Stamp this fingerprint' }).click();
  await page.waitForURL(`**/proof/${digest}`);
  await page.getByText('Fingerprint stored').waitFor();
  assert.equal(await page.locator('noscript meta[http-equiv=refresh]').count(), 1);
  // The page reloads itself until the proof is complete.
  await page.locator('.steps li:last-child.done').waitFor({ timeout: 90000 });
  await shoot(page, 'nojs-proof');

  const ots = await (await page.request.get(`/proof/${digest}.ots`)).body();
  await page.goto('/verify');
  await page.setInputFiles('#proof', { name: 'x.ots', mimeType: '', buffer: ots });
  await page.getByText('No file at hand').click();
  await page.getByLabel('SHA-256 of your file').fill(digest);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.locator('.verdict.good').waitFor();
  await page.context().close();
});

test('a wrong digest is told at its field and changes nothing', async () => {
  const page = await visit(browser, { javaScriptEnabled: false });
  await page.goto('/');
  await page.getByText('Or paste a fingerprint').click();
  await page.getByLabel('SHA-256 of your file').fill('nodigest');
  await page.getByRole('button', { name: 'Stamp this fingerprint' }).click();
  await page.getByText('A fingerprint is written in the digits').waitFor();
  assert.equal(await page.getByLabel('SHA-256 of your file').inputValue(), 'nodigest');
  await page.context().close();
});

test('a list: bad lines by their number, then a proof for each line', async () => {
  const page = await visit(browser, { javaScriptEnabled: false });
  const [one, two] = [sha256(`one ${Math.random()}`), sha256(`two ${Math.random()}`)];
  await page.goto('/');
  await page.getByText('Or paste a fingerprint').click();
  await page.getByLabel('SHA-256 of your file').fill(`${one}  one.txt\nhello\n`);
  await page.getByRole('button', { name: 'Stamp this fingerprint' }).click();
  await page.getByText('Line 2: this is not a line as sha256sum prints it.').waitFor();
  assert.equal((await page.request.get(`/proof/${one}`)).status(), 404, 'nothing was stamped');
  await page.getByLabel('SHA-256 of your file').fill(`${one}  one.txt\nSHA256 (two.txt) = ${two}\n`);
  await page.getByRole('button', { name: 'Stamp this fingerprint' }).click();
  await page.getByRole('heading', { name: '2 fingerprints stored.' }).waitFor();
  await page.getByText('two.txt').waitFor();
  assert.deepEqual(await page.getByRole('link', { name: 'Open proof' }).evaluateAll((links) => links.map((link) => link.pathname)),
    [`/proof/${one}`, `/proof/${two}`]);
  await page.context().close();
});

test('language and theme are remembered', async () => {
  const page = await visit(browser, { javaScriptEnabled: false });
  await page.goto('/verify');
  await page.getByRole('link', { name: '中文' }).click();
  await page.getByRole('heading', { name: '验证一份证明。' }).waitFor();
  await page.getByRole('button', { name: '深色' }).click();
  await page.goto('/');
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.context().close();
});
