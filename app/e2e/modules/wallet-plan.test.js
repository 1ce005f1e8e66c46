// Which coins the wallet pays with, and what it costs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanceOf, coinsOf, free } from '../../../public/src/wallet/coins.js';
import { plan } from '../../../public/src/wallet/plan.js';
import { dustOf, feeOf, fixedWeight, inputWeight, outputWeight } from '../../../public/src/wallet/sizes.js';

const script = { p2tr: `5120${'aa'.repeat(32)}`, p2wpkh: `0014${'bb'.repeat(20)}` };
const coin = (value, kind = 'p2tr', n = value) => ({ value, path: { kind }, outpoint: `${n}` });
const pay = (...values) => values.map((value) => ({ script: script.p2tr, value }));
const sum = (things) => things.reduce((total, { value }) => total + value, 0);

// sound checks what must hold of every plan.
function sound(made, { pay: asked, rate }) {
  assert.equal(sum(made.inputs), sum(made.pay) + made.change + made.fee);
  if (asked) assert.deepEqual(made.pay, asked);
  assert.equal(new Set(made.inputs.map(({ outpoint }) => outpoint)).size, made.inputs.length);
  const outputs = made.pay.length + (made.change ? 1 : 0);
  const weight = fixedWeight(made.inputs.length, outputs) + made.inputs.reduce((w, { path }) => w + inputWeight[path.kind], 0)
    + made.pay.reduce((w, one) => w + outputWeight(one.script.length / 2), 0) + (made.change ? outputWeight(34) : 0);
  assert.equal(made.weight, weight);
  assert.ok(made.fee >= feeOf(weight, rate));
  assert.ok(made.change === 0 || made.change > dustOf(script.p2tr));
  // What is left to the miners is never worth an output.
  assert.ok(made.change > 0 || made.swept || made.fee <= feeOf(weight, rate) + feeOf(outputWeight(34) + 271, rate) + dustOf(script.p2tr) + 2);
  return made;
}

test('sizes are those of the specification', () => {
  assert.equal(fixedWeight(1, 1) + inputWeight.p2wpkh + outputWeight(22), 4 * 10 + 2 + 271 + 4 * 31);
  assert.equal(dustOf(script.p2tr), 330);
  assert.equal(dustOf(script.p2wpkh), 294);
  assert.equal(dustOf(`76a914${'00'.repeat(20)}88ac`), 546);
  assert.equal(dustOf(`a914${'00'.repeat(20)}87`), 540);
  assert.equal(feeOf(1001, 250), 251);
});

test('coins that fit leave no change', () => {
  const asked = { pay: pay(50_000), rate: 250 };
  const cost = feeOf(fixedWeight(1, 1) + outputWeight(34), 250) + 2 * feeOf(inputWeight.p2tr, 250);
  const made = sound(plan({ ...asked, coins: [coin(90_000), coin(20_000), coin(30_000 + cost), coin(7_000)] }), asked);
  assert.equal(made.change, 0);
  assert.deepEqual(made.inputs.map(({ value }) => value).sort(), [20_000, 30_000 + cost]);
});

test('one coin that is enough, the smallest; else the largest', () => {
  const asked = { pay: pay(50_000), rate: 250 };
  const one = sound(plan({ ...asked, coins: [coin(900_000), coin(80_000), coin(40_000)] }), asked);
  assert.deepEqual(one.inputs.map(({ value }) => value), [80_000]);
  const several = sound(plan({ ...asked, coins: [coin(10_000), coin(40_000), coin(30_000)] }), asked);
  assert.deepEqual(several.inputs.map(({ value }) => value), [40_000, 30_000]);
});

test('what is missing is said', () => {
  const missing = (coins, want) => assert.throws(() => plan({ pay: pay(50_000), rate: 250, coins }), (error) => {
    assert.equal(error.kind, 'funds');
    assert.equal(error.details.missing, want);
    return true;
  });
  missing([], 50_000 + feeOf(fixedWeight(0, 1) + outputWeight(34), 250));
  missing([coin(30_000)], 20_000 + feeOf(fixedWeight(1, 1) + outputWeight(34) + 230, 250));
  missing([coin(50_000)], feeOf(fixedWeight(1, 1) + outputWeight(34) + 230, 250));
});

test('coins that cost more than they bring are left alone', () => {
  const asked = { pay: pay(50_000), rate: 25_000 };
  const made = sound(plan({ ...asked, coins: [coin(5_000), coin(40_000), coin(40_001), coin(3_000)] }), asked);
  assert.deepEqual(made.inputs.map(({ value }) => value), [40_001, 40_000]);
});

test('bad amounts and rates', () => {
  const coins = [coin(100_000)];
  for (const value of [0, -1, 1.5, NaN, 2_100_000_000_000_001, '5000', 5000n]) {
    assert.throws(() => plan({ pay: pay(value), rate: 250, coins }), { kind: 'amount' });
  }
  assert.throws(() => plan({ pay: pay(329), rate: 250, coins }), { kind: 'dust' });
  for (const rate of [0, -1, NaN, Infinity, undefined, 1e9]) assert.throws(() => plan({ pay: pay(1_000), rate, coins }), { kind: 'rate' });
  assert.throws(() => plan({ pay: pay(1_000), rate: 200_000, coins }), { kind: 'fee-high' });
  sound(plan({ pay: pay(1_000), rate: 200_000, coins, anyFee: true }), { pay: pay(1_000), rate: 200_000 });
});

test('everything is swept, and at too high a price nothing', () => {
  const coins = [coin(10_000), coin(20_000, 'p2wpkh'), coin(5)];
  const made = sound(plan({ sweep: script.p2wpkh, rate: 250, coins }), { rate: 250 });
  assert.equal(made.inputs.length, 3);
  assert.equal(made.change, 0);
  assert.throws(() => plan({ sweep: script.p2wpkh, rate: 200_000, coins }), { kind: 'funds' });
  assert.throws(() => plan({ sweep: script.p2wpkh, rate: 250, coins: [] }), { kind: 'funds' });
});

test('coins asked for are spent, and others only if needed', () => {
  const asked = { pay: pay(50_000), rate: 250 };
  const from = [coin(60_000)];
  assert.deepEqual(sound(plan({ ...asked, from, coins: [coin(51_000)] }), asked).inputs, from);
  const made = sound(plan({ ...asked, from: [coin(10_000)], coins: [coin(51_000), coin(70_000)] }), asked);
  assert.deepEqual(made.inputs.map(({ value }) => value), [10_000, 51_000]);
});

test('a replacement pays more, in all and by weight', () => {
  const asked = { pay: pay(50_000), rate: 250 };
  const old = plan({ ...asked, coins: [coin(90_000)] });
  for (const rate of [100, 250, 251, 2_500]) {
    const made = sound(plan({ ...asked, rate, from: old.inputs, coins: [coin(20_000)], replaced: old }), { ...asked, rate });
    assert.ok(made.fee >= old.fee + feeOf(made.weight, 250));
    assert.ok(made.fee / made.weight > old.fee / old.weight);
    assert.equal(made.inputs.length, 1);
  }
});

test('any coins, any payments: a sound plan or the truth that there is too little', () => {
  let seed = 1;
  const draw = (n) => { seed = (seed * 48_271) % 2_147_483_647; return seed % n; };
  for (let i = 0; i < 400; i += 1) {
    const coins = Array.from({ length: draw(25) }, (_, n) => coin(1 + draw(10 ** (1 + draw(6))), draw(2) ? 'p2tr' : 'p2wpkh', n));
    const asked = { pay: pay(...Array.from({ length: 1 + draw(3) }, () => 330 + draw(300_000))), rate: 25 + draw(5_000), anyFee: true };
    try {
      sound(plan({ ...asked, coins }), asked);
    } catch (error) {
      assert.equal(error.kind, 'funds', error.message);
      const worth = coins.map(({ value, path }) => value - feeOf(inputWeight[path.kind], asked.rate)).filter((n) => n > 0);
      const most = worth.reduce((total, n) => total + n, 0);
      const need = sum(asked.pay) + feeOf(fixedWeight(1, asked.pay.length) + asked.pay.length * outputWeight(34), asked.rate);
      assert.ok(most < need + 25, `${most} would have been enough for ${need}`);
    }
  }
});

test('twenty thousand coins', () => {
  const coins = Array.from({ length: 20_000 }, (_, n) => coin(10_000 + ((n * 7_919) % 90_000), 'p2tr', n));
  const asked = { pay: pay(50_000_003), rate: 250 };
  assert.ok(sound(plan({ ...asked, coins }), asked).inputs.length > 500);
  assert.throws(() => plan({ pay: pay(500_000_000), rate: 250, coins }), { kind: 'funds' }); // not in one transaction
  assert.equal(sound(plan({ sweep: script.p2tr, rate: 250, coins }), { rate: 250 }).inputs.length, 1_000);
});

const use = (account = 0) => ({ path: { kind: 'p2tr', account, change: 0, index: 0 }, purpose: 'deposit', label: 'mine' });
const book = { uses: { aa: use(), cc: use(1), ee: use(2) }, holds: {}, sent: {} };
const [a, b] = ['11'.repeat(32), '22'.repeat(32)];

test('the server is believed about what exists, not about whose it is', () => {
  const fed = { height: 200, coins: [
    { txid: a, vout: 0, value: 5, script: 'aa', height: 150 },
    { txid: a, vout: 0, value: 5, script: 'aa', height: 150 }, // twice
    { txid: a, vout: 1, value: 7, script: 'dd', height: 150 }, // a stranger's
    { txid: a, vout: 2, value: 7, script: 'toString', height: 150 },
    { txid: a, vout: 3, value: 11, script: 'aa', height: 0 },
    { txid: a, vout: 4, value: 13, script: 'aa', height: 102, coinbase: true },
    { txid: a, vout: 5, value: 17, script: 'aa', height: 101, coinbase: true },
    { txid: a, vout: 6, value: 19, script: 'cc', height: 150 },
    { txid: a, vout: 7, value: 23, script: 'ee', height: 150 },
    { txid: a, vout: 8, value: 29, script: 'aa', height: 150 },
    { txid: a, vout: 9, value: 31, script: 'aa', height: 150 },
    { txid: b, vout: 0, value: 37, script: 'aa', height: 0 }, // change of our own
  ] };
  const held = { [`${a}:8`]: { why: 'pledged', label: 'Ridge' }, [`${a}:9`]: { why: 'sent', label: '' } };
  const coins = coinsOf(fed, { ...book, holds: held, sent: { [b]: {} } });
  assert.deepEqual(coins.map(({ value, state }) => [value, state]), [
    [5, 'confirmed'], [11, 'pending'], [13, 'immature'], [17, 'confirmed'], [19, 'confirmed'], [23, 'confirmed'],
    [29, 'confirmed'], [31, 'confirmed'], [37, 'pending']]);
  assert.deepEqual(coins.filter(free).map(({ value }) => value), [5, 17, 37]);
  assert.deepEqual(coins.filter((one) => one.held).map((one) => one.held.why), ['coloured', 'stream', 'pledged', 'sent']);
  assert.deepEqual(balanceOf(coins), { free: 59, pending: 11, held: 71, immature: 13 });
});

test('coins that cannot be are refused', () => {
  const fed = (changed) => ({ height: 200, coins: [{ txid: a, vout: 0, value: 5, script: 'aa', height: 150, ...changed }] });
  for (const value of [0, -5, 1.5, '5', 2.2e15]) assert.throws(() => coinsOf(fed({ value }), book), { kind: 'amount' });
  for (const changed of [{ txid: 'x' }, { txid: a.slice(2) }, { vout: -1 }, { vout: 1.5 }]) {
    assert.throws(() => coinsOf(fed(changed), book), { kind: 'coin-unknown' });
  }
});
