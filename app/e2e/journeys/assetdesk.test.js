// The desk of those who issue and hold assets: with no bitcoin at all, for many at once,
// offers taken back, the right to issue given up, dividends with shares too small, and
// the door for other wallets.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import * as bitcoin from 'bitcoinjs-lib';
import { ECPairFactory } from 'ecpair';
import * as ecc from 'tiny-secp256k1';
import { asked, draftOf, holds, receives, review, reviewed, settled, signed } from '../assetdesk.js';
import { makeWallet, patience, unlockWallet, until } from '../backers.js';
import { launch, shoot, visit } from '../browser.js';

let [browser, ada, ben, id] = [];
before(async () => {
  browser = await launch();
  [ada, ben] = [await visit(browser), await visit(browser, { locale: 'zh-CN', viewport: { width: 390, height: 800 } })];
  for (const page of [ada, ben]) page.setDefaultTimeout(patience); // a machine may be slow
});
after(() => browser.close());

test('somebody without any bitcoin makes an asset, paid over Lightning', async () => {
  const faucets = [];
  ada.on('request', (request) => { if (request.url().endsWith('/wallet/faucet')) faucets.push(request.url()); });
  await ada.goto('/assets/issue');
  await ada.locator('input[name=more][value=yes]').check();
  await asked(ada, { name: 'Coffees', units: 12 }, makeWallet);
  assert.match(await reviewed(ada), /^12 Coffees are made/);
  assert.match(await review(ada).locator('[data-cost]').innerText(), /Lightning/);
  await shoot(ada, 'assetdesk-nothing-review');
  ({ asset: id } = await signed(ada));
  assert.equal(await holds(ada, id), '12');
  assert.deepEqual(faucets, [], 'no coin came from the sandbox');
});

test('a list is sent in one go, over Lightning, by the link that somebody shows', async () => {
  await ben.goto('/assets/mine');
  await ben.locator('[data-open]').click();
  await makeWallet(ben);
  await ben.locator('[data-holds]').waitFor({ timeout: patience });
  const link = await receives(ben);
  const [plain, , other] = Array.from({ length: 3 }, () => payment().address);

  await ada.goto(`/assets/${id}/send`);
  await ada.locator('details:has(#asset-list) summary').click();
  const list = ada.locator('#asset-list');
  await list.fill(`address,units\n"${link}",2\n${plain};1`);
  await ada.locator('[data-list-sum]', { hasText: '3 Coffees to receivers: 2' }).waitFor();
  await list.fill(`${link},2\n${plain},1\n${other},x`);
  await ada.locator('[data-list-sum]', { hasText: 'Line 3' }).waitFor();
  await list.fill(`${link},2\n${plain},1\n${other},1`);
  await ada.locator('[data-go]').click();
  await unlockWallet(ada);
  await ada.locator('[data-sure]:visible').waitFor({ timeout: patience }); // plain addresses ask again
  await ada.locator('[name=sure]').check();
  await ada.locator('[data-go]').click();
  assert.match(await reviewed(ada), /2 Coffees go to bcrt1p[\s\S]*1 Coffees go to[\s\S]*1 Coffees go to[\s\S]*8 Coffees stay yours/);
  await shoot(ada, 'assetdesk-list-review');
  await signed(ada);
  assert.equal(await holds(ada, id), '8');
  assert.equal(await holds(ben, id), '2');

  // The server reads a list by the same rules, without a script.
  const answer = await ada.request.post(`/assets/${id}/send`, { form: { list: `${link} 2\n${plain} x`, coins: `${'ab'.repeat(32)}:0 1000 ${payment().address}`, do: 'psbt' } });
  assert.equal(answer.status(), 422);
  assert.match(await answer.text(), /Line 2:/);
});

test('an offer needs its units apart first, and can be withdrawn', async () => {
  await ada.goto(`/assets/${id}/offers`);
  await asked(ada, { units: 3, price: '9,000' });
  assert.match(await reviewed(ada), /together in one coin. Put 3 Coffees apart first/);
  await shoot(ada, 'assetdesk-split');
  await signed(ada);
  await ada.goto(`/assets/${id}/offers`);
  await asked(ada, { units: 3, price: '9,000' });
  assert.match(await reviewed(ada), /Whoever pays 9,000 sat to you gets 3 Coffees/);
  await review(ada).locator('[data-sign]').click();
  await ada.waitForURL('**/assets/offers/*', { timeout: patience });
  const offer = new URL(ada.url()).pathname;

  // Somebody else has not got its key.
  await ben.goto(offer);
  await ben.locator('details:has([data-act=withdraw]) > summary').click();
  await ben.locator('[data-act=withdraw] [data-go]').click();
  await unlockWallet(ben);
  await ben.locator('[data-act=withdraw] > [data-wrong]:visible').waitFor({ timeout: patience });
  assert.equal((await ada.request.post(`${offer}/withdraw`, { data: { signature: 'smpAA' } })).status(), 403);

  await ada.locator('details:has([data-act=withdraw]) > summary').click();
  await ada.locator('[data-act=withdraw] [data-go]').click();
  await unlockWallet(ada);
  assert.match(await reviewed(ada), /out of the book[\s\S]*3 Coffees stay yours/);
  await shoot(ada, 'assetdesk-withdraw');
  // It is out of the book before anything is signed for the network.
  await ben.goto(`/assets/${id}/offers`);
  assert.equal(await ben.locator(`a[href="${offer}"]`).count(), 0);
  await signed(ada);
  await ada.goto(offer);
  await ada.locator('.notice').first().waitFor();
  assert.equal(await ada.locator('[data-act=take]').count(), 0);
  assert.equal(await holds(ada, id), '8');
});

test('more are made, and then the right to make more is given up', async () => {
  await ada.goto(`/assets/${id}/reissue`);
  await asked(ada, { units: 8 });
  // Its address is empty, as the coin that it grew out of is spent.
  await ada.locator('[data-deposit]:visible [data-faucet]').click({ timeout: patience });
  assert.match(await reviewed(ada), /^8 Coffees are made/);
  await signed(ada);
  assert.equal(await holds(ada, id), '16');
  await ada.goto(`/assets/${id}/lock`);
  await ada.locator('[name=sure]').check();
  await asked(ada, {});
  assert.match(await reviewed(ada), /The issuing address is emptied/);
  await shoot(ada, 'assetdesk-lock');
  await signed(ada);
  assert.equal(await holds(ada, id), '16');
});

test('a dividend lists those whose share is too small', async () => {
  await ada.goto(`/assets/${id}/dividend?sum=5000`);
  // Ada's 16 lie at three addresses; of those with 1, the network passes 250 sat on to none.
  assert.equal(await ada.locator('table tbody tr').count(), 6);
  assert.equal(await ada.locator('table tbody td', { hasText: 'too little' }).count(), 2);
  await ada.getByText('2 get nothing: their shares are less than the network passes on.').waitFor();
  await shoot(ada, 'assetdesk-dust');
  const [download] = await Promise.all([ada.waitForEvent('download'), ada.locator('a[download][href*="dividend.csv"]').click()]);
  const rows = (await readFile(await download.path(), 'utf8')).trim().split('\n').slice(1);
  assert.deepEqual(rows.map((row) => row.split(',').slice(1, 4).join(',')), ['8,2000,yes', '5,1250,yes', '3,750,yes', '2,500,yes', '1,250,no', '1,250,no']);
});

// A wallet of somebody else's making: bitcoinjs-lib, with one key.
bitcoin.initEccLib(ecc);
const network = bitcoin.networks.regtest;
const pair = () => ECPairFactory(ecc).makeRandom({ network });
const payment = (key = pair()) => bitcoin.payments.p2wpkh({ pubkey: key.publicKey, network });

test('another wallet signs by PSBT: as a file, and as text', async () => {
  const key = pair();
  const { address } = payment(key);
  const { txid } = await (await ada.request.post('/wallet/faucet', { data: { address, amount: 100_000 } })).json();
  const page = await visit(browser, { javaScriptEnabled: false });

  // Which output it is, the wallet would know: the form takes the one that is right.
  await until(async () => {
    for (const vout of [0, 1]) {
      await page.goto('/assets/issue');
      await page.locator('#asset-name').fill('Seats');
      await page.locator('#asset-units').fill('40');
      await page.locator('input[name=pay][value=own]').check();
      await page.locator('details:has(#asset-coins) > summary').click();
      await page.locator('#asset-coins').fill(`${txid}:${vout} 100000 ${address}`);
      await page.locator('button[value=psbt]').click();
      if (page.url().includes('/assets/drafts/')) return true;
    }
    return false;
  }, (found) => found, 'a draft');
  await shoot(page, 'assetdesk-psbt');
  const seats = (await draftOf(page, new URL(page.url()).pathname)).asset;

  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[href$="/1.psbt"]').click()]);
  const psbt = bitcoin.Psbt.fromBuffer(await readFile(await download.path()), { network });
  psbt.signAllInputs(key);
  await page.locator('#draft-psbt').fill('rubbish');
  await page.locator('form[enctype] button').click();
  await page.locator('#draft-psbt-wrong:not(:empty)').waitFor(); // and nothing is lost
  await page.locator('#draft-psbt').fill('');
  await page.locator('#draft-file').setInputFiles({ name: 'signed.psbt', mimeType: 'application/octet-stream', buffer: Buffer.from(psbt.toBuffer()) });
  await page.locator('form[enctype] button').click();
  const draft = await settled(page);
  assert.equal(draft.asset, seats);

  // Its units go on by text, and a changed transaction is refused.
  const made = (await (await page.request.get(`/api/v1/assets/transactions/${draft.txids[0]}`)).json());
  const { outs } = bitcoin.Transaction.fromHex(made.raw);
  const at = made.colourings.find(({ protocol }) => protocol === 'colu').outputs.findIndex((held) => held.length > 0);
  await page.goto(`/assets/${seats}/burn`);
  await page.locator('#asset-units').fill('40');
  await page.locator('[name=sure]').check();
  await page.locator('input[name=pay][value=own]').check();
  await page.locator('details:has(#asset-coins) > summary').click();
  const rest = outs.findLastIndex(({ value }) => value > 10_000n);
  await page.locator('#asset-coins').fill([at, rest].map((n) => `${draft.txids[0]}:${n}`).join('\n'));
  await page.locator('button[value=psbt]').click();
  await page.waitForURL('**/assets/drafts/*');
  const text = await page.locator('.psbt textarea').inputValue();
  const changed = bitcoin.Psbt.fromBase64(text, { network });
  changed.addOutput({ address, value: 600n });
  changed.signAllInputs(key);
  await page.locator('#draft-psbt').fill(changed.toBase64());
  await page.locator('form[enctype] button').click();
  await page.locator('#draft-psbt-wrong:not(:empty)').waitFor();
  const good = bitcoin.Psbt.fromBase64(text, { network });
  good.signAllInputs(key);
  await page.locator('#draft-psbt').fill(good.toBase64());
  await page.locator('form[enctype] button').click();
  await settled(page);
  const { supply } = await (await page.request.get(`/api/v1/assets/${seats}`)).json();
  assert.equal(Number(supply), 0);
  for (const one of [ada, ben]) assert.deepEqual(one.troubles, []);
});
