// Where an issue says that its asset's definition is: in the marker's metadata, or in
// the redeem script that its first input spends (OAP, asset-definition-protocol).
import { same } from '../offline/bytes.js';
import * as ids from './ids.js';
import { startsWith, tokens } from './transaction.js';

const mostAddress = 2048; // bytes

// pointerOf reads "h" and 20 bytes, or "u=", an address and perhaps "&sha256=" and 64
// digits: {hash160} or {sha256}, an empty one for an address alone; null for others.
export function pointerOf(bytes) {
  if (bytes.length === 21 && bytes[0] === 0x68) return { hash160: bytes.subarray(1) };
  if (!startsWith(bytes, [0x75, 0x3d])) return null;
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(2));
  } catch {
    return null;
  }
  const at = text.lastIndexOf('&sha256=');
  const digits = at < 0 ? null : text.slice(at + 8);
  if (digits !== null && !/^[0-9a-f]{64}$/i.test(digits)) return null;
  if (!isAddress(at < 0 ? text : text.slice(0, at))) return null;
  return digits === null ? {} : { sha256: digits.toLowerCase() };
}

// isAddress: a scheme, and something to find behind it; as it is or encoded.
function isAddress(text) {
  if (new TextEncoder().encode(text).length > mostAddress) return false;
  try {
    return /^[a-z][a-z\d+.-]*:(\/\/[^/?#]|[^/?#]|[^?#]*\?.)/i.test(text.includes('://') ? text : decodeURIComponent(text));
  } catch {
    return false;
  }
}

// fixedOf reads the redeem script PUSHDATA(pointer) OP_DROP and the rest of the coin
// that an input spends: {pointer, rest}; null where there is none.
export function fixedOf({ script: shown }, prevout) {
  const script = prevout?.script;
  if (script?.length !== 23 || script[0] !== 0xa9 || script[1] !== 20 || script[22] !== 0x87) return null;
  const redeem = tokens(shown)?.at(-1)?.data;
  if (!redeem || !same(ids.hash160(redeem), script.subarray(2, 22))) return null;
  const all = tokens(redeem) ?? [];
  const pointer = all[0]?.data && pointerOf(all[0].data);
  return pointer && all[1]?.op === 0x75 ? { pointer, rest: redeem.subarray(all[1].end) } : null;
}
