// The one transaction a voucher's holder signs: it spends the voucher's coin, and
// others may add the inputs that pay for it (SIGHASH_ALL|ANYONECANPAY). The server
// plans it, and what it does is read here before it is signed.
import { hex, schnorr, sha256 } from '../../vendor/bitcoin/bitcoin.js';
import { WalletError } from '../wallet/errors.js';
import { keysOf, leafOf, sign, tapscript } from './bearer.js';

const hashType = 0x81;
const largest = 4_000; // characters

// readPlan reads an unsigned transaction in hexadecimal, of one input:
// { version, lockTime, txid, vout, sequence, outputs: [{ value, script }] }. Kinds:
// draft.
export function readPlan(text) {
  try {
    if (typeof text !== 'string' || text.length > largest) throw new Error('length');
    return planOf(hex.decode(text));
  } catch (error) {
    throw new WalletError('draft', {}, error);
  }
}

function planOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (n) => {
    if (at + n > bytes.length) throw new Error('short');
    at += n;
    return at - n;
  };
  const length = () => {
    const first = view.getUint8(take(1));
    if (first > 0xfd) throw new Error('long');
    return first < 0xfd ? first : view.getUint16(take(2), true);
  };
  const version = view.getUint32(take(4), true);
  if (length() !== 1) throw new Error('inputs');
  const txid = hex.encode(bytes.slice(take(32), at).reverse());
  const vout = view.getUint32(take(4), true);
  if (length() !== 0) throw new Error('signed');
  const sequence = view.getUint32(take(4), true);
  const outputs = Array.from({ length: length() }, () => {
    const value = Number(view.getBigUint64(take(8), true));
    const size = length();
    return { value, script: hex.encode(bytes.slice(take(size), at)) };
  });
  const lockTime = view.getUint32(take(4), true);
  if (at !== bytes.length || outputs.length === 0 || outputs.some(({ value }) => !Number.isSafeInteger(value))) throw new Error('rest');
  return { version, lockTime, txid, vout, sequence, outputs };
}

// messageOf is what is signed (BIP-0341, "Common signature message"): all outputs, and
// of the inputs this one alone. value and script are the coin's; leaf is the script by
// which it is spent, if not by its key.
export function messageOf(plan, { value, script }, leaf = null) {
  return schnorr.utils.taggedHash('TapSighash', Uint8Array.of(
    0x00, hashType, ...le(plan.version, 4), ...le(plan.lockTime, 4),
    ...sha256(Uint8Array.from(plan.outputs.flatMap(outputOf))),
    leaf ? 0x02 : 0x00, // without annex
    ...outpointOf(plan), ...le(value, 8), ...sized(hex.decode(script)), ...le(plan.sequence, 4),
    ...(leaf ? [...schnorr.utils.taggedHash('TapLeaf', Uint8Array.of(tapscript, leaf.length, ...leaf)), 0x00, ...le(0xffffffff, 4)] : []),
  ));
}

// signedBy is a plan signed with a voucher's secret, in hexadecimal. value is the
// coin's: one that was told wrong makes a signature that does not hold.
export function signedBy(voucher, plan, value, random) {
  const { script } = keysOf(voucher);
  const signature = sign(messageOf(plan, { value, script }), voucher, random);
  return encoded(plan, [Uint8Array.of(...signature, hashType)]);
}

// signedBack is a plan signed with the issuer's key, by the leaf, once it has expired.
// output is { inner, expiry, issuer }, inner and issuer x-only keys in hexadecimal, and
// signs(message) gives the signature of 32 bytes (BIP-0340).
export function signedBack({ inner, expiry, issuer }, plan, value, signs) {
  const leaf = leafOf(expiry, hex.decode(issuer));
  const { script, odd } = keysOf({ inner: hex.decode(inner), expiry, issuer: hex.decode(issuer) });
  const signature = signs(messageOf(plan, { value, script }, leaf));
  return encoded(plan, [Uint8Array.of(...signature, hashType), leaf, Uint8Array.of(tapscript | Number(odd), ...hex.decode(inner))]);
}

// encoded is the transaction with its witness, in hexadecimal.
function encoded({ version, lockTime, sequence, outputs, ...at }, witness) {
  return hex.encode(Uint8Array.of(
    ...le(version, 4), 0x00, 0x01,
    1, ...outpointOf(at), 0, ...le(sequence, 4),
    ...count(outputs.length), ...outputs.flatMap(outputOf),
    ...count(witness.length), ...witness.flatMap(sized),
    ...le(lockTime, 4),
  ));
}

// pays reports whether a plan, under Open Assets, moves all units of its coin to a
// script: its marker comes first, and the first output after it takes them.
export function pays(plan, script, units) {
  const [marker, first] = plan.outputs;
  return marker !== undefined && first?.script === script && marker.script === markerOf([units]);
}

// markerOf is the script of a marker with these quantities, and no metadata.
export function markerOf(quantities) {
  const payload = [0x4f, 0x41, 0x01, 0x00, ...count(quantities.length), ...quantities.flatMap(leb128), 0];
  return hex.encode(Uint8Array.of(0x6a, payload.length, ...payload));
}

function leb128(n) {
  const bytes = [];
  let rest = BigInt(n);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}

export const outpointOf = ({ txid, vout }) => [...hex.decode(txid).reverse(), ...le(vout, 4)];
export const outputOf = ({ value, script }) => [...le(value, 8), ...sized(hex.decode(script))];
export const sized = (bytes) => [...count(bytes.length), ...bytes];

export function count(n) {
  if (n < 0xfd) return [n];
  return [0xfd, ...le(n, 2)];
}

export function le(n, size) {
  const bytes = [];
  for (let rest = BigInt(n), i = 0; i < size; i++, rest >>= 8n) bytes.push(Number(rest & 0xffn));
  return bytes;
}
