// A bookshop makes MasterBTC × 20, hands three out, and takes them at the counter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeWallet, patience, unlockWallet, until } from '../backers.js';
import { launch, visit } from '../browser.js';
import { codesOn } from '../sheets.js';
import { payByLightning } from '../issuing.js';

const vouchers = 20;
let [browser, owner] = [];
let [desk, links, tills, slug] = ['', [], [], ''];
const sent = []; // all that the owner's page posted

before(async () => {
  browser = await launch();
  owner = await profile();
  await owner.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  owner.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''} ${JSON.stringify(request.headers())}`));
});
after(() => browser.close());

const profile = (options) => visit(browser, options);

const secretOf = (link) => link.split('#')[1];

test('a shop is opened, and MasterBTC × 20 are made in the browser', async (t) => {
  await owner.goto('/shop');
  await owner.locator('#name').fill('Corner Bookshop');
  await owner.locator('#place').fill('Mill Lane 4');
  await owner.locator('.vou-start button[type=submit]').click();
  await owner.waitForURL('**/shop/*fresh=1');
  desk = new URL(owner.url()).pathname;
  slug = (await owner.locator('a[href^="/shops/"]').first().getAttribute('href')).split('/')[2];

  await owner.goto(`${desk}/issue`);
  await owner.locator('#name').fill('MasterBTC');
  await owner.locator('#good').fill('One copy of Mastering Bitcoin');
  await owner.locator('#count').fill(String(vouchers));
  await owner.locator('[data-go]').click();
  await makeWallet(owner);
  await payByLightning(owner); // nobody here has ever owned a coin
  await owner.locator('[data-code-rows] li').nth(vouchers - 1).waitFor({ timeout: patience });
  assert.equal(await owner.locator('[data-code-rows] li').count(), vouchers);
  await owner.locator('[data-copy-all]').click();
  links = (await owner.evaluate(() => navigator.clipboard.readText())).split('\n');
  assert.equal(new Set(links).size, vouchers);

  const [download] = await Promise.all([owner.waitForEvent('download'), owner.locator('[data-pdf]').click()]);
  const stream = await download.createReadStream();
  let bytes = Buffer.alloc(0);
  for await (const part of stream) bytes = Buffer.concat([bytes, part]);
  assert.match(bytes.toString('latin1'), /^%PDF-1\.4[^]*\/Count 3 [^]*%%EOF\n$/u);
  assert.deepEqual(codesOn(bytes, vouchers), links, 'every code of the sheets is read');
  t.diagnostic(`the sheets of ${vouchers} vouchers: ${Math.round(bytes.length / 1024)} KiB`);

  await owner.locator('[data-sure]').check();
  await owner.locator('[data-finish] button[type=submit]').click();
  await owner.waitForURL('**/series/*');
  for (const link of links) {
    const secret = secretOf(link);
    assert.ok(!sent.some((one) => one.includes(secret)), 'no request carries a code');
  }
});

test('a holder sees it, and puts it into a wallet', async () => {
  const holder = await profile();
  const asked = [];
  holder.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''} ${JSON.stringify(request.headers())}`));
  await holder.goto(links[0]);
  await holder.locator('[data-state][data-tone=good]').waitFor({ timeout: patience });
  await holder.locator('[data-face]').getByText('MasterBTC').waitFor();
  await holder.locator('.vou-code svg').waitFor();
  await holder.locator('[data-claim]').click();
  await makeWallet(holder);
  await holder.getByText('on its way into your wallet').waitFor({ timeout: patience });
  assert.ok(!asked.some((one) => one.includes(secretOf(links[0]))), 'no request carries the code');
  await holder.context().close();
});

const till = async (key, options) => {
  const page = await profile({ viewport: { width: 390, height: 844 }, ...options });
  await page.goto(key);
  return page;
};

async function scan(page, link) {
  await page.locator('#till-code').fill(link);
  await page.locator('[data-typed] button[type=submit]').click();
}

const tone = (page) => page.locator('[data-view=answer]:not([hidden])').getAttribute('data-tone', { timeout: patience });
const next = (page) => page.locator('[data-next]').click();

test('two cashiers get links of their own', async () => {
  for (const name of ['Front', 'Back']) {
    await owner.goto(`${desk}/staff`);
    await owner.locator('#name').fill(`Cashier ${name}`);
    await owner.locator('#till').fill(name);
    await owner.locator('form.card button[type=submit]').click();
    tills.push(await owner.locator('[data-link]').textContent());
  }
  assert.match(tills[0], /\/till\/[0-9a-f]{32}$/u);
});

test('a voucher is redeemed at the counter, and a photocopy is not', async (t) => {
  const page = await till(tills[0]);
  await page.locator('[data-at-once]').check();
  await scan(page, links[1]);
  assert.equal(await tone(page), 'good');
  const took = await page.locator('[data-view=answer]').getAttribute('data-took');
  t.diagnostic(`from the code to green: ${took} ms`);
  await next(page);
  await scan(page, links[1]);
  assert.equal(await tone(page), 'bad');
  await next(page);
  await scan(page, 'https://example.org/v#nonsense');
  await page.getByText('a link to a web page, not a voucher').waitFor();
  await scan(page, 'nonsense');
  await page.getByText('not the code of a voucher').waitFor();

  await scan(page, links[2]);
  assert.equal(await tone(page), 'good');
  await page.locator('[data-undo-go]').click();
  await page.getByText('as it was before').waitFor();
  await next(page);
  await scan(page, links[2]);
  assert.equal(await tone(page), 'good', 'what was undone is good again');
  await page.context().close();
});

test('of two tills that take the same code at once, one is told yes', async () => {
  assert.equal(links.length, vouchers);
  const pages = await Promise.all(tills.map((link) => till(link)));
  for (const page of pages) await page.locator('[data-at-once]').check();
  for (const link of links.slice(3, 6)) {
    await Promise.all(pages.map((page) => scan(page, link)));
    const tones = (await Promise.all(pages.map(tone))).sort();
    assert.deepEqual(tones, ['bad', 'good'], link.slice(-8));
    await Promise.all(pages.map(next));
  }
  await Promise.all(pages.map((page) => page.context().close()));
});

test('a stamp card is split: three are taken, the rest stays good', async () => {
  await owner.goto(`${desk}/issue`);
  await owner.locator('[name=kind][value=stamp-card]').check();
  await owner.locator('#name').fill('Ten coffees');
  await owner.locator('#good').fill('A coffee');
  await owner.locator('#count').fill('1');
  await owner.locator('[data-go]').click();
  await unlockWallet(owner);
  await payByLightning(owner);
  const row = owner.locator('[data-code-rows] li');
  await row.waitFor({ timeout: patience });
  const code = await row.getAttribute('data-code');
  await owner.locator('[data-sure]').check();
  await owner.locator('[data-finish] button[type=submit]').click();
  await owner.waitForURL('**/series/*');
  await until(async () => {
    await owner.reload();
    return owner.locator('tbody .badge-soft.good').count();
  }, (n) => n === 1, 'the stamp card');

  const page = await till(tills[1]);
  await scan(page, code);
  await page.locator('[data-units]').fill('3');
  await page.locator('[data-redeem]').click();
  assert.equal(await tone(page), 'good');
  await page.getByText('7 stamps left on it').waitFor();
  await next(page);
  await scan(page, code);
  await page.locator('[data-units]').fill('8');
  assert.ok(await page.locator('[data-redeem]').isDisabled(), 'more than is left');
  await page.locator('[data-units]').fill('7');
  await page.locator('[data-redeem]').click();
  assert.equal(await tone(page), 'good', 'the rest is good before a block');
  await page.context().close();
});

test('without a network it is kept, and booked when there is one again', async () => {
  const page = await till(tills[0]);
  await page.locator('#till-code').waitFor();
  await page.waitForLoadState('networkidle');
  await page.context().setOffline(true);
  await scan(page, links[6]);
  await page.locator('[data-redeem]').click();
  assert.equal(await tone(page), 'wait');
  await next(page);
  await scan(page, links[1]); // redeemed long ago
  await page.locator('[data-redeem]').click();
  assert.equal(await tone(page), 'wait');
  await page.getByText('2 are kept').waitFor();
  await page.context().setOffline(false);
  await page.locator('[data-queue]').waitFor({ state: 'hidden', timeout: patience });
  const rows = await page.locator('[data-rows] li').evaluateAll((list) => list.map(({ dataset }) => dataset.state));
  assert.deepEqual(rows.slice(0, 2).sort(), ['row-bad', 'row-good']);
  await page.context().close();
});

test('the reports, the log and the public page agree', async () => {
  await owner.goto(`${desk}/log`);
  await owner.getByText('Taken without a network, not good').first().waitFor();
  await owner.goto(`${desk}/reports`);
  await owner.getByText('Front').first().waitFor();
  const path = `/shops/${slug}/liability`;
  const told = await until(async () => (await owner.request.get(path, { headers: { accept: 'application/json' } })).json(), ({ owed }) => owed?.[0]?.supply > 0, 'the issue');
  assert.ok(told.owed.every(({ outstanding, supply }) => outstanding <= supply));
  await owner.goto(path);
  await owner.getByText('MasterBTC').first().waitFor();
});
