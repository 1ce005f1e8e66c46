// Coloured coins in the wallet: never spent unless named, and drafts of others signed
// only when they do what was agreed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64, hex, Transaction } from '../../../public/vendor/bitcoin/bitcoin.js';
import { readDraft } from '../../../public/src/wallet/draft.js';
import { accounts, addressOf } from '../../../public/src/wallet/keys.js';
import { memoryStore } from '../../../public/src/wallet/store.js';
import { Wallet } from '../../../public/src/wallet/wallet.js';

const passphrase = 'correct horse';
const asset = 'oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW';
const stranger = `0014${'42'.repeat(20)}`;
const subtle = {
  importKey: (...args) => crypto.subtle.importKey(...args),
  encrypt: (...args) => crypto.subtle.encrypt(...args),
  decrypt: (...args) => crypto.subtle.decrypt(...args),
  deriveKey: (by, ...args) => crypto.subtle.deriveKey(by.name === 'PBKDF2' ? { ...by, iterations: 1 } : by, ...args),
};

let clock = 1_700_000_000_000;
const setup = () => ({ network: 'devnet', store: memoryStore(), subtle, random: (n) => crypto.getRandomValues(new Uint8Array(n)), now: () => clock += 1_000 });

// holder has a coin with 20 units in the account of colours, one with 5 units at an
// ordinary address, and 100,000 sat of money.
async function holder() {
  const wallet = await Wallet.create(setup(), passphrase);
  const words = (await wallet.words(passphrase)).words.split(' ');
  await wallet.confirm(Object.fromEntries(wallet.askWords().map((position) => [position, words[position - 1]])));
  const apart = await wallet.address({ purpose: 'units', account: accounts.colors });
  const plain = await wallet.address({ purpose: 'deposit', kind: 'p2wpkh' });
  const money = await wallet.address({ purpose: 'deposit' });
  const of = (units) => [{ id: asset, protocol: 'open-assets', units }];
  const coins = [
    { txid: '01'.repeat(32), vout: 0, value: 600, script: apart.script, height: 100, assets: of('20') },
    { txid: '02'.repeat(32), vout: 1, value: 50_000, script: plain.script, height: 100, assets: of('5') },
    { txid: '03'.repeat(32), vout: 0, value: 100_000, script: money.script, height: 100 },
  ];
  wallet.feed({ height: 500, coins });
  return { wallet, coins, apart, plain, money, at: coins.map(({ txid, vout }) => `${txid}:${vout}`) };
}

// built is a PSBT over coins, with a coin of somebody else's behind them.
function built(coins, outputs, { foreign = true, lie = {} } = {}) {
  const tx = new Transaction({ allowUnknownOutputs: true });
  for (const { value, script } of outputs) tx.addOutput({ amount: BigInt(value), script: hex.decode(script) });
  for (const { txid, vout, value, script } of coins) {
    tx.addInput({ txid, index: vout, sequence: 0xfffffffd, witnessUtxo: { amount: BigInt(value), script: hex.decode(script), ...lie } });
  }
  if (foreign) tx.addInput({ txid: '0f'.repeat(32), index: 3, sequence: 0xfffffffd, witnessUtxo: { amount: 9_000n, script: hex.decode(stranger) } });
  return base64.encode(tx.toPSBT(0));
}

test('coins with units are known, and left alone by payments', async () => {
  const { wallet, at } = await holder();
  const [held] = wallet.assets();
  assert.equal(held.units, 25n);
  assert.equal(held.coming, 0n);
  assert.deepEqual(wallet.balance(), { free: 100_000, pending: 0, held: 50_600, immature: 0 });
  const to = addressOf(stranger, 'devnet');
  const swept = wallet.plan({ sweep: to, rate: 1_000 });
  assert.deepEqual(swept.inputs.map(({ outpoint }) => outpoint), [at[2]]);
  assert.throws(() => wallet.plan({ pay: [{ address: to, value: 120_000 }], rate: 1_000 }), { kind: 'funds' });
});

test('units that cannot be are refused as a whole', async () => {
  const { wallet, coins } = await holder();
  for (const units of ['0', '-1', '1.5', '9223372036854775808', 20, '0x10']) {
    assert.throws(() => wallet.feed({ height: 501, coins: [{ ...coins[0], assets: [{ id: asset, protocol: 'open-assets', units }] }] }), { kind: 'units' });
  }
  wallet.feed({ height: 501, coins: [{ ...coins[0], height: 0, assets: [{ id: asset, protocol: 'open-assets', units: '9223372036854775807' }] }] });
  assert.equal(wallet.assets()[0].coming, 2n ** 63n - 1n);
});

test('a draft is signed, and its coins are gone for everybody else', async () => {
  const { wallet, coins, apart, at } = await holder();
  const psbt = built([coins[0]], [{ value: 600, script: stranger }, { value: 0, script: '6a' }, { value: 600, script: apart.script }]);
  const [{ txid, psbt: signed }] = await wallet.signDrafts([psbt], { coins: [at[0]], draft: 'd1', label: 'MasterBTC' });
  assert.equal(txid, readDraft(psbt).txid);
  const tx = Transaction.fromPSBT(base64.decode(signed), { allowUnknownOutputs: true });
  assert.equal(tx.getInput(0).tapKeySig.length, 64);
  assert.equal(tx.getInput(1).tapKeySig, undefined);
  assert.equal(tx.getInput(1).partialSig, undefined);
  assert.equal(wallet.assets()[0].units, 5n);
  assert.deepEqual(wallet.drafts().map(({ txid: id, draft }) => [id, draft]), [[txid, 'd1']]);
  assert.deepEqual(wallet.sent(), []); // nothing that could be passed on from here
  assert.throws(() => wallet.planFaster(txid, 5_000), { kind: 'unsent' });
  assert.equal(wallet.history().find((entry) => entry.txid === txid).value, 0);
  await assert.rejects(wallet.signDrafts([psbt], { coins: [at[0]] }), { kind: 'coin-held' });
  await wallet.dropped(txid);
  assert.equal(wallet.assets()[0].units, 25n);
  assert.equal(wallet.coins()[0].held.why, 'coloured');
});

test('a draft that does something else is not signed', async () => {
  const { wallet, coins, apart, at } = await holder();
  const own = [{ value: 600, script: apart.script }];
  const cases = {
    'a coin that was not named': [built(coins.slice(0, 2), own), { coins: [at[0]] }],
    'nothing of this wallet': [built([], own), { coins: at }],
    'satoshi that go elsewhere': [built([coins[0], coins[2]], own), { coins: at, loss: 600 }],
    'a coin said to be worth more': [built([coins[0]], own, { lie: { amount: 700n } }), { coins: at }],
    'another script': [built([coins[0]], own, { lie: { script: hex.decode(stranger) } }), { coins: at }],
    rubbish: ['cHNidP8=', { coins: at }],
  };
  for (const [name, [psbt, asked]] of Object.entries(cases)) {
    await assert.rejects(wallet.signDrafts([psbt], asked), { kind: 'draft' }, name);
  }
  assert.equal(wallet.assets()[0].units, 25n);
  await wallet.signDrafts([cases['satoshi that go elsewhere'][0]], { coins: at, loss: 100_000 });
});

test('an offer is signed for its own output alone, and the coin set aside', async () => {
  const { wallet, coins, money, at } = await holder();
  const asked = { coins: [at[0]], sells: true, label: 'offer' };
  await assert.rejects(wallet.signDrafts([built([coins[0]], [{ value: 9_000, script: stranger }], { foreign: false })], asked), { kind: 'draft' });
  await assert.rejects(wallet.signDrafts([built([coins[0]], [{ value: 599, script: money.script }], { foreign: false })], asked), { kind: 'draft' });
  const [{ psbt }] = await wallet.signDrafts([built([coins[0]], [{ value: 9_000, script: money.script }], { foreign: false })], asked);
  const signature = Transaction.fromPSBT(base64.decode(psbt)).getInput(0).tapKeySig;
  assert.equal(signature.length, 65);
  assert.equal(signature[64], 0x83);
  assert.deepEqual(wallet.coins()[0].held, { why: 'reserved', label: 'offer' });
  assert.equal(wallet.assets()[0].units, 25n);
  assert.deepEqual(wallet.drafts(), []);
});

test('several in a row: each spends what those before it make', async () => {
  const { wallet, coins, apart, at } = await holder();
  const first = built([coins[0]], [{ value: 350, script: stranger }, { value: 250, script: apart.script }], { foreign: false });
  const { txid } = readDraft(first);
  const second = built([{ txid, vout: 1, value: 250, script: apart.script }], [{ value: 250, script: stranger }], { foreign: false });
  await assert.rejects(wallet.signDrafts([second, first], { coins: [at[0]], loss: 600 }), { kind: 'draft' });
  await assert.rejects(wallet.signDrafts([first, second], { coins: [at[0]], loss: 599 }), { kind: 'draft' });
  const signed = await wallet.signDrafts([first, second], { coins: [at[0]], loss: 600, draft: 'd2' });
  assert.equal(signed.length, 2);
  assert.equal(Transaction.fromPSBT(base64.decode(signed[1].psbt), { allowUnknownOutputs: true }).getInput(0).tapKeySig.length, 64);
  for (const one of [...signed].reverse()) await wallet.dropped(one.txid);
  assert.equal(wallet.assets()[0].units, 25n);
});

test('a coin that somebody else makes for it is spent at once, and costs nothing', async () => {
  const { wallet, apart } = await holder();
  const foreign = { txid: 'ab'.repeat(32), vout: 0, value: 9_000, script: stranger };
  const seed = built([foreign], [{ value: 700, script: apart.script }], { foreign: false });
  const { txid } = readDraft(seed);
  const second = built([{ txid, vout: 0, value: 700, script: apart.script }], [{ value: 350, script: stranger }], { foreign: false });
  await assert.rejects(wallet.signDrafts([seed], { coins: [] }), { kind: 'draft' }, 'nothing to sign');
  const signed = await wallet.signDrafts([seed, second], { coins: [], loss: 0, draft: 'd3' });
  assert.equal(signed[0].psbt, seed, 'it comes back as it was');
  assert.equal(Transaction.fromPSBT(base64.decode(signed[1].psbt), { allowUnknownOutputs: true }).getInput(0).tapKeySig.length, 64);
  assert.deepEqual(wallet.drafts().map(({ draft }) => draft), ['d3']);
});

test('the address that issues is no purse', async () => {
  const { wallet, money } = await holder();
  await wallet.mark(money.script, { purpose: 'issue', label: 'MasterBTC' });
  assert.equal(wallet.balance().free, 0);
  assert.equal(wallet.coins()[2].held.why, 'coloured');
  await assert.rejects(wallet.mark(stranger, { purpose: 'issue', label: '' }), { kind: 'coin-unknown' });
});
