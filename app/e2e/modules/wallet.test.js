// A wallet's life: made, written down, locked, restored; coins come, are pledged,
// spent, taken home.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, RawTx } from '../../../public/vendor/bitcoin/bitcoin.js';
import { accounts, addressOf } from '../../../public/src/wallet/keys.js';
import { memoryStore } from '../../../public/src/wallet/store.js';
import { Wallet } from '../../../public/src/wallet/wallet.js';
import { encode } from './signed.js';

const passphrase = 'correct horse';
const rate = 1_000;

// Stretching passphrases as long as it takes in earnest is for wallet-seal.test.js.
const subtle = {
  importKey: (...args) => crypto.subtle.importKey(...args),
  encrypt: (...args) => crypto.subtle.encrypt(...args),
  decrypt: (...args) => crypto.subtle.decrypt(...args),
  deriveKey: (by, ...args) => crypto.subtle.deriveKey(by.name === 'PBKDF2' ? { ...by, iterations: 1 } : by, ...args),
};

// Somebody else's address.
const script = `0014${'42'.repeat(20)}`;
const address = addressOf(script, 'devnet');

function setup(network = 'devnet', store = memoryStore()) {
  let clock = 1_700_000_000_000;
  return { network, store, subtle, random: (n) => crypto.getRandomValues(new Uint8Array(n)), now: () => clock += 1_000 };
}

// ready is a wallet whose words were written down.
async function ready(means = setup()) {
  const wallet = await Wallet.create(means, passphrase);
  await written(wallet);
  return wallet;
}

async function written(wallet) {
  const words = (await wallet.words(passphrase)).words.split(' ');
  await wallet.confirm(Object.fromEntries(wallet.askWords().map((position) => [position, words[position - 1]])));
}

let mined = 0;
// paid gives the wallet confirmed coins of these values, each at a fresh address.
async function paid(wallet, values, changed = {}) {
  const coins = [];
  for (const value of values) {
    const given = await wallet.address({ purpose: 'deposit', kind: coins.length % 2 ? 'p2wpkh' : 'p2tr' });
    mined += 1;
    coins.push({ txid: mined.toString(16).padStart(64, '0'), vout: 1, value, script: given.script, height: 100, ...changed });
  }
  wallet.feed({ height: 500, coins });
  return coins.map(({ txid, vout }) => `${txid}:${vout}`);
}

const outputs = (made) => RawTx.decode(hex.decode(made.hex)).outputs.map(({ amount, script }) => [Number(amount), hex.encode(script)]);
const goal = (value = 1_000_000) => encode({ version: 2, lockTime: 600, outputs: [{ value, script }] });

test('nothing is received before the words were written down', async () => {
  const means = setup();
  assert.equal(await Wallet.exists(means), false);
  const wallet = await Wallet.create(means, passphrase);
  assert.equal(await Wallet.exists(means), true);
  await assert.rejects(wallet.address({ purpose: 'deposit' }), { kind: 'words-unconfirmed' });
  const words = (await wallet.words(passphrase)).words.split(' ');
  assert.equal(words.length, 12);
  const asked = wallet.askWords();
  assert.equal(asked.length, 3);
  const right = Object.fromEntries(asked.map((position) => [position, ` ${words[position - 1].toUpperCase()} `]));
  await assert.rejects(wallet.confirm({ ...right, [asked[1]]: 'zebra?' }), { kind: 'words-wrong', details: { position: asked[1] } });
  await assert.rejects(wallet.confirm({}), { kind: 'words-wrong' });
  assert.equal(wallet.confirmed, false);
  await wallet.confirm(right);
  assert.equal(wallet.confirmed, true);
  assert.deepEqual(wallet.askWords(), []);
  assert.match((await wallet.address({ purpose: 'deposit' })).address, /^bcrt1p/);
  await assert.rejects(Wallet.create(means, passphrase), { kind: 'wallet-exists' });
});

test('locked, it forgets; unlocked, it goes on', async () => {
  const means = setup();
  const wallet = await ready(means);
  const first = await wallet.address({ purpose: 'deposit', label: 'rent' });
  wallet.lock();
  assert.equal(wallet.locked, true);
  for (const ask of [() => wallet.scripts(), () => wallet.coins(), () => wallet.labels(), () => wallet.accountKey(), () => wallet.sent()]) {
    assert.throws(ask, { kind: 'locked' });
  }
  await assert.rejects(wallet.address({ purpose: 'deposit' }), { kind: 'locked' });
  await assert.rejects(wallet.pledge({ outpoint: 'x', contracts: [] }), { kind: 'locked' });
  await assert.rejects(Wallet.unlock(means, 'correct house'), { kind: 'passphrase-wrong' });
  await assert.rejects(Wallet.unlock(setup(), passphrase), { kind: 'wallet-none' });
  const again = await Wallet.unlock(means, passphrase);
  assert.deepEqual(again.scripts(), [first.script]);
  assert.notEqual((await again.address({ purpose: 'deposit' })).address, first.address);
  assert.equal(again.uses()[0].label, 'rent');
});

test('nothing secret is kept in the open', async () => {
  const means = setup();
  const kept = [];
  const { put } = means.store;
  means.store.put = (key, value, revision) => { kept.push(JSON.stringify({ key, value })); return put(key, value, revision); };
  const wallet = await ready(means);
  const given = await wallet.address({ purpose: 'deposit', label: 'Secret ridge' });
  const text = kept.join('') + await wallet.file();
  for (const secret of ['Secret ridge', given.address, given.script, 'deposit', ...(await wallet.words(passphrase)).words.split(' ').map((word) => `${word} `)]) {
    assert.ok(!text.includes(secret), secret);
  }
});

test('another passphrase', async () => {
  const means = setup();
  const wallet = await ready(means);
  const { words } = await wallet.words(passphrase);
  await assert.rejects(wallet.changePassphrase('wrong wrong', 'battery staple'), { kind: 'passphrase-wrong' });
  await assert.rejects(wallet.changePassphrase(passphrase, 'short'), { kind: 'passphrase-short' });
  await wallet.changePassphrase(passphrase, 'battery staple');
  await assert.rejects(Wallet.unlock(means, passphrase), { kind: 'passphrase-wrong' });
  assert.equal((await (await Wallet.unlock(means, 'battery staple')).words('battery staple')).words, words);
});

test('by its file it moves to another browser with all it knows', async () => {
  const wallet = await ready();
  const [outpoint] = await paid(wallet, [50_000]);
  await wallet.hold(outpoint, 'reserved', 'for Ann');
  const file = await wallet.file();
  const there = setup();
  await assert.rejects(Wallet.fromFile(there, file, 'not the one'), { kind: 'passphrase-wrong' });
  assert.equal(await Wallet.exists(there), false);
  const moved = await Wallet.fromFile(there, file, passphrase);
  assert.deepEqual(moved.scripts(), wallet.scripts());
  assert.equal(moved.confirmed, true);
  assert.equal(moved.labels(), wallet.labels());
  // Here the wallet went on after the file was made.
  const later = await wallet.address({ purpose: 'deposit', kind: 'p2tr' });
  await assert.rejects(moved.address({ purpose: 'deposit' }), { kind: 'undiscovered' });
  await assert.rejects(moved.send({ inputs: [], pay: [], change: 5_000 }), { kind: 'undiscovered' }); // change needs one, too
  await moved.discover(async (scripts) => scripts.filter((one) => one === later.script));
  const next = await moved.address({ purpose: 'deposit' });
  assert.ok(!wallet.scripts().includes(next.script));
  assert.ok((await Wallet.unlock(there, passphrase)).scripts().includes(next.script));
  await assert.rejects(Wallet.fromFile(there, file, passphrase), { kind: 'wallet-exists' });
  for (const bad of ['', '{', 'null', '[]', '{"envelope":{}}', file.replace('"sealed"', '"stolen"')]) {
    await assert.rejects(Wallet.fromFile(setup(), bad, passphrase), { kind: 'envelope' });
  }
});

test('by its words it is found again, and no address twice', async () => {
  const wallet = await ready();
  const given = [];
  for (let i = 0; i < 30; i += 1) given.push(await wallet.address({ purpose: 'deposit' }));
  const colours = await wallet.address({ purpose: 'voucher', account: accounts.colors, kind: 'p2wpkh' });
  const used = new Set([given[3].script, given[22].script, colours.script]);
  const { words } = await wallet.words(passphrase);
  const restored = await Wallet.restore(setup(), words.toUpperCase(), 'another one');
  await assert.rejects(restored.address({ purpose: 'deposit' }), { kind: 'undiscovered' });
  await restored.discover(async (scripts) => scripts.filter((script) => used.has(script)));
  for (const script of used) assert.ok(restored.scripts().includes(script));
  assert.equal((await restored.address({ purpose: 'deposit' })).script, given[23].script);
  assert.ok(!used.has((await restored.address({ purpose: 'voucher', account: accounts.colors, kind: 'p2wpkh' })).script));
  await assert.rejects(Wallet.restore(setup(), words.replace(/\S+$/, ''), passphrase), { kind: 'words-count' });
});

test('an empty wallet is discovered too', async () => {
  const restored = await Wallet.restore(setup(), 'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong', passphrase);
  assert.equal(await restored.discover(async () => []), 0);
  assert.equal((await restored.address({ purpose: 'deposit' })).path.index, 0);
});

test('a wallet on two networks has two books', async () => {
  const means = setup();
  const wallet = await ready(means);
  await wallet.address({ purpose: 'deposit' });
  const signet = await Wallet.unlock({ ...means, network: 'signet' }, passphrase);
  assert.deepEqual(signet.scripts(), []);
  assert.match((await signet.address({ purpose: 'deposit' })).address, /^tb1p/);
  await assert.rejects(Wallet.unlock({ ...means, network: 'moon' }, passphrase), { kind: 'network' });
  await Wallet.remove(means, ['devnet', 'signet']);
  assert.equal(await Wallet.exists(means), false);
});

test('paying: change comes home, coins are gone at once, the same bytes are kept', async () => {
  const wallet = await ready();
  const [a, b] = await paid(wallet, [100_000, 40_000]);
  const made = wallet.plan({ pay: [{ address, value: 60_000 }], rate });
  assert.deepEqual(made.inputs.map(({ outpoint }) => outpoint), [a]);
  const before = wallet.scripts().length;
  const tx = await wallet.send(made, { label: 'Rent' });
  assert.equal(wallet.scripts().length, before + 1);
  const out = outputs(tx);
  assert.deepEqual(out.map(([value]) => value), [made.change, 60_000]);
  assert.equal(out[1][1], script);
  assert.ok(wallet.scripts().includes(out[0][1]));
  assert.deepEqual(wallet.balance(), { free: 40_000, pending: 0, held: 0, immature: 0 });
  assert.deepEqual(wallet.sent().map(({ txid, hex: raw }) => [txid, raw]), [[tx.txid, tx.hex]]);
  assert.throws(() => wallet.plan({ from: [a], sweep: address, rate }), { kind: 'coin-held' });
  await assert.rejects(wallet.send(made), { kind: 'coin-held' }); // the button was pressed twice
  // The change is seen in the mempool, and may be spent on: it is our own.
  wallet.feed({ height: 500, coins: [{ txid: tx.txid, vout: 0, value: made.change, script: out[0][1], height: 0 }] });
  assert.equal(wallet.balance().free, made.change);
  assert.equal(wallet.balance().pending, 0);
  await wallet.dropped(tx.txid);
  await assert.rejects(wallet.dropped(tx.txid), { kind: 'unsent' });
  wallet.feed({ height: 500, coins: [] });
  assert.throws(() => wallet.plan({ from: [b], sweep: address, rate }), { kind: 'coin-unknown' });
});

test('paying faster: more fee out of the change, to the same places', async () => {
  const wallet = await ready();
  await paid(wallet, [100_000]);
  const first = await wallet.send(wallet.plan({ pay: [{ address, value: 60_000 }], rate: 250 }));
  const second = await wallet.send(wallet.planFaster(first.txid, 2_500));
  assert.ok(second.fee > 5 * first.fee);
  const places = (tx) => outputs(tx).map(([, script]) => script).sort();
  assert.deepEqual(places(second), places(first));
  assert.ok(outputs(second).some(([value]) => value === 60_000));
  assert.equal(wallet.sent().find(({ txid }) => txid === first.txid).by, second.txid);
  assert.throws(() => wallet.planFaster(first.txid, 5_000), { kind: 'unsent' });
  assert.throws(() => wallet.planFaster('00'.repeat(32), 5_000), { kind: 'unsent' });
  const third = await wallet.send(wallet.planFaster(second.txid, 100)); // still more than before
  assert.ok(third.fee > second.fee);
});

test('a sweep is made faster by sending less', async () => {
  const wallet = await ready();
  await paid(wallet, [30_000, 20_000]);
  const first = await wallet.send(wallet.plan({ sweep: address, rate: 250 }));
  assert.equal(outputs(first).length, 1);
  const second = await wallet.send(wallet.planFaster(first.txid, 2_500));
  assert.deepEqual(outputs(second).map(([value]) => value + second.fee), [50_000]);
  assert.equal(wallet.balance().free, 0);
});

test('two pages: what one has planned, the other has pledged or sent', async () => {
  const means = setup();
  const wallet = await ready(means);
  const [a, b] = await paid(wallet, [100_000, 40_000]);
  const other = await Wallet.unlock(means, passphrase);
  other.feed({ height: 500, coins: wallet.coins() });
  const [first, second] = [60_000, 30_000].map((value) => wallet.plan({ pay: [{ address, value }], rate }));
  assert.deepEqual([first, second].map(({ inputs }) => inputs[0].outpoint), [a, b]);
  await other.pledge({ outpoint: a, contracts: [goal()] });
  await assert.rejects(wallet.send(first), { kind: 'coin-held', details: { outpoint: a, why: 'pledged' } });
  const sent = await other.send(second);
  await assert.rejects(wallet.send(second), { kind: 'coin-held', details: { outpoint: b, why: 'sent' } });
  for (const ask of [() => wallet.release(b), () => wallet.hold(b, 'reserved')]) await assert.rejects(ask(), { kind: 'coin-held' });
  assert.deepEqual(wallet.sent().map(({ txid }) => txid), [sent.txid]);
  // Both make the same transaction faster: one of them does.
  const faster = [wallet, other].map((page) => page.planFaster(sent.txid, 9_000));
  await other.send(faster[1]);
  await assert.rejects(wallet.send(faster[0]), { kind: 'unsent' });
});

test('locked in the middle of something', async () => {
  const wallet = await ready();
  const asked = wallet.address({ purpose: 'deposit' });
  wallet.lock();
  await assert.rejects(asked, { kind: 'locked' });
});

test('what happened: received, sent, to itself, replaced', async () => {
  const wallet = await ready();
  const [a, b] = await paid(wallet, [100_000, 40_000]);
  const [received, other] = [a, b].map((outpoint) => outpoint.slice(0, 64));
  assert.deepEqual(wallet.history().map(({ txid, height, value, fee }) => [txid, height, value, fee]), [
    [received, 100, 100_000, null], [other, 100, 40_000, null]]);
  const made = wallet.plan({ pay: [{ address, value: 60_000 }], rate });
  const first = await wallet.send(made, { label: 'Rent' });
  const tx = await wallet.send(wallet.planFaster(first.txid, 2 * rate), { label: 'Rent' });
  assert.deepEqual(wallet.history()[0], { txid: tx.txid, height: 0, value: -60_000 - tx.fee, fee: tx.fee, label: 'Rent' });
  assert.equal(wallet.history().length, 3); // the replaced one never happened
  // Mined: the server tells of the coin that is gone, and of the change.
  const [[change, home]] = outputs(tx).filter(([value]) => value !== 60_000);
  const uses = wallet.uses();
  const coins = [
    { txid: received, vout: 1, value: 100_000, script: uses[0].script, height: 100, spent: { txid: tx.txid, height: 502 } },
    { txid: other, vout: 1, value: 40_000, script: uses[1].script, height: 100 },
    { txid: tx.txid, vout: 0, value: change, script: home, height: 502 },
    { txid: 'ee'.repeat(32), vout: 0, value: 1_000, script, height: 503 }, // a stranger's
  ];
  wallet.feed({ height: 503, coins });
  assert.deepEqual(wallet.history()[0], { txid: tx.txid, height: 502, value: -60_000 - tx.fee, fee: tx.fee, label: 'Rent' });
  assert.equal(wallet.history().length, 3);
  assert.equal(wallet.balance().free, 40_000 + change);
  assert.throws(() => wallet.planFaster(tx.txid, 9_000), { kind: 'unsent' });
});

test('an extra word makes another wallet', async () => {
  const words = 'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong';
  const [plain, extra] = [await Wallet.restore(setup(), words, passphrase), await Wallet.restore(setup(), words, passphrase, 'TREZOR')];
  assert.notEqual(plain.accountKey(), extra.accountKey());
  assert.deepEqual(await extra.words(passphrase), { words, extra: 'TREZOR' });
});

test('a pledged coin stays where it is until it is told to come home', async () => {
  const wallet = await ready();
  const [a, b] = await paid(wallet, [70_000, 50_000]);
  const made = await wallet.pledge({ outpoint: a, contracts: [goal(), goal(2_000_000)], label: 'Ridge path' });
  assert.equal(made.length, 2);
  assert.deepEqual(wallet.balance(), { free: 50_000, pending: 0, held: 70_000, immature: 0 });
  assert.throws(() => wallet.plan({ pay: [{ address, value: 60_000 }], rate }), { kind: 'funds' });
  assert.deepEqual(wallet.plan({ sweep: address, rate }).inputs.map(({ outpoint }) => outpoint), [b]);
  await assert.rejects(wallet.pledge({ outpoint: a, contracts: [goal()] }), { kind: 'coin-held', details: { outpoint: a, why: 'pledged' } });
  assert.equal((await wallet.pledge({ outpoint: a, contracts: [goal(3_000_000)], again: true })).length, 1);
  assert.equal(wallet.coins()[0].held.contracts.length, 3);
  // Taken back: that coin alone, to a new address.
  const home = await wallet.address({ purpose: 'home' });
  const back = wallet.plan({ sweep: home.address, from: [a], only: true, rate });
  assert.deepEqual(back.inputs.map(({ outpoint }) => outpoint), [a]);
  const tx = await wallet.send(back, { label: 'Revoked' });
  assert.equal(wallet.balance().held, 0);
  // The network would not take it: it is a pledge again.
  await wallet.dropped(tx.txid);
  assert.equal(wallet.coins()[0].held.why, 'pledged');
});

test('a pledge is changed in one transaction: an exact coin out of the old one', async () => {
  const wallet = await ready();
  const [a] = await paid(wallet, [70_000]);
  await wallet.pledge({ outpoint: a, contracts: [goal()] });
  const exact = await wallet.address({ purpose: 'pledge' });
  const tx = await wallet.send(wallet.plan({ from: [a], only: true, pay: [{ address: exact.address, value: 40_000 }], rate }));
  const vout = outputs(tx).findIndex(([value]) => value === 40_000);
  wallet.feed({ height: 501, coins: [{ txid: tx.txid, vout, value: 40_000, script: exact.script, height: 501 }] });
  const [pledge] = await wallet.pledge({ outpoint: `${tx.txid}:${vout}`, contracts: [goal()] });
  assert.equal(pledge.value, 40_000);
  assert.throws(() => wallet.planFaster(tx.txid, 5_000), { kind: 'unsent' }); // it is mined
});

test('what cannot be pledged', async () => {
  const wallet = await ready();
  const [a] = await paid(wallet, [70_000]);
  await assert.rejects(wallet.pledge({ outpoint: a, contracts: ['00'] }), { kind: 'contract' });
  await assert.rejects(wallet.pledge({ outpoint: a, contracts: [] }), { kind: 'contract-count' });
  await assert.rejects(wallet.pledge({ outpoint: `${'f'.repeat(64)}:0`, contracts: [goal()] }), { kind: 'coin-unknown' });
  assert.equal(wallet.coins()[0].held, null);
  await wallet.hold(a, 'coloured', 'A voucher');
  await assert.rejects(wallet.pledge({ outpoint: a, contracts: [goal()] }), { kind: 'coin-held', details: { outpoint: a, why: 'coloured' } });
  await wallet.release(a);
  await wallet.hold(a, 'reserved');
  await wallet.pledge({ outpoint: a, contracts: [goal()] });
  const [young] = await paid(wallet, [70_000], { coinbase: true, height: 490 });
  await assert.rejects(wallet.pledge({ outpoint: young, contracts: [goal()] }), { kind: 'coin-immature' });
  assert.throws(() => wallet.plan({ from: [young], sweep: address, rate }), { kind: 'coin-immature' });
});

test('the way home is signed for later', async () => {
  const wallet = await ready();
  const [a] = await paid(wallet, [70_000]);
  const made = await wallet.refund({ outpoint: a, lockTime: 744, rate, label: 'Ridge path' });
  assert.equal(RawTx.decode(hex.decode(made.hex)).lockTime, 744);
  assert.ok(wallet.uses().some(({ address, purpose }) => address === made.address && purpose === 'refund'));
  await assert.rejects(wallet.refund({ outpoint: a, lockTime: 0, rate }), { kind: 'refund-time' });
});

test('labels for other wallets', async () => {
  const wallet = await ready();
  const [a] = await paid(wallet, [70_000, 20_000]);
  await wallet.pledge({ outpoint: a, contracts: [goal()], label: `Pledge:\n${'Ridge path '.repeat(40)}` });
  const tx = await wallet.send(wallet.plan({ pay: [{ address: address, value: 5_000 }], rate }), { label: 'Tea' });
  const lines = wallet.labels().trimEnd().split('\n').map((line) => JSON.parse(line));
  const output = lines.find(({ ref }) => ref === a);
  assert.deepEqual([output.type, output.spendable, output.label.length], ['output', false, 255]);
  assert.equal(lines.filter(({ type }) => type === 'output').length, 1); // what is sent is no longer ours
  assert.deepEqual(lines.find(({ ref }) => ref === tx.txid), { type: 'tx', ref: tx.txid, label: 'Tea' });
  const deposit = lines.find(({ type }) => type === 'addr');
  assert.match(deposit.origin, /^tr\(\[[0-9a-f]{8}\/86'\/1'\/0'\]\)$/);
  assert.equal(deposit.keypath, '/0/0');
  await wallet.name(tx.txid, 'Tea and cake');
  assert.ok(wallet.labels().includes('"Tea and cake"'));
});

test('a message is signed by an address that was given out, and by no other', async () => {
  const wallet = await ready();
  const given = await wallet.address({ purpose: 'pledge', kind: 'p2wpkh' });
  assert.match(wallet.signMessage('Well done!', given.script), /^smp/);
  assert.throws(() => wallet.signMessage('Well done!', '51'), { kind: 'coin-unknown' });
});
