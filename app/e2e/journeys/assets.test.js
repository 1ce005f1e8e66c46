// Coloured coins, from making them to selling them: two people with a browser each, who
// need no bitcoin but the coin an asset grows out of.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { makeWallet, patience, unlockWallet, until } from '../backers.js';
import { launch, shoot, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function looks(page, name) {
  await shoot(page, name);
  const found = await new AxeBuilder({ page }).setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), [], name);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${name} scrolls sideways`);
}

const review = (page) => page.locator('[data-review]:visible');

// opened answers what the wallet asks: a passphrase, or the words of a new one.
async function opened(page, fresh) {
  if (fresh) await makeWallet(page);
  else await unlockWallet(page);
}

// reviewed waits for what is to be signed, with what it says.
async function reviewed(page) {
  await review(page).waitFor({ timeout: patience });
  return review(page).locator('[data-effects]').innerText();
}

// signed signs, has the sandbox pay the network fee where that is asked for, and waits
// for the block. It gives the draft as the server tells of it.
async function signed(page) {
  await review(page).locator('[data-sign]').click();
  await page.waitForURL(/\/pay\/|\/assets\/drafts\//, { timeout: patience });
  if (page.url().includes('/pay/')) {
    await page.locator('form[data-play] button[value=lightning]:enabled').click({ timeout: patience });
    await page.locator('a[href^="/assets/drafts/"]').first().click({ timeout: patience });
    await page.waitForURL('**/assets/drafts/*', { timeout: patience });
  }
  const path = new URL(page.url()).pathname;
  const draft = await until(() => draftOf(page, path), ({ state }) => ['confirmed', 'failed', 'ended'].includes(state), path);
  assert.equal(draft.state, 'confirmed');
  await page.locator('[data-draft=confirmed]').waitFor({ timeout: patience }); // the page has seen it too
  return draft;
}

const draftOf = async (page, path) => (await page.request.get(path, { headers: { accept: 'application/json' } })).json();

// holds is what somebody's list says of an asset.
async function holds(page, id) {
  await page.goto('/assets/mine');
  await page.locator('[data-open]').click();
  await unlockWallet(page);
  const row = page.locator(`[data-holdings] [data-id="${id}"]`);
  await page.locator('[data-holds]').waitFor({ timeout: patience });
  return (await row.count()) === 0 ? null : row.locator('[data-units]').innerText();
}

// receives is the link that somebody shows to be sent units.
async function receives(page) {
  await page.locator('[data-receive]').click();
  await page.locator('[data-receiving] .qr').waitFor({ timeout: patience });
  return page.locator('[data-receiving] [data-text]').innerText();
}

// made issues an asset, and gives its id.
async function made(page, { name, units, more, fresh }) {
  await page.goto('/assets/issue');
  await page.locator('#asset-name').fill(name);
  await page.locator('#asset-units').fill(String(units));
  await page.locator(`input[name=more][value=${more}]`).check();
  await page.locator('#asset-description').fill('One morning of lessons.');
  await page.locator('[data-go]').click();
  await opened(page, fresh);
  const deposit = page.locator('[data-deposit]');
  await Promise.race([deposit.waitFor({ timeout: patience }), review(page).waitFor({ timeout: patience })]);
  if (await deposit.isVisible()) await deposit.locator('[data-faucet]').click();
  const said = await reviewed(page);
  assert.match(said, new RegExp(`^${units} ${name} are made`));
  return (await signed(page)).asset;
}

test('issued, sent, destroyed, paid dividends on, sold', async () => {
  const ada = await visit(browser);
  const ben = await visit(browser, { locale: 'zh-CN', viewport: { width: 390, height: 800 }, colorScheme: 'dark' });

  // Twenty are made, with the network fee paid over Lightning.
  const id = await made(ada, { name: 'MasterBTC', units: 20, more: 'yes', fresh: true });
  assert.match(id, /^o[1-9A-HJ-NP-Za-km-z]{33}$/); // Open Assets on a test network
  await looks(ada, 'assets-draft-confirmed');
  assert.equal(await holds(ada, id), '20');
  await looks(ada, 'assets-mine');

  // Ben shows a link; he has no bitcoin, and needs none.
  await ben.goto('/assets/mine');
  await ben.locator('[data-open]').click();
  await opened(ben, true);
  await ben.locator('[data-holds]').waitFor({ timeout: patience });
  const link = await receives(ben);
  await looks(ben, 'assets-receive-zh-360');

  // Too many cannot be sent, and an address that says nothing of itself asks again.
  await ada.goto(`/assets/${id}/send`);
  await ada.locator('#asset-units').fill('21');
  await ada.locator('#asset-to').fill(link);
  await ada.locator('[data-go]').click();
  await unlockWallet(ada);
  await ada.locator('form[data-act] > [data-wrong]', { hasText: 'You have 20 MasterBTC' }).waitFor({ timeout: patience });
  await ada.locator('#asset-units').fill('3');
  await ada.locator('#asset-to').fill(new URL(link).searchParams.get('to'));
  await ada.locator('[data-go]').click();
  await ada.locator('[data-sure]').waitFor();
  await ada.locator('#asset-to').fill(link);
  await ada.locator('[data-go]').click();
  assert.match(await reviewed(ada), /3 MasterBTC go to bcrt1p[\s\S]*17 MasterBTC stay yours/);
  await looks(ada, 'assets-review');
  await signed(ada);
  assert.equal(await holds(ben, id), '3');
  assert.equal(await holds(ada, id), '17');

  // One is destroyed, on purpose.
  await ben.goto(`/assets/${id}/burn`);
  await ben.locator('#asset-units').fill('1');
  await ben.locator('[name=sure]').check();
  await ben.locator('[data-go]').click();
  await unlockWallet(ben);
  assert.match(await reviewed(ben), /永久销毁/);
  await signed(ben);
  assert.equal(await holds(ben, id), '2');

  // A dividend over all holders but Ada herself, from her own coins.
  await ada.goto('/wallet');
  await ada.locator('[data-when=locked] [data-open]').click();
  await unlockWallet(ada);
  await ada.locator('[data-panel=receive]').click();
  await ada.locator('form[data-faucet] button[value="1000000"]').click();
  await ada.locator('[data-coins] [data-state]', { hasText: 'yours' }).first().waitFor({ timeout: patience });
  await ada.locator('[data-assets] [data-holdings] li').first().waitFor(); // units are listed apart
  await looks(ada, 'assets-wallet');
  await ada.goto(`/assets/${id}/dividend?sum=50000`);
  assert.equal(await ada.locator('table tbody tr').count(), 2);
  await looks(ada, 'assets-dividend');
  await ada.locator('[data-others]').check();
  await ada.locator('[data-go]').click();
  await unlockWallet(ada);
  assert.match(await reviewed(ada), /^50,000 sat go to others/);
  await signed(ada);
  await ben.goto('/wallet');
  await ben.locator('[data-when=locked] [data-open]').click();
  await unlockWallet(ben);
  await ben.locator('[data-history] li', { hasText: '+50,000 sat' }).first().waitFor({ timeout: patience });

  // Ben sells what he has left; Ada buys it back.
  await ben.goto(`/assets/${id}/offers`);
  await ben.locator('#asset-units').fill('2');
  await ben.locator('#asset-price').fill('20,000');
  await ben.locator('[data-go]').click();
  await unlockWallet(ben);
  await reviewed(ben);
  await review(ben).locator('[data-sign]').click();
  await ben.waitForURL('**/assets/offers/*', { timeout: patience });
  await looks(ben, 'assets-offer-zh-360');
  const offer = new URL(ben.url()).pathname;
  await ada.goto(`/assets/${id}/offers`);
  await looks(ada, 'assets-offers');
  await ada.locator(`a[href="${offer}"]`).first().click();
  await ada.getByRole('button', { name: 'Buy them' }).click();
  await unlockWallet(ada);
  assert.match(await reviewed(ada), /2 MasterBTC become yours/);
  await signed(ada);
  assert.equal(await holds(ada, id), '19');
  assert.equal(await holds(ben, id), null);
  await ada.goto(offer);
  await ada.locator('.notice', { hasText: 'Sold' }).waitFor();

  // Everybody sees the asset, and its transactions.
  const told = await (await ada.request.get(`/assets/${id}`)).text();
  assert.match(told, /MasterBTC/);
  for (const page of [ada, ben]) assert.deepEqual(page.troubles, []);
});

test('a fixed number, and more of one that is not', async () => {
  const page = await visit(browser);
  const fixed = await made(page, { name: 'Seats', units: 12, more: 'no', fresh: true });
  assert.match(fixed, /^La/); // Colu, locked
  assert.equal(await holds(page, fixed), '12');
  await page.goto(`/assets/${fixed}/reissue`);
  await page.locator('.notice', { hasText: 'fixed for ever' }).waitFor();

  const open = await made(page, { name: 'Coffees', units: 5, more: 'yes', fresh: false });
  await page.goto(`/assets/${open}/reissue`);
  await page.locator('#asset-units').fill('7');
  await page.locator('[data-go]').click();
  await unlockWallet(page);
  assert.match(await reviewed(page), /^7 Coffees are made/);
  await signed(page);
  assert.equal(await holds(page, open), '12');
  assert.deepEqual(page.troubles, []);
});

test('without a script the form still gives a transaction to sign', async () => {
  const page = await visit(browser, { javaScriptEnabled: false });
  await page.goto('/assets/issue');
  await page.locator('#asset-name').fill('Paper');
  await page.locator('#asset-units').fill('5');
  await page.locator('details:has(#asset-coins) summary').click();
  await page.locator('#asset-coins').fill('not a coin');
  await page.locator('button[value=psbt]').click();
  await page.locator('#asset-coins-wrong', { hasText: 'one a line' }).waitFor();
  assert.equal(await page.locator('#asset-name').inputValue(), 'Paper');
});
