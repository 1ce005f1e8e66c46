// The browser's own list of proofs: found, sorted, exported, forgotten,
// imported, and a lost proof found again by its file.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { launch, sha256, shoot, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const files = (names) => names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`${name} ${Math.random()}`) }));
const names = (page) => page.locator('[data-list] [data-name]').allInnerTexts();

async function stamp(page, chosen) {
  await page.goto('/');
  await page.setInputFiles('[data-stamp] input', chosen);
  await page.getByRole('heading', { name: 'Your files' }).waitFor();
}

test('found by name, sorted, forgotten, exported and imported', async () => {
  const page = await visit(browser);
  await page.goto('/proofs');
  await page.getByText('No proof here yet').waitFor();
  await shoot(page, 'list-empty');
  const chosen = files(['letter 2.txt', 'letter 10.txt', '合同.pdf', 'photo.jpg']);
  await stamp(page, chosen);
  await page.getByRole('navigation').getByRole('link', { name: 'Proofs' }).click();
  await page.getByText('Proofs: 4').first().waitFor();
  await page.getByText(/Stored|Waiting to be sent|Sent to Bitcoin|In a block|Complete/).first().waitFor();
  await shoot(page, 'list');

  await page.getByLabel('Order').selectOption('name');
  const sorted = await names(page);
  assert.ok(sorted.indexOf('letter 2.txt') < sorted.indexOf('letter 10.txt'));
  await page.getByLabel('Find by name').fill('LETTER');
  await page.getByText('Proofs: 2 of 4').first().waitFor();
  assert.deepEqual(await names(page), ['letter 2.txt', 'letter 10.txt']);
  await page.getByRole('button', { name: 'Forget: letter 2.txt' }).click();
  await page.getByText('Forgotten: letter 2.txt').waitFor();
  assert.deepEqual(await names(page), ['letter 10.txt']);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'letter 10.txt', 'the focus stays in the list');
  await page.getByLabel('Find by name').fill('');

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as a file' }).click()]);
  assert.match(download.suggestedFilename(), /^my-proofs-.*\.json$/);
  const exported = await readFile(await download.path());
  const list = JSON.parse(exported);
  assert.deepEqual(list.proofs.map((proof) => proof.name).sort(), ['letter 10.txt', 'photo.jpg', '合同.pdf']);
  for (const proof of list.proofs) assert.equal(Buffer.from(proof.ots, 'base64').subarray(1, 15).toString(), 'OpenTimestamps');

  await page.getByRole('button', { name: 'Forget all' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  assert.equal((await names(page)).length, 3);
  await page.getByRole('button', { name: 'Forget all' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget all' }).click();
  await page.getByText('No proof here yet').waitFor();

  await page.setInputFiles('[data-import]', { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: chosen[3].buffer });
  await page.getByText('This file is not a list of proofs').waitFor();
  await page.setInputFiles('[data-import]', { name: 'list.json', mimeType: 'application/json', buffer: exported });
  await page.getByText('Imported: 3').waitFor();
  assert.equal((await names(page)).length, 3);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a proof that this Cairn does not know stays in the list', async () => {
  const page = await visit(browser);
  await page.goto('/proofs');
  const [known, unknown] = [sha256(`known ${Math.random()}`), sha256(`unknown ${Math.random()}`)];
  await page.request.post('/stamp', { form: { digest: known } });
  const ots = (await (await page.request.get(`/proof/${known}.ots`)).body()).toString('base64');
  const list = { format: 'cairn-proofs', version: 1, proofs: [{ digest: known, name: 'known.txt' }, { digest: unknown, name: 'unknown.txt', ots }] };
  await page.setInputFiles('[data-import]', { name: 'list.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(list)) });
  await page.locator('li', { hasText: 'unknown.txt' }).getByText('Not known here; the proof is in this list').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'),
    page.locator('li', { hasText: 'unknown.txt' }).getByRole('link', { name: '.ots' }).click()]);
  assert.equal(download.suggestedFilename(), 'unknown.txt.ots');
  assert.equal((await readFile(await download.path())).toString('base64'), ots);
  await page.context().close();
});

test('a lost proof is found by its file, and its name is remembered', async () => {
  const [file, other] = files(['lost.txt', 'never.txt']);
  const elsewhere = await visit(browser);
  await elsewhere.request.post('/stamp', { form: { digest: sha256(file.buffer) } });
  await elsewhere.context().close();
  const page = await visit(browser);
  await page.goto('/proofs');
  await page.setInputFiles('[data-look]', other);
  await page.getByText('never.txt was not stamped here.').waitFor();
  await page.setInputFiles('[data-look]', file);
  await page.getByRole('link', { name: 'Found, and added to the list: lost.txt' }).click();
  await page.waitForURL(`**/proof/${sha256(file.buffer)}`);
  await page.getByText('lost.txt').waitFor();
  await page.context().close();
});

test('names that an earlier version kept are taken over', async () => {
  const page = await visit(browser);
  const digest = sha256(`earlier ${Math.random()}`);
  await page.goto('/verify');
  await page.evaluate((d) => localStorage.setItem('cairn.names', JSON.stringify({ [d]: 'earlier.txt' })), digest);
  await page.goto('/proofs');
  await page.getByRole('link', { name: 'earlier.txt', exact: true }).waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem('cairn.names')), null);
  await page.context().close();
});

test('a list of sums: bad lines are named and nothing is sent, names stay here', async () => {
  const page = await visit(browser);
  const posted = [];
  page.on('request', (request) => { if (request.method() === 'POST') posted.push(request.postData()); });
  await page.goto('/');
  await page.getByText('Or paste a fingerprint').click();
  const [one, two] = files(['secret one.txt', 'secret two.txt']);
  await page.getByLabel('SHA-256 of your file').fill(`${sha256(one.buffer)}  ${one.name}\nhello\nMD5 (x) = 00\n`);
  await page.getByRole('button', { name: 'Stamp this fingerprint' }).click();
  await page.getByText('Line 2: this is not a line as sha256sum prints it.').waitFor();
  await page.getByText('Line 3: this is no SHA-256').waitFor();
  await shoot(page, 'paste-wrong');
  assert.deepEqual(posted, []);
  await page.getByLabel('SHA-256 of your file').fill(`${sha256(one.buffer)}  ${one.name}\nSHA256 (${two.name}) = ${sha256(two.buffer)}\n`);
  await page.getByRole('button', { name: 'Stamp this fingerprint' }).click();
  await page.locator('.files li.done').nth(1).waitFor();
  assert.equal(posted.length, 1);
  assert.ok(!posted[0].includes('secret'), 'the names are not sent');
  await page.goto('/proofs');
  await page.getByText('secret two.txt').waitFor();
  await page.context().close();
});

test('a proof among the files is left out, and alone it is checked', async () => {
  const page = await visit(browser);
  const digest = sha256(`checked ${Math.random()}`);
  await page.request.post('/stamp', { form: { digest } });
  const ots = { name: 'checked.txt.ots', mimeType: '', buffer: await (await page.request.get(`/proof/${digest}.ots`)).body() };
  await page.goto('/');
  await page.setInputFiles('[data-stamp] input', [...files(['with.txt']), ots]);
  await page.locator('.files li.proof', { hasText: 'checked.txt.ots' }).waitFor();
  await page.locator('.files li.done', { hasText: 'with.txt' }).waitFor();
  await page.goto('/');
  await page.setInputFiles('[data-stamp] input', ots);
  await page.locator('.verdict').waitFor();
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  for (const locale of ['en-GB', 'zh-CN']) {
    for (const width of [360, 1280]) {
      test(`the list and a run, ${colorScheme}, ${locale}, ${width} px`, async () => {
        const page = await visit(browser, { colorScheme, locale, viewport: { width, height: 800 }, reducedMotion: 'reduce' });
        const look = async (name) => {
          await shoot(page, `${name}-${locale.slice(0, 2)}-${colorScheme}-${width}`);
          const found = await new AxeBuilder({ page }).setLegacyMode(true)
            .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
          assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), []);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, 'the page scrolls sideways');
        };
        await page.goto('/');
        await page.setInputFiles('[data-stamp] input', files(['a rather long name of a document that somebody was sent.pdf', '合同.pdf', 'photo.jpg']));
        await page.locator('.files li.done').nth(2).waitFor();
        await look('run');
        await page.goto('/proofs');
        await page.locator('[data-list] li').nth(2).waitFor();
        await look('list');
        assert.deepEqual(page.troubles, []);
        await page.context().close();
      });
    }
  }
}
