// Making vouchers: paid over Lightning or from the wallet, with a picture of one's own,
// amounts with decimals, from a list; and what becomes of codes when the page is left in
// the middle.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeWallet, patience, unlockWallet, until } from '../backers.js';
import { launch, visit } from '../browser.js';
import { linksOf, openShop, payByLightning, saved } from '../issuing.js';

let [browser, owner, desk] = [];

before(async () => {
  browser = await launch();
  owner = await visit(browser);
  await owner.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  desk = await openShop(owner, 'The Paper Shop');
});
after(() => browser.close());

async function fill(page, fields) {
  await page.goto(`${desk}/issue`);
  for (const [name, value] of Object.entries(fields)) await page.locator(`#${name}`).fill(value);
}

const go = (page) => page.locator('.write-end [data-go]').click();

// kept is what this browser has of codes, as it lies there.
const kept = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const request = indexedDB.open('cairn-vouchers', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('codes', { keyPath: 'series' });
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const all = request.result.transaction('codes').objectStore('codes').getAll();
    all.onsuccess = () => { request.result.close(); resolve(JSON.stringify(all.result)); };
  };
}));

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64');

test('a gift card of 25.50 with a picture, whose codes are sealed until they are saved', async (t) => {
  await fill(owner, { name: 'Gift card', good: 'Anything in the shop', unit: 'CHF', count: '2' });
  await owner.locator('[name=kind][value=gift-card]').check();
  await owner.locator('#each').fill('25,505');
  assert.ok(await owner.locator('#each').evaluate((field) => !field.checkValidity()), 'a third decimal');
  await owner.locator('#each').fill('25.50');
  await owner.locator('#own').setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') });
  await owner.getByText('This is no picture that can be used').waitFor();
  await owner.locator('#own').setInputFiles({ name: 'shop.png', mimeType: 'image/png', buffer: png });
  await owner.locator('.vou-preview img[src^="/assets/pictures/"]').waitFor();
  await owner.locator('.vou-preview').getByText('25.50 CHF').waitFor();
  await owner.locator('[data-sum]').getByText('51.00 CHF').waitFor();
  await go(owner);
  await makeWallet(owner);
  await payByLightning(owner);

  const links = await linksOf(owner);
  const there = await kept(owner);
  assert.ok(there.includes('"box"'), 'something is kept');
  for (const link of links) assert.ok(!there.includes(link.split('#')[1]), 'no code lies open');

  // Whoever reloads the page opens the wallet again, and has the same codes.
  await owner.reload();
  await owner.locator('[data-do=show]').click({ timeout: patience });
  await unlockWallet(owner);
  await owner.locator('[data-code-rows] li').first().waitFor({ timeout: patience });
  assert.deepEqual(await linksOf(owner), links);
  const series = await saved(owner);
  assert.equal(await kept(owner), '[]', 'they are forgotten once they are saved');
  await owner.locator('.vou-card img[src^="/assets/pictures/"]').waitFor();
  await until(async () => {
    await owner.reload();
    return owner.locator('tbody .badge-soft.good').count();
  }, (n) => n === 2, 'the gift cards');
  t.diagnostic(series);

  const holder = await visit(browser);
  await holder.goto(links[0]);
  await holder.locator('[data-face]').getByText('25.50 CHF').waitFor({ timeout: patience });
  await holder.locator('[data-face] img[src^="/assets/pictures/"]').waitFor();
  await holder.context().close();

  // What the asset says of itself shows the picture too.
  const asset = await owner.locator('a[href^="/assets/"]').first().getAttribute('href');
  await owner.goto(asset);
  await owner.locator('img[src^="/assets/pictures/"]').first().waitFor({ timeout: patience });

  // 10.20 of it is taken at the counter, and the rest is there.
  await owner.goto(desk.replace('/shop/', '/till/'));
  await owner.locator('#till-code').fill(links[0]);
  await owner.locator('[data-typed] button[type=submit]').click();
  await owner.locator('[data-units]').fill('10.20');
  await owner.locator('[data-redeem]').click();
  await owner.locator('[data-view=answer][data-tone=good]').waitFor({ timeout: patience });
  await owner.getByText('15.30 CHF').first().waitFor();
  await owner.goto(`${desk}/reports`);
  await owner.getByText('10.20 CHF').first().waitFor();
  await owner.goto(`${desk}/log`);
  await owner.getByText('10.20 CHF').first().waitFor();
  const table = await (await owner.request.get(`${desk}/reports.csv`)).text();
  assert.match(table, /,10\.20,15\.30,/u);
});

test('what is not paid for waits, says so, and is paid for later', async () => {
  await fill(owner, { name: 'Ten coffees', good: 'A coffee', count: '1' });
  await go(owner);
  await unlockWallet(owner);
  await owner.locator('[data-do=agree-pay]').click({ timeout: patience });
  await owner.waitForURL('**/pay/*', { timeout: patience });
  await owner.goto(`${desk}/issue`);
  await owner.getByText('1 vouchers wait to be paid for').waitFor({ timeout: patience });
  await owner.goto(desk);
  await owner.locator('.vou-series a', { hasText: 'Ten coffees' }).click();
  await owner.getByText('These vouchers wait to be paid for.').waitFor();
  await owner.locator('a[href^="/pay/"]').click();
  await owner.locator('form[data-play] button[value=lightning]:enabled').click({ timeout: patience });
  await owner.locator('a[href$="/issue"]').first().click({ timeout: patience });
  await owner.locator('[data-do=show]').click({ timeout: patience });
  await unlockWallet(owner);
  await owner.locator('[data-code-rows] li').first().waitFor({ timeout: patience });
  await saved(owner);
});

test('from the wallet: each series has an asset of its own', async () => {
  const assets = [];
  for (const name of ['First', 'Second']) {
    await fill(owner, { name, good: 'One of them', count: '3' });
    await go(owner);
    await unlockWallet(owner);
    if (assets.length === 0) {
      await owner.locator('[data-do=way-wallet]').click({ timeout: patience });
      await owner.locator('[data-do=faucet]').click({ timeout: patience });
    }
    await owner.locator('[data-do=agree-go]').click({ timeout: patience });
    await owner.locator('[data-code-rows] li').nth(2).waitFor({ timeout: patience });
    await saved(owner);
    assets.push(await until(async () => {
      await owner.reload();
      return (await owner.locator('tbody .badge-soft.good').count()) === 3 ? owner.locator('a[href^="/assets/"]').first().getAttribute('href') : '';
    }, (path) => path !== '', name));
  }
  assert.notEqual(assets[0], assets[1]);
});

test('a list with mistakes is told line by line; one of 500 is made', async (t) => {
  await fill(owner, { name: 'Members', good: 'A day in the museum' });
  await owner.locator('.write details summary').first().click();
  const csv = (lines) => ({ name: 'members.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
  await owner.locator('#csv').setInputFiles(csv(['label,units,note,until', 'Anna,1', 'Ben,none', 'Carla,1,,31.12.2031', '"Dan']));
  const told = await owner.locator('[data-csv-lines] li').allTextContents();
  assert.deepEqual(told.map((text) => /\d+/u.exec(text)[0]), ['3', '4', '5'], told.join(' / '));
  await go(owner);
  assert.ok(await owner.locator('[data-form]').isVisible(), 'a list with mistakes is not taken');

  const day = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
  const rows = Array.from({ length: 500 }, (_, i) => `Member ${i + 1},1,"No. ${i + 1}",${i % 2 ? day : ''}`);
  await owner.locator('#csv').setInputFiles(csv(['label,units,note,until', ...rows]));
  await owner.locator('[data-csv]').getByText('500').waitFor();
  assert.equal(await owner.locator('[name=ends]:checked').getAttribute('value'), 'date', 'lines have days, so the others need one');
  const start = Date.now();
  await go(owner);
  await unlockWallet(owner);
  await owner.locator('[data-do=agree-pay], [data-do=agree-go]').first().waitFor({ timeout: 3 * patience });
  t.diagnostic(`500 codes and their transactions: ${Date.now() - start} ms`);
  if (await owner.locator('[data-do=agree-pay]').count()) await payByLightning(owner);
  else {
    await owner.locator('[data-do=way-lightning]').click();
    await payByLightning(owner);
  }
  t.diagnostic(`to the codes: ${Date.now() - start} ms`);
  const printing = Date.now();
  const [download] = await Promise.all([owner.waitForEvent('download', { timeout: 3 * patience }), owner.locator('[data-pdf]').click()]);
  const stream = await download.createReadStream();
  let size = 0;
  for await (const part of stream) size += part.length;
  const memory = await owner.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  t.diagnostic(`63 sheets: ${Date.now() - printing} ms, ${Math.round(size / 1024)} KiB, heap ${Math.round(memory / 1_048_576)} MiB`);
  const links = await linksOf(owner);
  assert.equal(new Set(links).size, 500);
  await saved(owner);
  const holder = await visit(browser);
  const ends = [];
  for (const link of links.slice(0, 2)) {
    await holder.goto('about:blank');
    await holder.goto(link);
    await holder.locator('[data-state][data-tone=good]').waitFor({ timeout: 2 * patience });
    ends.push(await holder.locator('[data-face] [data-until]').textContent());
  }
  assert.equal(new Set(ends).size, 1, ends.join(' / '));
  await holder.context().close();
});
