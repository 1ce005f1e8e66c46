// A bearer voucher: a secret of 32 bytes that its holder has as a link or a code, and
// the output script that it can spend. The rules are those of assets/voucher/bearer.
//
// The output is taproot (BIP-0341). Its key is the secret's, tweaked; a voucher that
// expires has one script beside it, by which the issuer takes it back from then on:
//
//   <expiry> CHECKLOCKTIMEVERIFY DROP <issuer> CHECKSIG
//
// The link is https://…/v#<code>. What stands behind # is never sent to a server.
import { hex, schnorr, secp256k1, sha256 } from '../../vendor/bitcoin/bitcoin.js';
import { fromText, toText } from './base64.js';

const version = 1;
const [CLTV, DROP, CHECKSIG] = [0xb1, 0x75, 0xac];
export const tapscript = 0xc0; // the version of the leaf's script
const { taggedHash } = schnorr.utils;
const order = secp256k1.Point.Fn.ORDER;

// fresh makes the secret of a new voucher. random(n) gives n bytes that nobody can
// foresee.
export function fresh(random) {
  for (;;) {
    const secret = random(32);
    if (secp256k1.utils.isValidSecretKey(secret)) return secret;
  }
}

// codeOf is a voucher as text: { secret, expiry, issuer }, with issuer the 32 bytes of
// the key that takes it back after expiry, in seconds since 1970; both 0 and null for
// one that stays good.
export function codeOf({ secret, expiry = 0, issuer = null }) {
  if (expiry === 0) return toText(Uint8Array.of(version, ...secret));
  return toText(Uint8Array.of(version, ...secret, ...bigEnd(expiry), ...issuer));
}

export const linkOf = (origin, voucher) => `${origin}/v#${codeOf(voucher)}`;

// read reads a code, or a link with one; null for anything else.
export function read(text) {
  const code = text.trim().replace(/^.*#/su, '').replace(/\s/gu, '');
  const bytes = fromText(code);
  if (!bytes || bytes[0] !== version || (bytes.length !== 33 && bytes.length !== 69)) return null;
  const secret = bytes.slice(1, 33);
  if (!secp256k1.utils.isValidSecretKey(secret)) return null;
  if (bytes.length === 33) return { secret, expiry: 0, issuer: null };
  const expiry = new DataView(bytes.buffer, bytes.byteOffset).getUint32(33);
  return expiry === 0 ? null : { secret, expiry, issuer: bytes.slice(37) };
}

// keysOf are the keys of a voucher's output: inner, the secret's x-only public key,
// which stands in for the secret; root, the hash of the script beside it, empty for
// none; script, the output in hexadecimal; and odd, the parity of its key.
export function keysOf({ secret, inner = schnorr.getPublicKey(secret), expiry = 0, issuer = null }) {
  const root = expiry === 0 ? new Uint8Array() : leafHash(leafOf(expiry, issuer));
  const point = schnorr.utils.lift_x(number(inner)).add(secp256k1.Point.BASE.multiply(tweakOf(inner, root)));
  const [parity, ...key] = point.toBytes(true);
  return { inner, root, script: hex.encode(Uint8Array.of(0x51, 0x20, ...key)), odd: parity === 3 };
}

// leafOf is the script by which the issuer takes a voucher back.
export function leafOf(expiry, issuer) {
  const until = littleEnd(expiry);
  return Uint8Array.of(until.length, ...until, CLTV, DROP, 0x20, ...issuer, CHECKSIG);
}

const leafHash = (script) => taggedHash('TapLeaf', Uint8Array.of(tapscript, script.length, ...script));

// nameOf is what everybody may call a voucher by: it is of the output script in
// hexadecimal, and tells nothing of the secret.
export const nameOf = (script) => hex.encode(sha256(hex.decode(script))).slice(0, 32);

// sign signs a message of 32 bytes with the output's key.
export function sign(message, voucher, random) {
  const { inner, root } = keysOf(voucher);
  const secret = number(voucher.secret);
  const even = secp256k1.getPublicKey(voucher.secret)[0] === 2;
  const tweaked = ((even ? secret : order - secret) + tweakOf(inner, root)) % order;
  return schnorr.sign(message, hex.decode(tweaked.toString(16).padStart(64, '0')), random(32));
}

const tweakOf = (inner, root) => number(taggedHash('TapTweak', inner, root)) % order;
const number = (bytes) => BigInt(`0x${hex.encode(bytes)}`);

function bigEnd(n) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}

// littleEnd is a number as scripts have it: a byte more where the last one would look
// like a sign.
function littleEnd(n) {
  const bytes = [];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  if (bytes.at(-1) & 0x80) bytes.push(0);
  return bytes;
}
