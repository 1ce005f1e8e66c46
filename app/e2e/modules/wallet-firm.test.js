// Firm coins, labels of others, and payments that were refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, RawTx, secp256k1, sha256 } from '../../../public/vendor/bitcoin/bitcoin.js';
import { addressOf, scriptOf } from '../../../public/src/wallet/keys.js';
import { memoryStore } from '../../../public/src/wallet/store.js';
import { Wallet } from '../../../public/src/wallet/wallet.js';
import { encode } from './signed.js';

const passphrase = 'correct horse';
const subtle = {
  importKey: (...args) => crypto.subtle.importKey(...args),
  encrypt: (...args) => crypto.subtle.encrypt(...args),
  decrypt: (...args) => crypto.subtle.decrypt(...args),
  deriveKey: (by, ...args) => crypto.subtle.deriveKey(by.name === 'PBKDF2' ? { ...by, iterations: 1 } : by, ...args),
};
const setup = (store = memoryStore()) => ({ network: 'devnet', store, subtle, random: (n) => crypto.getRandomValues(new Uint8Array(n)), now: () => 1_700_000_000_000 });

async function ready(means = setup()) {
  const wallet = await Wallet.create(means, passphrase);
  const words = (await wallet.words(passphrase)).words.split(' ');
  await wallet.confirm(Object.fromEntries(wallet.askWords().map((position) => [position, words[position - 1]])));
  return wallet;
}

const keeper = hex.encode(secp256k1.getPublicKey(sha256(new TextEncoder().encode('keeper'))));
const terms = { keeper, until: 1_000, purpose: 'pledge' };
const script = `0014${'42'.repeat(20)}`;
const goal = (lockTime = 0) => encode({ version: 2, lockTime, outputs: [{ value: 1_000_000, script }] });
const txid = 'ab'.repeat(32);
const at = (height, own, value = 60_000) => ({ height, coins: [{ txid, vout: 0, value, script: own, height: 500 }] });

test('a firm coin is pledged, stays, and goes home from its height on', async () => {
  const wallet = await ready();
  const { script: own, address, owner } = await wallet.firmAddress(terms);
  assert.match(own, /^0020/);
  assert.equal(address, addressOf(own, 'devnet'));
  assert.match(owner, /^0[23]/);
  assert.ok(wallet.scripts().includes(own));
  wallet.feed(at(600, own));
  assert.equal(wallet.coins()[0].held.why, 'firm');
  assert.equal(wallet.balance().free, 0);
  assert.throws(() => wallet.plan({ sweep: address, from: [`${txid}:0`], only: true, rate: 500 }), { kind: 'coin-held', details: { outpoint: `${txid}:0`, why: 'firm' } });

  const [pledge] = await wallet.pledge({ outpoint: `${txid}:0`, contracts: [goal(900)] });
  assert.equal(pledge.witness.length, 5);
  assert.deepEqual([pledge.witness[0], pledge.witness[2], pledge.witness[3]], ['', '', '01']);
  assert.match(pledge.witness[1], /81$/);
  // A contract that can be claimed only after the coin is free is not firm.
  await assert.rejects(wallet.pledge({ outpoint: `${txid}:0`, contracts: [goal(1_000)], again: true }), { kind: 'firm' });
  await assert.rejects(wallet.refund({ outpoint: `${txid}:0`, lockTime: 999, rate: 500 }), { kind: 'refund-time' });
  assert.equal((await wallet.refund({ outpoint: `${txid}:0`, lockTime: 1_000, rate: 500 })).lockTime, 1_000);

  wallet.feed(at(1_000, own));
  const home = await wallet.send(wallet.plan({ sweep: (await wallet.address({ purpose: 'home' })).address, from: [`${txid}:0`], only: true, rate: 500 }));
  const tx = RawTx.decode(hex.decode(home.hex));
  assert.equal(tx.lockTime, 1_000);
  assert.equal(tx.inputs[0].sequence, 0xfffffffd);
  assert.equal(tx.witnesses[0].length, 3);
});

test('terms of a campaign that cannot be right are refused', async () => {
  const wallet = await ready();
  for (const wrong of [{ until: 16 }, { until: 500_000_000 }, { until: 1.5 }, { keeper: `04${'11'.repeat(32)}` }, { keeper: `02${'ff'.repeat(32)}` }, { keeper: '' }]) {
    await assert.rejects(wallet.firmAddress({ ...terms, ...wrong }), { kind: 'firm' });
  }
  assert.deepEqual(wallet.scripts(), []);
});

test('after a restoration a firm coin is found by the terms of its campaign', async () => {
  const first = await ready();
  await first.firmAddress({ ...terms, until: 777 });
  const { script: own } = await first.firmAddress(terms);
  const { words } = await first.words(passphrase);
  const again = await Wallet.restore(setup(), words, passphrase);
  await again.discover(async () => []);
  await assert.rejects(again.adoptFirm({ ...terms, until: 1_001, script: own }), { kind: 'firm' });
  await again.adoptFirm({ ...terms, script: own });
  again.feed(at(1_000, own));
  assert.equal(again.balance().free, 60_000);
  assert.notEqual((await again.firmAddress(terms)).script, own);
  assert.equal(again.watchID, first.watchID, 'the server knows it again');
});

test('labels are read from other wallets, as far as they are about this one', async () => {
  const wallet = await ready();
  const { address, script: own } = await wallet.address({ purpose: 'deposit' });
  wallet.feed(at(600, own));
  const lines = [
    { type: 'addr', ref: address, label: 'rent' },
    { type: 'addr', ref: addressOf(script, 'devnet'), label: 'not mine' },
    { type: 'tx', ref: txid, label: 'from Ann\nand Bob' },
    { type: 'output', ref: `${txid}:0`, label: 'keep', spendable: false },
    { type: 'xpub', ref: 'xpub…', label: 'unknown here' },
  ];
  assert.equal(await wallet.readLabels(lines.map((line) => JSON.stringify(line)).join('\r\n')), 3);
  assert.equal(wallet.uses()[0].label, 'rent');
  assert.equal(wallet.history()[0].label, 'from Ann and Bob');
  assert.deepEqual(wallet.coins()[0].held, { why: 'reserved', label: 'keep' });
  for (const bad of ['', 'no json', '{"type":1,"ref":"a"}', 'x'.repeat(5_000_001)]) {
    await assert.rejects(wallet.readLabels(bad), { kind: 'labels' });
  }
});

test('a replacement that was refused leaves the payment it should have replaced', async () => {
  const wallet = await ready();
  const { script: own } = await wallet.address({ purpose: 'deposit' });
  wallet.feed(at(600, own, 1_000_000));
  const to = addressOf(script, 'devnet');
  const slow = await wallet.send(wallet.plan({ pay: [{ address: to, value: 300_000 }], rate: 250 }));
  const fast = await wallet.send(wallet.planFaster(slow.txid, 1_000));
  await wallet.dropped(fast.txid);
  assert.deepEqual(wallet.sent().map(({ txid: id, by }) => [id, by]), [[slow.txid, undefined]]);
  assert.deepEqual(wallet.coins()[0].held.why, 'sent');
  assert.ok(wallet.planFaster(slow.txid, 2_000).fee > 0);
  await wallet.dropped(slow.txid);
  assert.equal(wallet.coins()[0].held, null);
});

test('a payment whose coin another one has spent is overtaken once that lies deep', async () => {
  const wallet = await ready();
  const { script: own } = await wallet.address({ purpose: 'deposit' });
  wallet.feed(at(600, own, 1_000_000));
  const sent = await wallet.send(wallet.plan({ pay: [{ address: addressOf(script, 'devnet'), value: 300_000 }], rate: 250 }));
  const spent = (height, by) => wallet.feed({ height, coins: [{ ...at(600, own, 1_000_000).coins[0], spent: { txid: by, height: 601 } }] });
  spent(700, sent.txid);
  assert.deepEqual(wallet.overtaken(), []);
  spent(605, 'cd'.repeat(32));
  assert.deepEqual(wallet.overtaken(), []);
  spent(606, 'cd'.repeat(32));
  assert.deepEqual(wallet.overtaken(), [sent.txid]);
  await wallet.dropped(sent.txid);
  assert.deepEqual(wallet.history().map(({ txid: id }) => id), ['cd'.repeat(32), txid]);
});

test('coins of older kinds are found by the words, and moved on', async () => {
  // The published vectors' own words: BIP-0049 has its first address on testnet.
  const words = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
  const wallet = await Wallet.restore(setup(), words, passphrase);
  const nested = scriptOf('2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2', 'devnet'); // m/49'/1'/0'/0/0
  const legacy = scriptOf('mkpZhYtJu2r87Js3pDiWJDmPte2NRZ8bJV', 'devnet'); // m/44'/1'/0'/0/0
  const used = new Set([nested, legacy]);
  await wallet.discover(async (scripts) => scripts.filter((one) => used.has(one)));
  const coin = (own, vout) => ({ txid, vout, value: 60_000, script: own, height: 500 });
  wallet.feed({ height: 600, coins: [coin(nested, 0), coin(legacy, 1)] });
  assert.deepEqual(wallet.coins().map(({ held }) => held?.why ?? null), [null, 'old']);
  assert.equal(wallet.balance().free, 60_000);
  await assert.rejects(wallet.pledge({ outpoint: `${txid}:0`, contracts: [goal()] }), { kind: 'coin-old' });
  assert.throws(() => wallet.plan({ sweep: addressOf(script, 'devnet'), from: [`${txid}:1`], rate: 250 }), { kind: 'coin-old' });
  const made = wallet.plan({ sweep: (await wallet.address({ purpose: 'home' })).address, rate: 250 });
  const sent = await wallet.send(made);
  assert.ok(sent.weight <= made.weight && sent.weight > made.weight - 4, `${sent.weight} of ${made.weight}`);
  const [input] = RawTx.decode(hex.decode(sent.hex)).inputs;
  assert.equal(hex.encode(input.finalScriptSig).slice(0, 6), '160014');
  assert.match(wallet.labels(), /sh\(wpkh\(\[/);
});
