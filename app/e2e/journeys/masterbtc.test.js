// What a bookshop does with coloured coins, as one story: MasterBTC × 20 are made, three
// are handed out as codes, one is redeemed, a stamp card is split, a dividend goes to all
// who hold one, and everybody sees it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { makeWallet, patience, unlockWallet, until } from '../backers.js';
import { launch, shoot, visit } from '../browser.js';
import { payByLightning } from '../issuing.js';
import { scanner } from '../scanner.js';

const vouchers = 20;
const share = 10_000; // sat for each unit
let [browser, phone, owner] = [];
let [desk, slug, asset, series] = [];
const holders = []; // { page, link }: three other browsers

before(async () => {
  browser = await launch();
  phone = await scanner(browser);
  owner = await patient();
});
after(() => browser.close());

// patient is somebody's browser, on a machine that may be slow.
async function patient(options) {
  const page = await visit(browser, options);
  page.setDefaultTimeout(patience);
  return page;
}

const json = async (page, path) => (await page.request.get(path, { headers: { accept: 'application/json' } })).json();
const told = (page = owner) => json(page, `/api/v1/assets/${asset}`);

// issued fills in the form of new vouchers, has the owner's wallet make them, and gives
// the pictures of the first ones, as they are printed or mailed.
async function issued({ name, good, count, kind = 'voucher', fresh = false, pictures }) {
  await owner.goto(`${desk}/issue`);
  await owner.locator(`[name=kind][value=${kind}]`).check();
  await owner.locator('#name').fill(name);
  await owner.locator('#good').fill(good);
  await owner.locator('#count').fill(String(count));
  await owner.locator('[data-go]').click();
  if (fresh) await makeWallet(owner);
  else await unlockWallet(owner);
  const [lightning, agree] = ['agree-pay', 'agree-go'].map((act) => owner.locator(`[data-do=${act}]`));
  await lightning.or(agree).first().waitFor({ timeout: patience });
  if (await lightning.isVisible()) await payByLightning(owner); // who has no coin
  else await agree.click();
  const rows = owner.locator('[data-code-rows] li');
  await rows.nth(count - 1).waitFor({ timeout: patience });
  const saved = [];
  for (let i = 0; i < pictures; i += 1) {
    const [download] = await Promise.all([owner.waitForEvent('download'), rows.nth(i).locator('button').last().click()]);
    saved.push(await readFile(await download.path()));
  }
  await owner.locator('[data-sure]').check();
  await owner.locator('[data-finish] button[type=submit]').click();
  await owner.waitForURL('**/series/*');
  series = new URL(owner.url()).pathname;
  await owner.waitForFunction(() => document.querySelector('[data-look]') || (setTimeout(() => location.reload(), 500), false), null, { timeout: patience, polling: 2_000 });
  return saved;
}

// quick has redemptions sent as soon as they can be: half a minute to undo.
async function quick() {
  await owner.goto(desk);
  for (const fold of await owner.locator('main details:not([open]) > summary:visible').all()) await fold.click();
  await owner.locator('#undo').selectOption({ index: 0 });
  await owner.locator('form:has(#undo) button[type=submit]').click();
  await owner.waitForLoadState();
}

// good waits until a voucher's page says that it can be used.
const good = (page) => page.locator('[data-state][data-tone=good]').waitFor({ timeout: patience });

async function claimed(page) {
  await page.locator('[data-claim]').click();
  await makeWallet(page);
  await page.getByText('on its way into your wallet').waitFor({ timeout: patience });
}

test('MasterBTC × 20 are made in the browser, and three handed out by code', async () => {
  await owner.goto('/shop');
  await owner.locator('#name').fill('Corner Bookshop');
  await owner.locator('.vou-start button[type=submit]').click();
  await owner.waitForURL('**/shop/*fresh=1');
  desk = new URL(owner.url()).pathname;
  slug = (await owner.locator('a[href^="/shops/"]').first().getAttribute('href')).split('/')[2];
  await quick();
  const pictures = await issued({ name: 'MasterBTC', good: 'One copy of Mastering Bitcoin', count: vouchers, fresh: true, pictures: 3 });
  await shoot(owner, 'masterbtc-series');

  for (const picture of pictures) {
    const link = await phone.of(picture);
    assert.match(link ?? '', /\/v#[\w-]{40,}$/u, 'the picture carries the link');
    const page = await patient({ viewport: { width: 390, height: 844 } });
    await page.goto(link);
    await good(page);
    await page.locator('[data-face]').getByText('MasterBTC').waitFor();
    holders.push({ page, link });
  }
  assert.equal(new Set(holders.map(({ link }) => link)).size, 3);
});

test('the series leads to its asset, where everybody sees it', async () => {
  await owner.locator('[data-look]').click();
  await owner.waitForURL('**/assets/*');
  asset = decodeURIComponent(new URL(owner.url()).pathname.split('/')[2]);
  await owner.getByRole('heading', { name: 'MasterBTC' }).first().waitFor();
  const { supply, holders: count } = await told();
  assert.deepEqual([Number(supply), Number(count)], [vouchers, vouchers]);
});

test('one is put into a wallet, one is redeemed at the counter', async () => {
  await claimed(holders[0].page);

  await owner.goto(`${desk}/staff`);
  await owner.locator('#name').fill('Front');
  await owner.locator('#till').fill('Front');
  await owner.locator('form.card button[type=submit]').click();
  const counter = await patient({ viewport: { width: 390, height: 844 } });
  await counter.goto(await owner.locator('[data-link]').textContent());
  // The holder's page shows the code, and the till reads it off the screen.
  const shown = await phone.of(await holders[2].page.locator('.vou-code').screenshot());
  assert.equal(shown, holders[2].link);
  await counter.locator('#till-code').fill(shown);
  await counter.locator('[data-typed] button[type=submit]').click();
  await counter.locator('[data-redeem]').click();
  await counter.locator('[data-view=answer][data-tone=good]:not([hidden])').waitFor({ timeout: patience });
  await shoot(counter, 'masterbtc-counter');
  holders.push({ page: counter });
});

// funded has the sandbox put money into the owner's wallet.
async function funded() {
  await owner.goto('/wallet');
  await owner.locator('[data-when=locked] [data-open]').click();
  await unlockWallet(owner);
  await owner.locator('[data-panel=receive]').click();
  await owner.locator('form[data-faucet] button[value="1000000"]').click();
  await owner.locator('[data-history] li', { hasText: '+1,000,000 sat' }).first().waitFor({ timeout: patience });
}

test('a stamp card is split: at the counter, and from wallet to wallet', async () => {
  await funded();
  const [picture] = await issued({ name: 'Ten coffees', good: 'A coffee', count: 1, kind: 'stamp-card', pictures: 1 });
  const counter = holders[3].page;
  const link = await phone.of(picture);
  await counter.locator('[data-next]').click();
  await counter.locator('#till-code').fill(link);
  await counter.locator('[data-typed] button[type=submit]').click();
  await counter.locator('[data-units]').fill('3');
  await counter.locator('[data-redeem]').click();
  await counter.getByText('7 stamps left on it').waitFor({ timeout: patience });

  // The rest goes into a wallet once what was taken is in a block, and two of it on.
  const [from, to] = [holders[1].page, holders[0].page];
  await from.goto(link);
  await from.reload(); // only what is behind # is another
  const claim = from.locator('[data-claim]');
  await claim.click({ timeout: patience });
  await makeWallet(from);
  await until(async () => {
    const said = await from.locator('[data-said]').innerText();
    const refused = await from.locator('[data-trouble]').isVisible(); // while the cashier can undo, and until a block
    if (refused && await claim.isEnabled()) {
      await from.waitForTimeout(3_000); // as a person would: who asks faster is told to slow down
      await claim.click();
    }
    return said;
  }, (said) => said.includes('on its way into your wallet'), 'the claim');

  await to.goto('/assets/mine');
  await to.locator('[data-open]').click();
  await unlockWallet(to);
  await to.locator('[data-receive]').click();
  await to.locator('[data-receiving] .qr').waitFor({ timeout: patience });
  const receiving = await phone.of(await to.locator('[data-receiving] .qr').screenshot());
  assert.match(receiving, /\/assets\/send\?to=bcrt1p/u);

  // Who opens the link is asked what to send, and the form knows to whom.
  await from.goto(receiving);
  await from.waitForURL('**/assets/mine?to=*');
  await from.locator('[data-open]').click();
  await unlockWallet(from);
  await from.locator('[data-holdings] li', { hasText: 'Ten coffees' }).locator('[data-to=send]').click({ timeout: patience });
  assert.equal(await from.locator('#asset-to').inputValue(), receiving);
  await from.locator('#asset-units').fill('2');
  await from.locator('[data-go]').click();
  await unlockWallet(from);
  await reviewed(from, /2 Ten coffees go to bcrt1p/u, /5 Ten coffees stay yours/u);
  await from.locator('[data-review] [data-sign]').click();
  await paid(from); // whoever has no bitcoin pays the network over Lightning
});

// reviewed waits for the page to say what a signature would do.
function reviewed(page, ...effects) {
  return until(() => page.locator('main').innerText(), (said) => effects.every((one) => one.test(said)), 'what a signature would do');
}

// paid has the sandbox pay the network fee, and waits for the block.
async function paid(page) {
  await page.waitForURL(/\/pay\/|\/assets\/drafts\//u, { timeout: patience });
  if (page.url().includes('/pay/')) {
    await page.locator('form[data-play] button[value=lightning]:enabled').click({ timeout: patience });
    await page.locator('a[href^="/assets/drafts/"]').first().click({ timeout: patience });
    await page.waitForURL('**/assets/drafts/*', { timeout: patience });
  }
  await page.locator('[data-draft=confirmed]').waitFor({ timeout: patience });
}

test('a dividend goes to all who hold one, in wallets and on paper', async () => {
  await until(told, ({ supply }) => Number(supply) === vouchers - 1, 'the block of what was redeemed');
  const owed = vouchers - 1;

  // From the shop's series to the dividend, in the same wallet.
  await owner.goto(`${desk}`);
  await owner.locator('a[href*="/series/"]', { hasText: 'MasterBTC' }).first().click();
  await owner.locator('[data-dividend]').click();
  await owner.locator('#asset-sum').fill(String(owed * share));
  await owner.locator('form.assetdesk[method=get] button').click();
  await owner.locator('table tbody tr').first().waitFor();
  assert.equal(await owner.locator('table tbody tr').count(), owed);
  assert.equal(await owner.locator('table tbody small').count(), owed - 1, 'all but one lie at vouchers');
  await shoot(owner, 'masterbtc-dividend');
  await owner.locator('[data-go]').click();
  await unlockWallet(owner);
  await reviewed(owner, /190,000 sat go to others, at addresses: 19/u);
  await owner.locator('[data-review] [data-sign]').click();
  await paid(owner);
  await owner.goto(`/assets/${asset}/dividend`);
  await owner.locator('[data-before]', { hasText: '19 holders get 190,000 sat' }).waitFor();

  // Whoever has put his into a wallet has the money there.
  const [wallet, bearer] = [holders[0].page, holders[1].page];
  await wallet.goto('/wallet');
  await wallet.locator('[data-when=locked] [data-open]').click();
  await unlockWallet(wallet);
  await wallet.locator('[data-history] li', { hasText: '+10,000 sat' }).first().waitFor({ timeout: patience });

  // Whoever has the code alone finds it on the voucher's page, and takes it.
  await bearer.goto(holders[1].link);
  await bearer.reload();
  await bearer.locator('[data-money-text]', { hasText: '10,000 sat' }).waitFor({ timeout: patience });
  await shoot(bearer, 'masterbtc-money');
  await bearer.locator('[data-take]').click();
  await unlockWallet(bearer);
  await bearer.locator('[data-money-said]', { hasText: 'on their way into your wallet' }).waitFor({ timeout: patience });
  await good(bearer); // the voucher itself stays good
  await bearer.goto('/wallet');
  await bearer.locator('[data-when=locked] [data-open]').click();
  await unlockWallet(bearer);
  await bearer.locator('[data-history] li', { hasText: /\+9,\d{3} sat/u }).first().waitFor({ timeout: patience });
});

test('the explorer adds up', async () => {
  const { supply, holders: count } = await told();
  assert.deepEqual([Number(supply), Number(count)], [vouchers - 1, vouchers - 1]);
  const csv = await (await owner.request.get(`/assets/${asset}/holders.csv`)).text();
  const rows = csv.trim().split('\n').slice(1).map((line) => line.split(','));
  assert.equal(rows.length, vouchers - 1);
  const units = csv.split('\n')[0].replace('\ufeff', '').trim().split(',').indexOf('units');
  assert.equal(rows.reduce((sum, row) => sum + Number(row[units]), 0), vouchers - 1);
  await owner.goto(`/assets/${asset}`);
  await shoot(owner, 'masterbtc-explorer');
  const liability = await json(owner, `/shops/${slug}/liability`);
  const owed = liability.owed.find(({ supply: n }) => n === vouchers - 1);
  assert.ok(owed, JSON.stringify(liability.owed));
  // A claim that comes too early is said to be, by the server and by the console.
  const early = (trouble) => trouble.includes('425 (Too Early)');
  for (const { page } of [{ page: owner }, ...holders]) assert.deepEqual(page.troubles.filter((one) => !early(one)), []);
});
