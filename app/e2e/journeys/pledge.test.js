// Backers: three ways to pledge, another amount, taking it back, and the way home
// after the date.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import * as bitcoin from 'bitcoinjs-lib';
import { ECPairFactory } from 'ecpair';
import * as ecc from 'tiny-secp256k1';
import { makeWallet, patience, pledgeByWallet, stateOf, unlockWallet, until } from '../backers.js';
import { base, launch, shoot, visit } from '../browser.js';
import { lookingAt } from '../camera.js';

const ECPair = ECPairFactory(ecc);
const network = bitcoin.networks.regtest;
const pledging = bitcoin.Transaction.SIGHASH_ALL | bitcoin.Transaction.SIGHASH_ANYONECANPAY;

let browser;
let campaign; // { id, desk }
before(async () => {
  browser = await launch();
  campaign = await campaignOf({ amount: 2_000_000, blocks: 2000 });
});
after(() => browser.close());

// A key outside of any page, with an address.
function stranger() {
  const key = ECPair.makeRandom({ network });
  const { address, output } = bitcoin.payments.p2wpkh({ pubkey: key.publicKey, network });
  return { key, address, script: Buffer.from(output) };
}

// campaignOf opens a campaign as its creator does, by forms.
async function campaignOf({ amount, blocks, ...more }) {
  const page = await visit(browser);
  const form = {
    title: `Songs of the marsh ${Math.random()}`, tagline: 'Forty nights of recordings', category: 'music', language: 'en',
    story: 'We go out at night and record frogs.', risks: 'Rain.', name: 'Ada', 'payee-name': 'Ada',
    'payee-amount': String(amount), 'payee-address': stranger().address, blocks: String(blocks), when: 'now', who: 'me', version: '0', do: 'save', ...more,
  };
  const made = await page.request.post('/campaigns/new', { multipart: form });
  const desk = new URL(made.url()).pathname;
  assert.match(desk, /^\/campaigns\/desk\/[0-9a-f]{32}$/, await made.text());
  const opened = await page.request.post(`${desk}/open`, { form: {} });
  const id = /\/campaigns\/([a-z2-7]{16})"/.exec(await opened.text())?.[1];
  assert.ok(id, `the campaign opens: ${opened.status()}`);
  await page.context().close();
  return { id, desk, title: form.title };
}

// coinOf has the faucet pay a stranger and finds the coin, once a block holds it.
async function coinOf(page, { address, script }, amount) {
  const { txid } = await (await page.request.post('/wallet/faucet', { data: { address, amount }, headers: { accept: 'application/json' } })).json();
  assert.match(txid, /^[0-9a-f]{64}$/);
  return until(async () => {
    for (const vout of [0, 1]) {
      const answer = await page.request.post(`/campaigns/${campaign.id}/pledge/request.psbt`, { multipart: { coin: `${txid}:${vout}`, level: '0' } });
      if (!answer.ok()) continue;
      const psbt = bitcoin.Psbt.fromBuffer(await answer.body(), { network });
      if (script.equals(Buffer.from(psbt.data.inputs[0].witnessUtxo.script))) return `${txid}:${vout}`;
    }
    return null;
  }, (found) => found, 'the coin');
}

// signed signs the backer's own input of a PSBT, as a wallet elsewhere does.
function signed(raw, key) {
  const psbt = bitcoin.Psbt.fromBuffer(raw, { network });
  assert.equal(psbt.data.inputs[0].sighashType, pledging);
  assert.equal(psbt.inputCount, 2, 'the other backers have an input');
  psbt.signInput(0, key, [pledging]);
  return Buffer.from(psbt.toBuffer());
}

test('with the wallet in the page: pledge, another amount, back, and again', async (t) => {
  const page = await visit(browser, { viewport: { width: 390, height: 800 }, hasTouch: true });
  const began = Date.now();
  const first = await pledgeByWallet(page, campaign.id, 60_000, { name: 'Mira' });
  t.diagnostic(`somebody without a wallet pledged in ${Date.now() - began} ms of a machine's time`);
  assert.ok(Date.now() - began < 60_000);
  await page.getByText('Thank you. Your pledge is in.').waitFor();
  await page.locator('#live h1', { hasText: 'Pledged' }).waitFor({ timeout: patience });
  assert.match(await page.locator('#live').textContent(), /60,000 sat/);
  assert.equal(await page.locator('#name').inputValue(), 'Mira');
  await shoot(page, 'pledge-own-390');

  // More, in one step: the old coin pays for the new one.
  await page.getByRole('link', { name: 'Change the amount' }).click();
  await page.locator('#amount').fill('75000');
  await page.locator('[data-wallet-door] [data-go]').click();
  await unlockWallet(page);
  await page.locator('[data-faucet]').click();
  await page.getByText('becomes one of 75,000 sat').waitFor({ timeout: patience });
  await shoot(page, 'pledge-change-390');
  await page.getByRole('button', { name: 'Agree and pledge' }).click();
  await page.waitForURL('**/pledges/*', { timeout: patience });
  const second = new URL(page.url()).pathname;
  assert.notEqual(second, first);
  assert.equal((await stateOf(page, second)).amount, 75_000);
  assert.equal(await page.locator('#name').inputValue(), 'Mira', 'the words went over');
  await until(() => stateOf(page, first), ({ state }) => state === 'spent', 'the end of the first');
  await page.locator('#live h1', { hasText: 'Pledged' }).waitFor({ timeout: patience });

  // Back, with its fee shown first.
  await page.getByRole('button', { name: 'Take it back' }).click();
  await unlockWallet(page);
  await page.getByText(/sat come back to your wallet, and [\d,]+ sat go to the network/).waitFor();
  assert.equal((await stateOf(page, second)).state, 'confirmed', 'nothing happens before it is agreed to');
  await page.getByRole('button', { name: 'Yes, take it back' }).click();
  await page.locator('#live h1', { hasText: 'Taken back' }).waitFor({ timeout: patience });

  // And again, out of what came home.
  await page.getByRole('link', { name: 'Pledge again' }).click();
  await page.locator('#amount').fill('40000');
  await page.locator('[data-wallet-door] [data-go]').click();
  await unlockWallet(page);
  await page.getByText(/A coin of exactly 40,000 sat is set aside/).waitFor({ timeout: patience });
  await page.getByRole('button', { name: 'Agree and pledge' }).click();
  await page.waitForURL('**/pledges/*', { timeout: patience });
  const third = new URL(page.url()).pathname;

  // The list is this browser's own; what is over can be forgotten.
  await page.goto('/pledges');
  await page.locator(`a[href="${third}"]`).waitFor();
  assert.equal(await page.locator('[data-list] li').count(), 3);
  await page.locator('[data-list] li', { hasText: '60,000 sat' }).getByRole('button').click();
  assert.equal(await page.locator('[data-list] li').count(), 2);
  await page.getByRole('button', { name: 'Look in this browser’s wallet' }).click();
  await unlockWallet(page);
  await page.locator('[data-wallet-list] li', { hasText: '40,000 sat' }).waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a closed tab loses nothing', async () => {
  const page = await visit(browser, { locale: 'zh-CN', viewport: { width: 360, height: 740 } });
  await page.goto(`/campaigns/${campaign.id}/pledge`);
  await page.locator('#amount').fill('30000');
  await page.locator('[data-wallet-door] [data-go]').click();
  await makeWallet(page);
  const address = await page.locator('[data-deposit]').textContent();
  await shoot(page, 'pledge-deposit-zh-360');
  await page.goto('about:blank');
  // The money comes while nobody looks, and not quite as asked for.
  await page.request.post('/wallet/faucet', { data: { address, amount: 29_000 }, headers: { accept: 'application/json' } });
  await page.goto(`/campaigns/${campaign.id}/pledge`);
  assert.equal(await page.locator('#amount').inputValue(), '30000');
  await page.locator('[data-wallet-door] [data-go]').click();
  await unlockWallet(page);
  await page.getByRole('button', { name: '认捐 29,000 sat' }).click({ timeout: patience });
  await page.waitForURL('**/pledges/*', { timeout: patience });
  assert.equal((await stateOf(page, new URL(page.url()).pathname)).amount, 29_000);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('with another wallet: a file to sign, and back', async () => {
  const page = await visit(browser);
  const owner = stranger();
  const coin = await coinOf(page, owner, 80_000);
  await page.goto(`/campaigns/${campaign.id}/pledge`);
  await page.locator('#other-wallet summary').first().click();
  await page.locator('#coin').fill('nonsense');
  await page.getByRole('button', { name: 'Get the file to sign' }).click();
  await page.locator('#coin-wrong').waitFor();
  await page.locator('#coin').fill(coin);
  await page.getByRole('button', { name: 'Get the file to sign' }).click();
  await page.locator('.psbt').waitFor();
  await shoot(page, 'pledge-psbt');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the file' }).click();
  const raw = await readFile(await (await download).path());
  assert.equal(await page.locator('[data-psbt]').textContent(), raw.toString('base64'));

  // Not signed yet: nothing is taken, nothing typed is lost.
  await page.locator('#signed').fill(raw.toString('base64'));
  await page.locator('button[value=psbt]').click();
  await page.locator('#signed-wrong').waitFor();
  assert.equal(await page.locator('#coin').inputValue(), coin);
  await page.setInputFiles('#signed-file', { name: 'signed.psbt', mimeType: '', buffer: signed(raw, owner.key) });
  await page.locator('#signed').fill('');
  await page.locator('button[value=psbt]').click();
  await page.getByText('Thank you. Your pledge is in.').waitFor();
  const path = new URL(page.url()).pathname;
  await page.locator('#live h1', { hasText: 'Pledged' }).waitFor({ timeout: patience });
  assert.deepEqual(page.troubles.filter((trouble) => !/status of 422/.test(trouble)), []);

  // Its file leads anybody who brings it to the same pledge.
  const file = await (await page.request.get(`${path}/pledge.json`)).body();
  const other = await visit(browser);
  await other.goto(`/campaigns/${campaign.id}/pledge`);
  await other.locator('section', { has: other.locator('#door-file') }).locator('summary').click();
  await other.setInputFiles('#pledge-file', { name: 'pledge.json', mimeType: 'application/json', buffer: file });
  await other.getByRole('button', { name: 'Hand it in' }).click();
  await other.waitForURL(`**${path}*`);
  await other.context().close();
  await page.context().close();
});

test('with another wallet that shows a code: the camera reads it', async () => {
  const page = await visit(browser);
  const owner = stranger();
  const coin = await coinOf(page, owner, 70_000);
  const answer = await page.request.post(`/campaigns/${campaign.id}/pledge/request.psbt`, { multipart: { coin, level: '0' } });
  const text = signed(await answer.body(), owner.key).toString('base64');
  await page.context().close();

  const looking = await lookingAt(text);
  const phone = await visit(looking, { viewport: { width: 360, height: 760 }, hasTouch: true, permissions: ['camera'] });
  await phone.goto(`/campaigns/${campaign.id}/pledge`);
  await phone.locator('#other-wallet summary').first().click();
  await phone.locator('#coin').fill(coin);
  await phone.getByRole('button', { name: 'Get the file to sign' }).click();
  await phone.locator('.psbt').waitFor();
  await phone.getByRole('button', { name: 'Read it with the camera' }).click();
  await phone.waitForFunction(() => document.querySelector('#signed').value !== '', null, { timeout: patience });
  assert.equal(await phone.locator('#signed').inputValue(), text);
  await phone.locator('button[value=psbt]').click();
  await phone.getByText('Thank you. Your pledge is in.').waitFor();
  assert.deepEqual(phone.troubles, []);
  await looking.close();
});

test('with another wallet and without scripts', async () => {
  const page = await visit(browser, { javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  const owner = stranger();
  const coin = await coinOf(page, owner, 55_000);
  await page.goto(`/campaigns/${campaign.id}/pledge`);
  await page.locator('#other-wallet summary').first().click();
  await page.locator('#coin').fill(coin);
  await page.getByRole('button', { name: 'Get the file to sign' }).click();
  const raw = Buffer.from(await page.locator('[data-psbt]').textContent(), 'base64');
  await page.locator('#signed').fill(signed(raw, owner.key).toString('base64'));
  await page.locator('button[value=psbt]').click();
  await page.getByText('Thank you. Your pledge is in.').waitFor();
  await page.locator('#name').fill('Without scripts');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal(await page.locator('#name').inputValue(), 'Without scripts');
  await page.context().close();
});

test('after the date, anybody sends it home', async () => {
  const short = await campaignOf({ amount: 1_000_000, blocks: 30, firm: 'yes' });
  const page = await visit(browser);
  await page.goto(`/campaigns/${short.id}/pledge`);
  await page.locator('#amount').fill('45000');
  await page.locator('[data-firm]').check();
  await page.locator('[data-wallet-door] [data-go]').click();
  await makeWallet(page);
  await page.locator('[data-faucet]').click();
  await page.waitForURL('**/pledges/*', { timeout: patience });
  const path = new URL(page.url()).pathname;
  await page.locator('#live h1', { hasText: 'Pledged' }).waitFor({ timeout: patience });
  await page.locator('#live').getByText(/cannot be taken back before/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Take it back' }).count(), 0);

  // Somebody who never pledged.
  const anybody = await visit(browser, { javaScriptEnabled: false });
  await anybody.goto(`/campaigns/${short.id}/refunds`);
  await anybody.getByText('waits for its block').waitFor();
  assert.equal(await anybody.locator('button[name=pledge]').count(), 0);
  for (let i = 0; i < 10 && await anybody.locator('button[value=all]').count() === 0; i += 1) {
    const passed = await anybody.request.post(`${short.desk}/time`, { form: { to: 'refunds' } });
    assert.ok(passed.ok(), `time passes: ${passed.status()}`);
    await anybody.goto(`/campaigns/${short.id}/refunds`);
  }
  await shoot(anybody, 'refunds-due');
  await anybody.locator('button[value=all]').click();
  await anybody.getByText('One pledge is on its way home.').waitFor();
  await until(async () => (await anybody.goto(`/campaigns/${short.id}/refunds`)).text(), (text) => text.includes('is home'), 'the coin at home');
  assert.equal((await stateOf(page, path)).state, 'spent');
  assert.equal((await anybody.goto(`/campaigns/${short.id}/pledge`)).status(), 200);
  await anybody.getByText('This campaign takes no pledges now.').waitFor();
  assert.ok(base);
  await anybody.context().close();
  await page.context().close();
});
