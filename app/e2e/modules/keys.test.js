// What the wallet's page reads and writes: amounts, payment links.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, coins, number } from '../../../public/src/keys/numbers.js';
import { readPayment } from '../../../public/src/keys/request.js';

test('amounts are whole satoshi, and no decimal point is overlooked', () => {
  for (const [text, want] of [
    ['1', 1], [' 21000 ', 21_000], ['21,000', 21_000], ['1 000 000', 1_000_000], ['1’000', 1_000], ['0', 0],
    ['0.5', null], ['1.000', null], ['1,5', null], ['1,00', null], ['', null], ['-1', null], ['1e3', null], ['12,3456', null], ['1'.repeat(17), null],
  ]) assert.equal(amount(text), want, text);
  assert.equal(number(-1_234_567), '−1,234,567');
  assert.equal(number(999), '999');
  assert.equal(coins(1), '0.00000001 BTC');
});

const address = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

test('payment links (BIP-0321)', () => {
  for (const [text, want] of [
    [address, { address, value: null, label: '' }],
    [`bitcoin:${address}`, { address, value: null, label: '' }],
    [`BITCOIN:${address.toUpperCase()}?AMOUNT=0.00000001`, { address: address.toUpperCase(), value: 1, label: '' }],
    [`bitcoin:${address}?amount=20.3&label=Luke-Jr`, { address, value: 2_030_000_000, label: 'Luke-Jr' }],
    [`bitcoin:${address}?amount=.5&message=a%20b&somethingyoudontunderstand=50`, { address, value: 50_000_000, label: 'a b' }],
    [`bitcoin:${address}?lightning=lnbc1&amount=1.`, { address, value: 100_000_000, label: '' }],
  ]) assert.deepEqual(readPayment(text), want, text);
  for (const text of [
    'bitcoin:?lightning=lnbc1', `bitcoin:${address}?req-somethingyoudontunderstand=50`, `bitcoin:${address}?amount=1,5`,
    `bitcoin:${address}?amount=1&amount=2`, `bitcoin:${address}?amount=0.123456789`, `bitcoin:${address}?label=%zz`, `bitcoin:${address}?amount=-1`,
  ]) assert.throws(() => readPayment(text), { kind: 'payment' }, text);
});
