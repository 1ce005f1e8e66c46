// A lost proof is found again by its file, and by any number that belongs to
// it; and the signed time-stamp of a file is on its page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, launch, sha256, visit, whenComplete } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const file = () => {
  const buffer = Buffer.from(`a letter ${Math.random()}`);
  return { name: 'letter.txt', mimeType: 'text/plain', buffer, digest: sha256(buffer) };
};

test('by its file, whose fingerprint alone is sent', async () => {
  const page = await visit(browser);
  const letter = file();
  await page.request.post('/stamp', { form: { digest: letter.digest } });
  await page.goto('/find');
  const sent = [];
  page.on('request', (request) => sent.push(`${request.method()} ${request.url()} ${request.postData() ?? ''}`));
  await page.setInputFiles('#file', letter);
  await page.waitForURL(`**/proof/${letter.digest}`);
  assert.ok(sent.every((line) => !line.includes('letter')), sent.join('\n'));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a file that is not here', async () => {
  const page = await visit(browser);
  await page.goto('/find');
  await page.setInputFiles('#file', file());
  await page.locator('.notice.bad').waitFor();
  assert.match(await page.locator('.notice.bad').innerText(), /Nothing here goes by this number/);
  await page.context().close();
});

test('by its transaction, from the foot of any page, without scripts', async () => {
  const page = await visit(browser);
  const letter = file();
  await page.request.post('/stamp', { form: { digest: letter.digest } });
  await page.goto(`/proof/${letter.digest}`);
  await whenComplete(page);
  const status = await (await page.request.get('/', { headers: { accept: 'application/json' } })).json();
  const bare = await visit(browser, { javaScriptEnabled: false });
  await bare.goto('/verify');
  await bare.locator('.look input').fill(status.latest_anchor.txid);
  await bare.locator('.look button').click();
  assert.equal(new URL(bare.url()).pathname, `/anchor/${status.latest_anchor.txid}`);
  assert.match(await bare.locator('h1').innerText(), /into Bitcoin on/);
  await bare.context().close();
  await page.context().close();
});

test('a proof has its signed time-stamp', async () => {
  const page = await visit(browser);
  const letter = file();
  await page.request.post('/stamp', { form: { digest: letter.digest } });
  await page.goto(`/proof/${letter.digest}`);
  await whenComplete(page);
  await page.locator('details', { has: page.locator('a[href$="token.tsr"]') }).locator('summary').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[href$="token.tsr"]').click()]);
  assert.equal(download.suggestedFilename(), `${letter.digest}.tsr`);
  const answer = await page.request.get(`${base}/proof/${letter.digest}/token.tsr`);
  assert.equal(answer.headers()['content-type'], 'application/timestamp-reply');
  assert.ok((await answer.body()).includes(Buffer.from(letter.digest, 'hex')), 'the token is about another file');
  await page.context().close();
});
