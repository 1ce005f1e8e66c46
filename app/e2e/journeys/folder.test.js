// A folder of a thousand files and a very large one: progress, cancel, resume,
// a connection that breaks, flat memory, and the right digests.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pipeline } from 'node:stream/promises';
import { launch, sha256, shoot, visit } from '../browser.js';
import { renderers, watch } from '../processes.js';

// CAIRN_E2E_BIG is the size of the large file in MB: 4100 for all there is to
// see.
const big = Number(process.env.CAIRN_E2E_BIG ?? 700) * 1e6 + 7;
const small = 1000;
const patience = { timeout: 60_000 + big / 20_000 };

let browser;
let folder;
const digests = new Map(); // by the path that the page shows
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'cairn-folder-'));
  await mkdir(join(folder, 'papers', 'older'), { recursive: true });
  for (let i = 0; i < small; i += 1) {
    const name = i % 2 ? `papers/${i}.txt` : `papers/older/报告 ${i}.txt`;
    // An empty one, a pair of equals, and some that are not so small.
    const content = i === 0 ? '' : i < 3 ? `twins ${folder}` : randomBytes(i % 100 === 0 ? 9_500_000 : 200 + i);
    await writeFile(join(folder, name), content);
    digests.set(name, sha256(content));
  }
  await sparse(join(folder, 'papers', 'film.mkv'), big);
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, 'papers', 'film.mkv'), { highWaterMark: 1 << 22 }), hash);
  digests.set('papers/film.mkv', hash.digest('hex'));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

// sparse makes a file that takes no room on the disk, with bytes of its own
// at both ends.
async function sparse(path, size) {
  const file = await open(path, 'w');
  await file.write(randomBytes(64), 0, 64, 0);
  await file.write(randomBytes(7), 0, 7, size - 7);
  await file.close();
}

// remembered is the browser's own list: digests by name.
const remembered = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const request = indexedDB.open('cairn');
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    request.result.transaction('proofs').objectStore('proofs').getAll().onsuccess = ({ target }) => {
      resolve(target.result.map(({ name, digest }) => [name, digest]));
      request.result.close();
    };
  };
}));

test('a folder: progress, cancel, resume, offline and back', async (t) => {
  const page = await visit(browser);
  page.setDefaultTimeout(patience.timeout);
  await page.goto('/');
  const film = page.locator('.files li', { hasText: 'film.mkv' });
  const part = () => film.locator('progress').evaluate((bar) => bar.value);
  // still waits until nothing more is read, and gives the part that was.
  const still = async () => {
    for (let last = -1; ;) {
      const now = await part();
      if (now === last) return now;
      last = now;
      await page.waitForTimeout(1000);
    }
  };
  const before = await renderers(browser);
  const memory = watch(browser);
  t.after(() => memory.stop());
  const start = Date.now();

  await page.setInputFiles('[data-folder] input', join(folder, 'papers'));
  await film.getByText('Taking the fingerprint').waitFor(patience);
  await page.waitForFunction(() => document.querySelector('.files progress:not([hidden])')?.value > 0.05, null, patience);
  assert.match(await page.locator('[data-run-say]').innerText(), /of 1,001 files/);
  await shoot(page, 'folder-running');

  // The connection breaks; reading goes on all the same.
  await page.context().setOffline(true);

  // The film is cancelled and taken up again where it was.
  await film.getByRole('button', { name: /^Cancel/ }).click();
  await film.getByText('Stopped at').waitFor();
  const stopped = await still();
  assert.ok(stopped > 0.05 && stopped < 1, `stopped at ${stopped}`);
  await shoot(page, 'folder-cancelled');
  await film.getByRole('button', { name: /^Resume/ }).click();
  await page.waitForFunction((value) => document.querySelector('.files progress:not([hidden])')?.value > value, stopped, patience);

  // Pause and resume stop and go on with everything.
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('heading', { name: 'Paused' }).waitFor();
  const paused = await still();
  assert.ok(paused >= stopped && paused < 1, `paused at ${paused}, after ${stopped}`);
  await page.getByRole('button', { name: 'Resume', exact: true }).click();

  // What is read by now cannot be sent, and the page says so.
  await page.locator('[data-run-trouble]', { hasText: 'No connection.' }).waitFor(patience);
  await page.context().setOffline(false);
  await page.getByRole('heading', { name: 'Your files' }).waitFor(patience);
  assert.equal(await page.locator('[data-run-say]').innerText(), '1,001 of 1,001 files');
  const seconds = (Date.now() - start) / 1000;
  const most = await memory.stop();
  t.diagnostic(`${small + 1} files, ${(big / 1e9).toFixed(1)} GB in ${seconds.toFixed(0)} s; renderer ${before?.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`);
  await shoot(page, 'folder-done');

  const found = new Map((await remembered(page)).map(([name, digest]) => [digest, name]));
  for (const [name, digest] of digests) assert.ok(found.has(digest), `${name} has another digest`);
  assert.equal(found.size, new Set(digests.values()).size, 'the same content twice is one proof');
  assert.equal(found.get(digests.get('papers/film.mkv')), 'papers/film.mkv');
  for (const name of ['papers/film.mkv', 'papers/7.txt', 'papers/older/报告 0.txt']) {
    assert.equal((await page.request.get(`/proof/${digests.get(name)}`)).status(), 200, name);
  }
  if (before) assert.ok(most - before < 250, `memory grew from ${before} to ${most} MB`);

  // All proofs come as one archive, by the names of the files.
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download all proofs' }).click()]);
  const archive = await readFile(await download.path());
  assert.match(download.suggestedFilename(), /^proofs-\d{4}-\d\d-\d\d\.zip$/);
  assert.equal(archive.readUInt16LE(archive.length - 12), found.size);
  assert.ok(archive.includes(Buffer.from('papers/film.mkv.ots')));
  // A broken connection is an error to the browser's console; nothing else is.
  assert.deepEqual(page.troubles.filter((trouble) => !/ERR_INTERNET_DISCONNECTED/.test(trouble)), []);
  await page.context().close();
});

test('a dropped folder is walked', async () => {
  const page = await visit(browser);
  await page.goto('/');
  const nested = join(folder, 'dropped');
  await mkdir(join(nested, 'a', 'b'), { recursive: true });
  const texts = Array.from({ length: 250 }, (_, i) => `dropped ${i} ${Math.random()}`);
  await Promise.all(texts.map((text, i) => writeFile(join(nested, i < 120 ? 'a/b' : 'a', `${i}.txt`), text)));
  const box = await page.locator('[data-stamp]').boundingBox();
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', {
      type, x: box.x + box.width / 2, y: box.y + box.height / 2, data: { items: [], files: [nested], dragOperationsMask: 1 },
    });
  }
  await page.getByRole('heading', { name: 'Your files' }).waitFor(patience);
  assert.equal(await page.locator('[data-run-say]').innerText(), '250 of 250 files');
  const found = new Map((await remembered(page)).map(([name, digest]) => [name, digest]));
  texts.forEach((text, i) => assert.equal(found.get(`dropped/${i < 120 ? 'a/b' : 'a'}/${i}.txt`), sha256(text)));
  // Fifty are shown, the rest is a button away.
  assert.equal(await page.locator('.files li').count(), 50);
  await page.getByRole('button', { name: 'and 200 more: show some of them' }).click();
  assert.equal(await page.locator('.files li').count(), 250);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('what cannot be read is named, and the rest goes on', async () => {
  const page = await visit(browser);
  await page.goto('/');
  const [here, gone] = [join(folder, 'here.txt'), join(folder, 'gone.txt')];
  await writeFile(here, `here ${Math.random()}`);
  await writeFile(gone, 'gone');
  // Chosen while it was there, and away when it is to be read.
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file', multiple: true, id: 'held' })));
  await page.setInputFiles('#held', [here, gone]);
  await rm(gone);
  await page.evaluate(() => {
    const carrier = new DataTransfer();
    for (const file of document.querySelector('#held').files) carrier.items.add(file);
    document.querySelector('[data-stamp]').dispatchEvent(new DragEvent('drop', { dataTransfer: carrier, bubbles: true }));
  });
  await page.locator('.files li.failed', { hasText: 'gone.txt' }).getByText('This file could not be read.').waitFor();
  await page.locator('.files li.done', { hasText: 'here.txt' }).waitFor();
  await page.getByText('Not stamped: 1.').first().waitFor();
  await shoot(page, 'folder-unreadable');
  await page.getByRole('button', { name: 'Remove those' }).click();
  assert.equal(await page.locator('.files li').count(), 1);
  await page.context().close();
});

test('leaving while files are being read asks first', async () => {
  const page = await visit(browser);
  await page.goto('/');
  await page.setInputFiles('[data-stamp] input', join(folder, 'papers', 'film.mkv'));
  await page.locator('.files li.reading').waitFor();
  await page.getByRole('heading', { name: 'Taking fingerprints' }).click();
  const asked = page.waitForEvent('dialog');
  const closing = page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.accept();
  await closing;
  await page.context().close();
});
