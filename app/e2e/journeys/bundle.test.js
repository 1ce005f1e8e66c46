// A person takes the bundle of a proof home and checks it there, without a
// network.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import AxeBuilder from '@axe-core/playwright';
import { contract, launch, shoot, visit, whenComplete } from '../browser.js';
import { unzip } from '../zip.js';
import { Headers, readList } from '../../../public/src/offline/chain.js';
import { verdictOf } from '../../../public/src/offline/verdict.js';

const examples = new URL('../../../notary/ots/testdata/', import.meta.url);
const example = (name) => readFile(new URL(name, examples));

let browser;
let folder;
let file;
let files;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'cairn-bundle-'));
  file = await contract(browser);
  const page = await visit(browser);
  await page.goto('/');
  await page.setInputFiles('input[type=file]', file);
  await page.waitForURL('**/proof/*');
  await page.getByText('once the proof is complete').waitFor();
  await whenComplete(page);
  await page.getByText('A certificate with the file’s name').click();
  assert.equal(await page.locator('#certificate-name').inputValue(), file.name, 'the browser knows the name');
  const [download] = await Promise.all([
    page.waitForEvent('download'), page.locator('button[formaction$="/bundle.zip"]').click(),
  ]);
  assert.equal(download.suggestedFilename(), `${file.name}.bundle.zip`);
  files = unzip(await readFile(await download.path()));
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  await writeFile(join(folder, file.name), file.buffer);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

// offline opens a page from the disk in a browser without a network; any
// request for one is a trouble.
async function offline(path, options = {}) {
  const page = await visit(browser, { baseURL: undefined, offline: true, ...options });
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) page.troubles.push(`request: ${request.url()}`);
  });
  await page.route(/^(?!file:)/, (route) => route.abort());
  await page.goto(pathToFileURL(path).href);
  return page;
}

const face = (page) => page.locator('#verdict').getAttribute('class');
const title = (page) => page.locator('#verdict-title').innerText();
const drop = async (page, dropped) => {
  await page.evaluate(() => { document.querySelector('#say').textContent = ''; });
  await page.setInputFiles('#files', dropped);
  await page.waitForFunction(() => {
    const said = document.querySelector('#say').textContent;
    return said !== '' && !said.includes('…') && document.querySelector('#bar').hidden;
  });
};

// withEvidence writes the page with other evidence in it.
async function withEvidence(name, evidence) {
  const page = files.get('verify.html').toString()
    .replace(/(<script type="application\/json" id="evidence">).*?(<\/script>)/, (_, a, b) => a + JSON.stringify(evidence) + b);
  const path = join(folder, `${name}.html`);
  await writeFile(path, page);
  return path;
}

// mainnet is the reference client's hello-world.txt, which is in block 358,391.
async function mainnet(change = {}) {
  const list = await readFile(new URL('../../../notary/verify/testdata/headers.txt', import.meta.url), 'utf8');
  const header = list.split('\n').find((line) => line.startsWith('358391 ')).split(' ')[1].trim();
  return {
    name: 'hello-world.txt', network: 'mainnet', proof: (await example('client/hello-world.txt.ots')).toString('base64'),
    height: 358391, headers: [header], ...change,
  };
}

test('the bundle holds what its README says', async () => {
  const readme = files.get('README.txt').toString();
  for (const name of ['certificate-en.pdf', 'certificate-zh.pdf', 'verify.html', 'headers.txt', `${file.name}.ots`]) {
    assert.ok(files.has(name), name);
    assert.ok(readme.includes(name), `the README names ${name}`);
  }
  for (const name of files.keys()) assert.ok(readme.includes(name) || name === 'README.txt', `${name} is not in the README`);
});

test('the certificates carry the proof', async () => {
  for (const language of ['en', 'zh']) {
    const into = await mkdtemp(join(folder, 'attached-'));
    await promisify(execFile)('pdfdetach', ['-saveall', '-o', into, join(folder, `certificate-${language}.pdf`)]);
    assert.deepEqual(await readFile(join(into, `${file.name}.ots`)), files.get(`${file.name}.ots`));
  }
});

for (const colorScheme of ['light', 'dark']) {
  for (const locale of ['en-GB', 'zh-CN']) {
    for (const width of [360, 1280]) {
      test(`verify.html, ${colorScheme}, ${locale}, ${width} px`, async () => {
        const page = await offline(join(folder, 'verify.html'), { colorScheme, locale, viewport: { width, height: 800 } });
        const name = `offline-${locale.slice(0, 2)}-${colorScheme}-${width}`;
        assert.equal(await page.locator('html').getAttribute('lang'), locale.startsWith('zh') ? 'zh-Hans' : 'en');
        // The devnet's blocks prove nothing, and the page says so.
        await drop(page, join(folder, file.name));
        assert.equal(await face(page), 'card verdict wait');
        assert.match(await title(page), /test network|测试网络/);
        assert.equal(await page.locator('#path li:is(:first-child, :last-child).off').count(), 0, 'the way is drawn from end to end');
        for (const fold of await page.locator('summary').all()) await fold.click();
        await shoot(page, name);
        const found = await new AxeBuilder({ page }).setLegacyMode(true)
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
        assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
        await drop(page, { name: file.name, mimeType: '', buffer: Buffer.concat([file.buffer, Buffer.from(' ')]) });
        assert.equal(await face(page), 'card verdict bad');
        assert.match(await title(page), /^(No\. This is another file\.|不对，这是另一个文件。)$/);
        await shoot(page, `${name}-no`);
        assert.deepEqual(page.troubles, []);
        await page.context().close();
      });
    }
  }
}

test('a proof of the main chain, its block compared', async () => {
  const page = await offline(await withEvidence('mainnet', await mainnet()));
  assert.equal(await title(page), 'The proof is in order. Now its file.');
  await drop(page, new URL('client/hello-world.txt', examples).pathname);
  // A block of 2015 is light enough to be forged: its hash has to be compared.
  assert.equal(await face(page), 'card verdict wait');
  assert.equal(await title(page), 'The file fits its proof. Now compare the block.');
  const hash = '000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319';
  await page.fill('#compare-hash', hash.toUpperCase());
  await page.getByText('It is the same block.').waitFor();
  assert.equal(await face(page), 'card verdict good');
  assert.equal(await title(page), 'This file existed no later than 28 May 2015.');
  await shoot(page, 'offline-mainnet');
  await page.fill('#compare-hash', `${hash.slice(0, -1)}0`);
  assert.equal(await face(page), 'card verdict bad');
  assert.equal(await title(page), 'No. That is another block: do not trust this proof.');
  await page.getByRole('button', { name: '中文' }).click();
  assert.equal(await title(page), '不对，那是另一个区块：不要相信这份证明。');
  await page.fill('#compare-hash', hash);
  assert.equal(await title(page), '此文件最晚在2015年5月28日就已存在。');
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a block too heavy to forge needs no comparing, a light one does', async () => {
  const list = readList(await readFile(new URL('../../../notary/verify/testdata/headers.txt', import.meta.url), 'utf8'), null);
  const headers = new Headers();
  for (const [height, header] of list) headers.put(height, header);
  for (const [height, want] of [[830000, 'good'], [358391, 'weak'], [0, 'weak']]) {
    const root = headers.at(height).root;
    const attestations = [{ kind: 'bitcoin', height: BigInt(height) }];
    const proof = { hash: 8, digest: root, root: { message: root, attestations, steps: [] } };
    assert.equal(verdictOf({ proof, headers, network: 'mainnet', file: { digest: root } }, String).name, want, `block ${height}`);
  }
});

test('what was changed is told apart', async () => {
  const good = await mainnet();
  const flipped = (text, at) => text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
  const proof = Buffer.from(good.proof, 'base64');
  const other = Buffer.from(proof);
  other[40] ^= 1;
  for (const [name, change, want] of [
    ['a header without work', { headers: [flipped(good.headers[0], 159)] }, 'No. The header of block 358,391 has no proof of work.'],
    ['a header with another root', { headers: [flipped(good.headers[0], 80)] }, 'No. The proof does not lead to this block.'],
    ['a changed proof', { proof: other.toString('base64') }, 'No. The proof does not lead to this block.'],
    ['a proof cut short', { proof: proof.subarray(0, 100).toString('base64') }, 'No. This is not a sound proof.'],
    ['a header upon it that is not', { headers: [good.headers[0], good.headers[0]] }, 'No. The headers do not lie upon each other.'],
    ['no header', { headers: [] }, 'The header of block 358,391 is missing.'],
    ['a pending proof', { proof: (await example('client/incomplete.txt.ots')).toString('base64') }, 'No block attests this yet.'],
    ['easy blocks that claim to be of the main chain', {
      proof: files.get(`${file.name}.ots`).toString('base64'),
      height: Number(files.get('headers.txt').toString().split(' ')[0]),
      headers: files.get('headers.txt').toString().trim().split('\n').map((line) => line.split(' ')[1]),
    }, /^No\. The header of block [\d,]+ has no proof of work\.$/],
  ]) {
    const page = await offline(await withEvidence('changed', { ...good, ...change }));
    if (want instanceof RegExp) assert.match(await title(page), want, name);
    else assert.equal(await title(page), want, name);
    assert.deepEqual(page.troubles, [], name);
    await page.context().close();
  }
});

test('a page without evidence takes file, proof and header in any order', async () => {
  const { headers: [header] } = await mainnet();
  const page = await offline(await withEvidence('bare', {}));
  assert.equal(await title(page), 'Nothing to check yet.');
  await drop(page, new URL('client/hello-world.txt', examples).pathname);
  assert.equal(await title(page), 'Now its proof.');
  await drop(page, new URL('client/hello-world.txt.ots', examples).pathname);
  assert.equal(await title(page), 'The header of block 358,391 is missing.');
  await page.getByText('Another proof or header').click();
  await page.fill('#headers', 'not a header');
  await page.getByRole('button', { name: 'Take them in' }).click();
  await page.getByText('These are no block headers').waitFor();
  await page.fill('#headers', header);
  await page.getByRole('button', { name: 'Take them in' }).click();
  assert.equal(await title(page), 'The file fits its proof. Now compare the block.');
  // A proof over an older hash: the file is read again with that one.
  await drop(page, [
    { name: 'a', mimeType: '', buffer: await example('client/sha1/a') },
    { name: 'a-or-b.ots', mimeType: '', buffer: await example('client/sha1/a-or-b.ots') },
  ]);
  assert.doesNotMatch(await title(page), /another file/);
  await drop(page, { name: 'c', mimeType: '', buffer: Buffer.from('c') });
  assert.equal(await title(page), 'No. This is another file.');
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a large file is read with flat memory', async () => {
  const size = 256 << 20;
  const path = join(folder, 'film.mkv');
  await writeFile(path, Buffer.alloc(size, 'x'));
  const page = await offline(join(folder, 'verify.html'));
  const started = Date.now();
  await page.setInputFiles('#files', path);
  await page.locator('.verdict.bad').waitFor({ timeout: 60000 });
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  assert.ok(heap < 64 << 20, `${heap} bytes of heap`);
  console.log(`# ${Math.round((size / 2 ** 20) / ((Date.now() - started) / 1000))} MB/s`);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a page that is not complete has no certificate yet', async () => {
  const page = await visit(browser);
  const answer = await page.request.get(`/proof/${'5'.repeat(64)}/certificate.pdf`);
  assert.equal(answer.status(), 404);
  const saved = await page.request.get('/verify.html');
  assert.match(saved.headers()['content-disposition'], /attachment/);
  await page.context().close();
});
