// What the wallet signs: the Go side checks the same with btcd's engine.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hex, RawTx } from '../../../public/vendor/bitcoin/bitcoin.js';
import { readContract } from '../../../public/src/wallet/contract.js';
import { Keys } from '../../../public/src/wallet/keys.js';
import { mostLevels, pledges, refund } from '../../../public/src/wallet/pledge.js';
import { seedOf } from '../../../public/src/wallet/words.js';
import { encode, make } from './signed.js';

const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const keys = new Keys(await seedOf('zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong'), 'devnet');

function coin(kind, value) {
  const path = { kind, account: 0, change: 0, index: 7 };
  return {
    txid: 'ab'.repeat(32), vout: 3, value, script: keys.script(path), kind,
    publicKey: keys.publicKey(path), privateKey: keys.privateKey(path),
  };
}

const to = keys.script({ kind: 'p2tr', account: 0, change: 0, index: 8 });
const goal = { version: 2, lockTime: 912_000, outputs: [{ value: 500_000, script: to }, { value: 1_000, script: coin('p2wpkh', 1).script }] };

test('what the Go side checks is what is signed today', async () => {
  const kept = readFileSync(new URL('../../../lighthouse/contract/testdata/wallet.json', import.meta.url), 'utf8');
  assert.deepEqual(await make(), JSON.parse(kept));
});

test('a contract is read as it was written', () => {
  const read = readContract(encode(goal));
  assert.deepEqual({ version: read.version, lockTime: read.lockTime, outputs: read.outputs }, goal);
  assert.equal(read.net, 501_000);
  assert.match(read.id, /^[0-9a-f]{64}$/);
});

test('what is no contract is refused', () => {
  const good = encode(goal);
  const bad = {
    empty: '', odd: good.slice(1), words: 'zz', short: good.slice(0, -2), long: `${good}00`, 'with inputs': `${good.slice(0, 8)}01${good.slice(10)}`,
    'version 1': encode({ ...goal, version: 1 }),
    'no outputs': encode({ ...goal, outputs: [] }),
    'an output of dust': encode({ ...goal, outputs: [{ value: 329, script: to }] }),
    'all the money twice': encode({ ...goal, outputs: Array(2).fill({ value: 2_000_000_000_000_000, script: to }) }),
    'a strange script': encode({ ...goal, outputs: [{ value: 9_000, script: '6a0568656c6c6f' }] }),
    'a future witness': encode({ ...goal, outputs: [{ value: 9_000, script: `5220${'00'.repeat(32)}` }] }),
    'too many outputs': encode({ ...goal, outputs: Array(21).fill({ value: 9_000, script: to }) }),
    'too many bytes': '00'.repeat(3_000),
  };
  for (const [name, encoded] of Object.entries(bad)) assert.throws(() => readContract(encoded), { kind: 'contract' }, name);
  for (let i = 0; i < good.length; i += 2) assert.throws(() => readContract(good.slice(0, i)), { kind: 'contract' });
});

test('whatever the bytes, a contract or a named error', () => {
  const good = hex.decode(encode(goal));
  let seed = 7;
  const draw = (n) => { seed = (seed * 48_271) % 2_147_483_647; return seed % n; };
  for (let i = 0; i < 3_000; i += 1) {
    const bytes = good.slice(0, draw(8) ? good.length : draw(good.length));
    for (let n = draw(4); n >= 0; n -= 1) bytes[draw(bytes.length || 1)] = draw(256);
    try {
      const read = readContract(hex.encode(bytes));
      assert.equal(encode(read), hex.encode(bytes)); // nothing of it went unread
    } catch (error) {
      assert.equal(error.kind, 'contract', error.message);
    }
  }
});

test('pledges for a goal and its levels, each for its own outputs', () => {
  const levels = Array.from({ length: mostLevels }, (_, i) => readContract(encode({ ...goal, outputs: [{ value: 500_000 + i, script: to }] })));
  for (const kind of ['p2wpkh', 'p2tr']) {
    const made = pledges(coin(kind, 40_000), levels, random);
    assert.equal(new Set(made.map(({ witness }) => witness[0])).size, mostLevels);
    made.forEach((pledge, i) => {
      const tx = RawTx.decode(hex.decode(pledge.hex));
      assert.equal(pledge.contract, levels[i].id);
      assert.equal(tx.lockTime, 912_000);
      assert.deepEqual(tx.outputs.map(({ amount }) => amount), [BigInt(500_000 + i)]);
      assert.equal(tx.inputs.length, 1);
      assert.equal(tx.inputs[0].sequence, 0xfffffffd);
      assert.deepEqual(tx.witnesses[0].map((item) => hex.encode(item)), pledge.witness);
      assert.ok(pledge.witness[0].endsWith('81'));
      if (kind === 'p2tr') assert.equal(pledge.witness[0].length, 2 * 65);
      else assert.ok(pledge.witness[0].length <= 2 * 71); // low R and low S
    });
  }
});

test('how many contracts at once', () => {
  const levels = Array.from({ length: mostLevels + 1 }, (_, i) => readContract(encode({ ...goal, lockTime: i })));
  for (const wrong of [[], levels, [levels[0], levels[0]]]) {
    assert.throws(() => pledges(coin('p2tr', 40_000), wrong, random), { kind: 'contract-count' });
  }
});

test('a refund is never good at once, nor eaten up by its fee', () => {
  const asked = { to, lockTime: 912_144, rate: 250 };
  for (const lockTime of [0, -1, 1.5, undefined, 2 ** 32]) {
    assert.throws(() => refund(coin('p2tr', 40_000), { ...asked, lockTime }, random), { kind: 'refund-time' });
  }
  assert.throws(() => refund(coin('p2tr', 1_000), asked, random), { kind: 'refund-small' }); // 111 sat is more than a tenth
  assert.throws(() => refund(coin('p2tr', 40_000), { ...asked, rate: 100_000 }, random), { kind: 'refund-small' });
  assert.throws(() => refund(coin('p2tr', 40_000), { ...asked, rate: 0 }, random), { kind: 'rate' });
  const { value, fee, hex: raw } = refund(coin('p2wpkh', 40_000), asked, random);
  const tx = RawTx.decode(hex.decode(raw));
  assert.equal(tx.lockTime, 912_144);
  assert.equal(value + fee, 40_000);
  assert.equal(tx.outputs[0].amount, BigInt(value));
});
