// A campaign's whole life, as its creator and three backers live it, each with a
// browser of their own; and what creators are refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { networks, payments } from 'bitcoinjs-lib';
import { patience, pledgeByWallet, stateOf, unlockWallet, until } from '../backers.js';
import { launch, shoot, visit } from '../browser.js';
import { open, pass, write } from '../campaigns.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const named = (name) => `${name} ${Math.random().toString(36).slice(2, 8)}`;

test('from the first word to the block that pays', async (t) => {
  const began = Date.now();
  const creator = await visit(browser);
  const desk = await write(creator, { title: named('A bench'), amount: 100_000, blocks: 2000 });
  await creator.getByRole('heading', { name: 'Keep this link' }).waitFor();
  await shoot(creator, 'desk-fresh');
  await creator.getByRole('link', { name: 'Preview' }).click();
  await creator.locator('h1', { hasText: 'A bench' }).waitFor();
  const id = await open(creator, desk);
  t.diagnostic(`written and opened in ${Date.now() - began} ms of a machine's time`);

  // Three people, three browsers; in part on a phone, in part in Chinese.
  const people = await Promise.all([
    visit(browser, { viewport: { width: 360, height: 760 }, hasTouch: true }),
    visit(browser, { locale: 'zh-CN' }),
    visit(browser, { colorScheme: 'dark' }),
  ]);
  const paths = [];
  for (const [n, page] of people.entries()) {
    paths.push(await pledgeByWallet(page, id, 60_000, { name: ['Mira', '老周', 'Jonas'][n] }));
  }
  for (const [n, page] of people.entries()) {
    await until(() => stateOf(page, paths[n]), ({ state }) => state === 'confirmed', `pledge ${n}`);
  }

  // The desk hears of it without being asked, and offers the money.
  await creator.getByRole('button', { name: 'Collect the money' }).waitFor({ timeout: patience });
  await shoot(creator, 'desk-reached');

  // One leaves, and comes back with another coin.
  const [, , third] = people;
  await third.goto(paths[2]);
  await third.getByRole('button', { name: 'Take it back' }).click();
  await unlockWallet(third);
  await third.getByRole('button', { name: 'Yes, take it back' }).click();
  await until(() => stateOf(third, paths[2]), ({ state }) => state === 'spent', 'the third takes it back');
  await third.getByRole('link', { name: 'Pledge again' }).click();
  await third.locator('#amount').fill('50000');
  await third.locator('[data-wallet-door] [data-go]').click();
  await unlockWallet(third);
  await third.getByRole('button', { name: 'Agree and pledge' }).click({ timeout: patience });
  await third.waitForURL((url) => url.pathname.startsWith('/pledges/') && url.pathname !== paths[2], { timeout: patience });
  paths[2] = new URL(third.url()).pathname;
  await until(() => stateOf(third, paths[2]), ({ state }) => state === 'confirmed', 'the third pledge again');

  // The table, and what can be taken away.
  await creator.goto(desk);
  const rows = creator.locator('#pledges tbody tr');
  assert.ok((await rows.allTextContents()).some((row) => row.includes('老周') && row.includes('60,000')));
  const csv = await (await creator.request.get(`${desk}/pledges.csv`)).text();
  assert.match(csv, /^\ufeffName,/);
  assert.match(csv, /Jonas,,60000,Taken back.*\r\n,,50000,Confirmed/s);
  const zip = await (await creator.request.get(`${desk}/pledges.zip`)).body();
  assert.equal(zip.subarray(0, 2).toString(), 'PK');

  // A stranger cannot collect; the creator does.
  const stranger = await creator.request.post(`/campaigns/desk/${'0'.repeat(32)}/claim`, { form: { sure: 'yes' } });
  assert.equal(stranger.status(), 403);
  await creator.locator('.next input[name=sure]').check();
  await creator.getByRole('button', { name: 'Collect the money' }).click();
  await creator.waitForURL(/done=claimed/);
  await creator.locator('.steps li', { hasText: 'In a block' }).and(creator.locator('.done')).waitFor({ timeout: patience });
  await shoot(creator, 'desk-collected');
  const txid = (await creator.locator('.desk-head .card .copyable .hash').first().textContent()).trim();
  assert.match(txid, /^[0-9a-f]{64}$/);
  for (const [n, page] of people.entries()) {
    const { state } = await until(() => stateOf(page, paths[n]), (told) => ['taken', 'confirmed'].includes(told.state), `pledge ${n}`);
    assert.ok(state);
  }
  assert.ok((await Promise.all(people.map((page, n) => stateOf(page, paths[n])))).filter(({ state }) => state === 'taken').length >= 2);

  // Too late: the campaign takes no more, and says so.
  const late = await visit(browser);
  await late.goto(`/campaigns/${id}/pledge`);
  assert.equal(await late.locator('[data-wallet-door] [data-go]').count(), 0);
  await late.goto(`/campaigns/${id}`);
  await shoot(late, 'campaign-collected');

  for (const page of [creator, ...people, late]) {
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  }
});

test('a campaign that misses its goal, and time that passes', async () => {
  const page = await visit(browser, { locale: 'zh-CN', viewport: { width: 360, height: 760 } });
  const address = throwaway();
  const desk = await write(page, { title: named('长椅'), amount: 90_000, blocks: 5, address });
  await open(page, desk);
  await pass(page, desk, 'deadline');
  await page.goto(desk);
  await page.locator('.badge-soft', { hasText: '已结束' }).first().waitFor();
  await pass(page, desk, 'refunds');
  assert.equal(await page.locator(`form[action="${desk}/time"] button[value=refunds]`).count(), 0);
  const refused = await page.request.post(`${desk}/open`, { form: {} });
  assert.equal(refused.status(), 409);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('nothing typed is lost, with and without scripts', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await visit(browser, { javaScriptEnabled });
    await page.goto('/campaigns/new');
    await page.locator('#title').fill('Kept');
    await page.locator('#payee-amount-0').fill('much');
    await page.getByRole('button', { name: 'Add a line' }).click();
    await page.locator('#budget-for-2').fill('Oak');
    await page.locator('.write-end button').click();
    await page.locator('#payee-amount-0-wrong').waitFor();
    assert.equal(await page.locator('#title').inputValue(), 'Kept');
    assert.equal(await page.locator('#budget-for-2').inputValue(), 'Oak');
    if (javaScriptEnabled) {
      await page.locator('#tagline').fill('A sentence');
      await page.waitForFunction(() => localStorage.getItem('cairn.write./campaigns/new')?.includes('A sentence'));
      await page.goto('/');
      await page.goto('/campaigns/new');
      await page.getByText('We brought back what you typed last.').waitFor();
      assert.equal(await page.locator('#tagline').inputValue(), 'A sentence');
      assert.equal(await page.locator('#budget-for-2').inputValue(), 'Oak');
      await page.getByRole('button', { name: 'Start from what was saved' }).click();
      await page.waitForFunction(() => document.querySelector('#title')?.value === '');
    }
    assert.deepEqual(page.troubles.filter((trouble) => !trouble.includes('422')), []);
    await page.context().close();
  }
});

test('scripts in a story, and pictures that are none', async () => {
  const page = await visit(browser);
  const story = '## Hello\n\n<script>document.title = "stolen"</script><img src=x onerror="document.title=1">[click](javascript:alert(1))\n\n**bold**';
  await page.goto('/campaigns/new');
  await page.locator('#story').fill(story);
  await page.locator('#story-shown strong', { hasText: 'bold' }).waitFor();
  assert.equal(await page.locator('#story-shown script, #story-shown img, #story-shown [onerror]').count(), 0);
  const desk = await write(page, { title: named('Scripts'), amount: 90_000, blocks: 500, address: throwaway(), story });
  await page.goto(`${desk}/preview`);
  await page.locator('strong', { hasText: 'bold' }).waitFor();
  assert.equal(await page.locator('main script, main [onerror], main a[href^="javascript"]').count(), 0);
  assert.notEqual(await page.title(), 'stolen');

  for (const [name, buffer, says] of [
    ['words.png', Buffer.from('this is no picture'), 'This is no JPEG, PNG or WebP picture'],
    ['wide.png', png(50_000, 1), 'too many pixels'],
  ]) {
    await page.goto(`${desk}/edit`);
    await page.setInputFiles('#cover', { name, mimeType: 'image/png', buffer });
    await page.locator('.write-end button').click();
    await page.locator('#cover-wrong', { hasText: says }).waitFor();
    assert.match(await page.locator('#title').inputValue(), /^Scripts/);
  }
  await page.setInputFiles('#cover', { name: 'ridge.png', mimeType: 'image/png', buffer: png(640, 360) });
  await page.locator('[data-cover-shown]').waitFor();
  await page.locator('.write-end button').click();
  await page.waitForURL(/done=saved/);
  await page.goto(`${desk}/edit`);
  assert.ok(await page.locator('[data-cover-shown]').evaluate((image) => image.naturalWidth) > 0);
  assert.deepEqual(page.troubles.filter((trouble) => !trouble.includes('422')), []);
  await page.context().close();
});

// throwaway is an address that nobody has the key of, another one each time.
function throwaway() {
  const hash = Buffer.from(crypto.getRandomValues(new Uint8Array(20)));
  return payments.p2wpkh({ hash, network: networks.regtest }).address;
}

// png is a picture of one grey.
function png(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8; // bits, of grey
  const rows = Buffer.alloc(height * (width + 1), 0x80);
  for (let y = 0; y < height; y += 1) rows[y * (width + 1)] = 0;
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
