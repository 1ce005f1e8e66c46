// Satoshi that lie at a voucher beside its units, as a dividend does that was paid
// before anybody claimed it. Who has the code moves them, and pays the network of them.
import { hex, schnorr, sha256 } from '../../vendor/bitcoin/bitcoin.js';
import { keysOf, sign } from './bearer.js';
import { count, le, outpointOf, outputOf, sized } from './transaction.js';

const version = 2;
const sequence = 0xfffffffd; // BIP-0125
const dust = 330; // sat, of a taproot output
const { taggedHash } = schnorr.utils;

// collected is the signed transaction that moves coins ({ txid, vout, value }) of a
// voucher to a script, in hexadecimal: { hex, fee, value }. rate is in sat per 1,000
// weight units. Where the network would take all but dust it gives null for hex.
export function collected(voucher, coins, { script, rate }, random) {
  const own = keysOf(voucher).script;
  const weight = 4 * (4 + 1 + 41 * coins.length + 1 + 8 + 1 + script.length / 2 + 4) + 2 + 66 * coins.length;
  const fee = Math.max(Math.ceil((rate * weight) / 1_000), Math.ceil(weight / 4));
  const value = coins.reduce((sum, coin) => sum + coin.value, 0) - fee;
  if (value < dust) return { hex: null, fee, value };
  const output = { value, script };
  const messageOf = messages(coins, own, output);
  const witnesses = coins.map((_, i) => [sign(messageOf(i), voucher, random)]);
  return { hex: encoded(coins, output, witnesses), fee, value };
}

// messages gives what is signed for the coin at an index (BIP-0341, "Common signature
// message", SIGHASH_DEFAULT): all coins and the output.
function messages(coins, own, output) {
  const sum = (bytesOf) => sha256(Uint8Array.from(coins.flatMap(bytesOf)));
  const script = sized(hex.decode(own));
  const all = Uint8Array.of(
    0x00, 0x00, ...le(version, 4), ...le(0, 4),
    ...sum(outpointOf), ...sum(({ value }) => le(value, 8)), ...sum(() => script), ...sum(() => le(sequence, 4)),
    ...sha256(Uint8Array.from(outputOf(output))),
    0x00, // by its key, without annex
  );
  return (index) => taggedHash('TapSighash', Uint8Array.of(...all, ...le(index, 4)));
}

function encoded(coins, output, witnesses) {
  return hex.encode(Uint8Array.from([
    ...le(version, 4), 0x00, 0x01,
    ...count(coins.length), ...coins.flatMap((coin) => [...outpointOf(coin), 0, ...le(sequence, 4)]),
    1, ...outputOf(output),
    ...witnesses.flatMap((witness) => [...count(witness.length), ...witness.flatMap(sized)]),
    ...le(0, 4),
  ]));
}
