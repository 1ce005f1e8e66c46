// What inputs and outputs weigh, in weight units (four to the virtual byte),
// and what they cost. Amounts are whole satoshi; rates are satoshi per 1,000
// weight units, as everywhere in Cairn (1 sat/vB is 250).
import { fail } from './errors.js';

export const maxMoney = 2_100_000_000_000_000;

// inputWeight is the most an input of a kind weighs in a transaction with
// witnesses: an ECDSA signature of low R with its key, or a Schnorr signature; of a
// firm coin that goes home, a signature with its script.
export const inputWeight = { p2wpkh: 271, p2tr: 230, firm: 355, p2sh: 363 };

// pledgeWeight is the same with the hash type of pledges, which Schnorr
// signatures spell out.
export const pledgeWeight = { p2wpkh: 271, p2tr: 231, firm: 432 };

const lengths = { p2wpkh: 22, p2tr: 34 };

// scriptLength is the length of an output script of a kind.
export function scriptLength(kind) {
  return lengths[kind];
}

// outputWeight is that of an output with a script of so many bytes.
export function outputWeight(length) {
  return 4 * (8 + 1 + length);
}

// fixedWeight is that of everything else.
export function fixedWeight(inputs, outputs) {
  return 4 * (8 + compact(inputs) + compact(outputs)) + 2;
}

function compact(n) {
  return n < 0xfd ? 1 : 3;
}

// feeOf is what a weight costs, rounded up. Kinds: rate.
export function feeOf(weight, rate) {
  if (!Number.isFinite(rate) || rate <= 0 || rate > 10_000_000) fail('rate');
  return Math.ceil((weight * rate) / 1000);
}

// dustOf is the least an output may hold for nodes to pass it on (Bitcoin Core,
// GetDustThreshold at 3 sat/vB): script is in hexadecimal.
export function dustOf(script) {
  const segwit = /^(0014.{40}|0020.{64}|5120.{64})$/.test(script);
  return 3 * (8 + 1 + script.length / 2 + (segwit ? 67 : 148));
}

// amountOf lets a whole number of satoshi through. Kinds: amount.
export function amountOf(sat) {
  return Number.isSafeInteger(sat) && sat > 0 && sat <= maxMoney ? sat : fail('amount');
}
