// The one transaction a voucher's holder signs: it spends the voucher's coin, and
// others may add the inputs that pay for it (SIGHASH_ALL|ANYONECANPAY).
import { hex, schnorr, sha256 } from '../../vendor/bitcoin/bitcoin.js';

const hashType = 0x81;
const sequence = 0xfffffffd; // may be replaced

// unsignedOf is a transaction of one input: coin { txid, vout, value, script },
// outputs [{ value, script }], scripts in hexadecimal.
export function unsignedOf(coin, outputs) {
  return { version: 2, lockTime: 0, coin, outputs };
}

// messageOf is what is signed (BIP-0341, "Common signature message"): all outputs, and
// of the inputs this one alone.
export function messageOf({ version, lockTime, coin, outputs }) {
  return schnorr.utils.taggedHash('TapSighash', Uint8Array.of(
    0x00, hashType, ...le(version, 4), ...le(lockTime, 4),
    ...sha256(Uint8Array.from(outputs.flatMap(outputOf))),
    0x00, // by the key, without annex
    ...outpointOf(coin), ...le(coin.value, 8), ...sized(hex.decode(coin.script)), ...le(sequence, 4),
  ));
}

// encoded is the transaction with its signature, in hexadecimal.
export function encoded({ version, lockTime, coin, outputs }, signature) {
  return hex.encode(Uint8Array.of(
    ...le(version, 4), 0x00, 0x01,
    1, ...outpointOf(coin), 0, ...le(sequence, 4),
    ...count(outputs.length), ...outputs.flatMap(outputOf),
    1, ...sized(Uint8Array.of(...signature, hashType)),
    ...le(lockTime, 4),
  ));
}

const outpointOf = ({ txid, vout }) => [...hex.decode(txid).reverse(), ...le(vout, 4)];
const outputOf = ({ value, script }) => [...le(value, 8), ...sized(hex.decode(script))];
const sized = (bytes) => [...count(bytes.length), ...bytes];

export function count(n) {
  if (n < 0xfd) return [n];
  return [0xfd, ...le(n, 2)];
}

function le(n, size) {
  const bytes = [];
  for (let rest = BigInt(n), i = 0; i < size; i++, rest >>= 8n) bytes.push(Number(rest & 0xffn));
  return bytes;
}
