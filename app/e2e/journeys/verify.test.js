// The verify page: one proof or many, headers of the visitor's own, proofs
// inside other files, and files that are none.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launch, sha256, shoot, visit, whenComplete } from '../browser.js';

const repository = new URL('../../../', import.meta.url).pathname;
const vector = (name) => readFile(`${repository}notary/ots/testdata/client/${name}`);

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const check = (page) => page.getByRole('button', { name: 'Check' }).click();
const give = (page, ...files) => page.setInputFiles('#proof', files.map(([name, buffer]) => ({ name, mimeType: '', buffer })));

// helloHeader is the line of block 358391 in the list of headers.
async function helloHeader() {
  const list = await readFile(`${repository}notary/verify/testdata/headers.txt`, 'utf8');
  return list.split('\n').find((line) => line.startsWith('358391 '));
}

test('a proof of Bitcoin is settled by its header, here on the sandbox', async () => {
  const page = await visit(browser);
  await page.goto('/verify');
  await give(page, ['hello-world.txt.ots', await vector('hello-world.txt.ots')]);
  await page.setInputFiles('#file', `${repository}notary/ots/testdata/client/hello-world.txt`);
  await page.getByText('fingerprint taken').waitFor();
  await check(page);
  await page.locator('.verdict.wait').waitFor();
  await page.getByText('block 358,391, most likely of Bitcoin').waitFor();
  await shoot(page, 'verify-unknown-block');

  await page.locator('#header').fill(await helloHeader());
  await check(page);
  await page.locator('.verdict.good').waitFor();
  assert.equal(await page.locator('h1').innerText(), 'This file existed no later than 28 May 2015.');
  await page.getByText('matches the proof').waitFor();
  await page.getByText('busy for about 12 days').waitFor();
  await page.getByText('000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319').first().waitFor();
  await shoot(page, 'verify-header');

  await page.goto('/verify');
  await give(page, ['bad-stamp.txt.ots', await vector('bad-stamp.txt.ots')]);
  await page.getByText('A proof from another chain?').click();
  await page.setInputFiles('#headers', `${repository}notary/verify/testdata/headers.txt`);
  await check(page);
  await page.locator('.verdict.bad').waitFor();
  assert.equal(await page.locator('h1').innerText(), 'This proof does not hold.');
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('several proofs find their files; what is inside a certificate and a bundle counts', async () => {
  const page = await visit(browser);
  const files = ['one', 'two'].map((name) => ({ name: `${name}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`${name} ${Math.random()}`) }));
  const digests = files.map((file) => sha256(file.buffer));
  await page.request.post('/stamp', { form: { digest: digests.join('\n') } });
  const proofs = [];
  for (const digest of digests) {
    await page.goto(`/proof/${digest}`);
    await whenComplete(page);
    proofs.push(await (await page.request.get(`/proof/${digest}.ots`)).body());
  }
  await page.goto('/verify');
  await give(page, ['one.txt.ots', proofs[0]], ['two.txt.ots', proofs[1]]);
  await page.setInputFiles('#file', files);
  await page.getByText('2 files: fingerprints taken').waitFor();
  await check(page);
  await page.getByRole('heading', { name: '2 verdicts.' }).waitFor();
  assert.equal(await page.locator('.verdicts > .good').count(), 2);
  assert.equal(await page.getByText('Only the proof was checked').count(), 0);
  await shoot(page, 'verify-several');

  for (const [name, path, kind] of [['certificate.pdf', 'certificate.pdf', 'attached to the certificate'], ['bundle.zip', 'bundle.zip', 'found in the archive']]) {
    const answer = await page.request.get(`/proof/${digests[0]}/${path}`);
    assert.equal(answer.status(), 200, path);
    await page.goto('/verify');
    await give(page, [name, await answer.body()]);
    await page.setInputFiles('#file', files[0]);
    await page.getByText('fingerprint taken').waitFor();
    await check(page);
    await page.getByText(kind).first().waitFor();
    await page.getByText('This file existed no later than').first().waitFor();
  }
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('dropped together, a file and its proof go where they belong', async () => {
  const page = await visit(browser);
  await page.goto('/verify');
  const [text, ots] = await Promise.all([vector('hello-world.txt'), vector('hello-world.txt.ots')]);
  const carried = await page.evaluateHandle(([a, b]) => {
    const bytes = (list) => Uint8Array.from(list);
    const carrier = new DataTransfer();
    carrier.items.add(new File([bytes(a)], 'hello-world.txt'));
    carrier.items.add(new File([bytes(b)], 'hello-world.txt.ots'));
    return carrier;
  }, [Array.from(text), Array.from(ots)]);
  await page.dispatchEvent('form[data-verify]', 'drop', { dataTransfer: carried });
  await page.getByText('hello-world.txt: read, fingerprint taken').waitFor();
  assert.equal(await page.locator('#proof').evaluate((input) => input.files[0].name), 'hello-world.txt.ots');
  assert.equal(await page.locator('#digest').inputValue(), sha256(text));
  await page.context().close();
});

test('files that are no proofs are named for what they are', async () => {
  const page = await visit(browser);
  for (const [name, content, says] of [
    ['a.chp', '{"@context":"https://w3id.org/chainpoint/v3","type":"Chainpoint","hash":"00"}', 'This is a Chainpoint proof.'],
    ['a.png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'This is a picture, not a proof.'],
    ['a.ots', '<!doctype html><title>hi</title>', 'This is a web page, not a proof.'],
    ['b.ots', (await vector('hello-world.txt.ots')).subarray(0, 60), 'This is not a proof that can be read.'],
  ]) {
    await page.goto('/verify');
    await give(page, [name, Buffer.from(content)]);
    await check(page);
    await page.locator('.verdict.bad').waitFor();
    assert.equal(await page.locator('h1').innerText(), says);
  }
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('without scripts: a proof, a digest and a header, all by hand', async () => {
  const page = await visit(browser, { javaScriptEnabled: false });
  await page.goto('/verify');
  await give(page, ['hello-world.txt.ots', await vector('hello-world.txt.ots')]);
  await page.getByText('No file at hand').click();
  await page.getByLabel('SHA-256 of your file').fill('03ba204e50d126e4674c005e04d82e84c21366780af1f43bd54a37816b6ab340');
  await page.getByText('A proof from another chain?').click();
  await page.getByLabel('Block headers', { exact: true }).fill(await helloHeader());
  await check(page);
  await page.locator('.verdict.good').waitFor();
  await page.getByText('28 May 2015').first().waitFor();
  await page.context().close();
});
