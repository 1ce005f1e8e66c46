// A person stamps files and takes the proofs away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contract, launch, photograph, sha256, shoot, visit, whenComplete } from '../browser.js';

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'cairn-e2e-'));
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

for (const make of [photograph, contract]) {
  test(`${make.name}: stamp, watch it become complete, download, verify`, async () => {
    const file = await make(browser);
    const page = await visit(browser);
    await page.goto('/');
    const posted = [];
    page.on('request', (request) => { if (request.method() === 'POST') posted.push(request); });

    await page.setInputFiles('input[type=file]', file);
    await page.waitForURL(`**/proof/${sha256(file.buffer)}`);
    assert.equal(posted.length, 1);
    assert.equal(posted[0].postData(), `digest=${sha256(file.buffer)}`, 'only the digest leaves the browser');
    await page.getByText(file.name).waitFor();

    // The page changes by itself: what was opened stays open, what has the
    // focus keeps it.
    await page.getByText('Details', { exact: true }).click();
    const marker = await page.evaluateHandle(() => document.querySelector('main'));
    await whenComplete(page);
    assert.ok(await marker.evaluate((m) => m.isConnected), 'the page was not loaded again');
    assert.match(await page.locator('h1').innerText(), /^Your file existed no later than \d+ \w+ \d{4}\.$/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Details');
    assert.ok(await page.locator('details', { has: page.getByText('Details', { exact: true }) }).evaluate((d) => d.open));
    await page.getByText(file.name).waitFor();
    await shoot(page, `stamped-${make.name}`);

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /\.ots/ }).click()]);
    assert.equal(download.suggestedFilename(), `${file.name}.ots`);
    const proof = await readFile(await download.path());
    assert.equal(proof.subarray(1, 15).toString(), 'OpenTimestamps');

    await page.goto('/verify');
    await page.setInputFiles('#proof', { name: `${file.name}.ots`, mimeType: '', buffer: proof });
    await page.setInputFiles('#file', file);
    await page.getByText('fingerprint taken').waitFor();
    posted.length = 0;
    await page.getByRole('button', { name: 'Check' }).click();
    await page.locator('.verdict.good').waitFor();
    assert.match(await page.locator('h1').innerText(), /^This file existed no later than \d+ \w+ \d{4}\.$/);
    const { requestBodySize } = await posted[0].sizes();
    assert.ok(requestBodySize < proof.length + 1000, 'the proof and a digest are sent');
    assert.ok(requestBodySize < file.buffer.length, 'the file is not');
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}

test('another file than the one in the proof is told apart', async () => {
  const file = await contract(browser);
  const page = await visit(browser);
  await page.goto('/');
  await page.setInputFiles('input[type=file]', file);
  await page.waitForURL('**/proof/*');
  const ots = await (await page.request.get(`${page.url()}.ots`)).body();
  await page.goto('/verify');
  await page.setInputFiles('#proof', { name: 'a.ots', mimeType: '', buffer: ots });
  await page.setInputFiles('#file', { name: 'a.pdf', mimeType: '', buffer: Buffer.concat([file.buffer, Buffer.from(' ')]) });
  await page.getByText('fingerprint taken').waitFor();
  await page.getByRole('button', { name: 'Check' }).click();
  await page.locator('.verdict.bad').waitFor();
  assert.equal(await page.locator('h1').innerText(), 'This proof is for another file.');
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a lost proof is found by its file', async () => {
  const file = await contract(browser);
  const page = await visit(browser);
  await page.goto('/');
  await page.setInputFiles('input[type=file]', file);
  await page.waitForURL('**/proof/*');
  await page.goto('/verify');
  await page.setInputFiles('#file', file);
  await page.getByText('fingerprint taken').waitFor();
  await page.getByRole('button', { name: 'Check' }).click();
  await page.waitForURL(`**/proof/${sha256(file.buffer)}`);
  await page.context().close();
});

test('a large file streams through the worker', async () => {
  const size = 96 << 20;
  const bytes = Buffer.alloc(size, `${Math.random()}`);
  const path = join(folder, 'film.mkv');
  await writeFile(path, bytes);
  const page = await visit(browser);
  await page.goto('/');
  await page.setInputFiles('input[type=file]', path);
  await page.waitForURL(`**/proof/${sha256(bytes)}`, { timeout: 60000 });
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('several files become a list, an empty one among them', async () => {
  const page = await visit(browser);
  await page.goto('/');
  const files = ['one.txt', 'two.txt', 'empty.txt'].map((name) => (
    { name, mimeType: 'text/plain', buffer: Buffer.from(name === 'empty.txt' ? '' : `${name} ${Math.random()}`) }));
  await page.setInputFiles('input[type=file]', files);
  await page.locator('.files li.done').nth(2).waitFor();
  await shoot(page, 'several');
  for (const [i, link] of (await page.locator('.files a').all()).entries()) {
    assert.equal(await link.getAttribute('href'), `/proof/${sha256(files[i].buffer)}`);
  }
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('files can be dropped', async () => {
  const page = await visit(browser);
  await page.goto('/');
  const text = `dropped ${Math.random()}`;
  const transfer = await page.evaluateHandle((content) => {
    const carrier = new DataTransfer();
    carrier.items.add(new File([content], 'dropped.txt'));
    return carrier;
  }, text);
  await page.dispatchEvent('[data-stamp]', 'drop', { dataTransfer: transfer });
  await page.waitForURL(`**/proof/${sha256(text)}`);
  await page.getByText('dropped.txt').waitFor();
  await page.context().close();
});

test('a block mined by hand shows on the open page', async () => {
  const page = await visit(browser);
  await page.goto('/');
  await page.setInputFiles('input[type=file]', await contract(browser));
  await page.waitForURL('**/proof/*');
  await page.getByRole('button', { name: 'Mine a block' }).click();
  await page.getByText(/Mined block \d+/).waitFor();
  await whenComplete(page);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
