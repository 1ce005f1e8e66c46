// Pledges: the signature of one coin for a campaign's contract, and the way home
// for it should the campaign come to nothing.
import { fail } from './errors.js';
import { dustOf, feeOf, fixedWeight, inputWeight, outputWeight } from './sizes.js';
import { pledging, replaceable, signedAlone } from './sign.js';

// mostLevels is how many contracts one coin may be signed for at once: the goal
// and its stretch levels. Only one of them can ever be claimed.
export const mostLevels = 20;

// pledges signs a coin (an input as in sign.js) for contracts as readContract
// gives them, one pledge for each:
//   { contract, txid, vout, value, script, sequence, kind, witness, hex, psbt }
// contract is its id, witness the items that unlock the coin, hex the
// transaction that consists of the pledge alone, which is a pledge file, and psbt the
// same for other programs. The coin
// is worth nothing to anybody until the contract's outputs are covered. Kinds:
// contract-count.
export function pledges(coin, contracts, random) {
  allowed(contracts);
  // A firm coin must stay firm until the contract can be claimed (contract.Firm).
  if (coin.until !== undefined && contracts.some(({ lockTime }) => lockTime >= coin.until)) fail('firm');
  const input = { ...coin, sequence: replaceable };
  return contracts.map(({ id, version, lockTime, outputs }) => {
    const made = signedAlone({ version, lockTime, input, outputs, hashType: pledging }, random);
    const { txid, vout, value, script, kind } = coin;
    return { contract: id, txid, vout, value, script, sequence: replaceable, kind, ...made };
  });
}

// allowed lets a number of different contracts through. Kinds: contract-count.
export function allowed(contracts) {
  const ids = new Set(contracts.map(({ id }) => id));
  if (contracts.length === 0 || contracts.length > mostLevels || ids.size < contracts.length) {
    fail('contract-count', { most: mostLevels });
  }
  return contracts;
}

// mostFee is the share of the coin that a refund may cost at most: a tenth.
const mostFee = 10;

// refund sends a pledged coin back to a script of its owner's, and is good from
// lockTime on (a height, or a Unix time from 500,000,000 on), for whoever then
// holds it: { hex, witness, value, fee, lockTime }. It is signed like a pledge,
// so that somebody in a hurry can add to its fee. That of a firm coin cannot be good
// before the coin is free. Kinds: refund-time, refund-small, rate.
export function refund(coin, { to, lockTime, rate }, random) {
  if (!Number.isInteger(lockTime) || lockTime <= 0 || lockTime > 0xffffffff) fail('refund-time');
  if (coin.until !== undefined && lockTime < coin.until) fail('refund-time');
  const fee = feeOf(fixedWeight(1, 1) + inputWeight[coin.kind] + 1 + outputWeight(to.length / 2), rate);
  const value = coin.value - fee;
  if (fee > Math.floor(coin.value / mostFee) || value < dustOf(to)) fail('refund-small', { fee });
  const input = { ...coin, sequence: replaceable };
  const made = signedAlone({ version: 2, lockTime, input, outputs: [{ value, script: to }], hashType: pledging, goesHome: true }, random);
  return { ...made, value, fee, lockTime };
}
