// Firm coins: until a height, spending one needs its owner and a keeper, who signs
// nothing but pledges for one campaign; from then on the owner alone. The rules are
// those of contract.Firm (lighthouse/contract), in its P2WSH form:
//
//   IF 2 <owner> <keeper> 2 CHECKMULTISIG ELSE <until> CLTV DROP <owner> CHECKSIG ENDIF
//
// The page makes the script of its own key and of what the server says of the
// campaign: it never takes a script from the server.
import { hex, secp256k1, sha256 } from '../../vendor/bitcoin/bitcoin.js';
import { fail } from './errors.js';

const [IF, ELSE, ENDIF, TWO, CHECKMULTISIG, CHECKSIG, CLTV, DROP] = [0x63, 0x67, 0x68, 0x52, 0xae, 0xac, 0xb1, 0x75];
const [leastHeight, mostHeight] = [17, 499_999_999]; // greater ones are times (BIP-0065), smaller ones never come

// termsOf lets the terms of a campaign through: keeper is a compressed public key in
// hexadecimal, until a height. Kinds: firm.
export function termsOf({ keeper, until }) {
  if (!Number.isInteger(until) || until < leastHeight || until > mostHeight) fail('firm');
  try {
    if (!/^0[23][0-9a-f]{64}$/.test(keeper)) fail('firm');
    secp256k1.Point.fromHex(keeper);
  } catch (error) {
    fail('firm', {}, error);
  }
  return { keeper, until };
}

// witnessScriptOf is the script that the coin's witness reveals. owner is a
// compressed public key.
export function witnessScriptOf({ owner, keeper, until }) {
  const [one, other] = [[0x21, ...owner], [0x21, ...hex.decode(keeper)]];
  const height = numberOf(until);
  return Uint8Array.from([
    IF, TWO, ...one, ...other, TWO, CHECKMULTISIG,
    ELSE, height.length, ...height, CLTV, DROP, ...one, CHECKSIG, ENDIF,
  ]);
}

// scriptOfFirm is the output script.
export function scriptOfFirm(terms) {
  return Uint8Array.of(0x00, 0x20, ...sha256(witnessScriptOf(terms)));
}

// numberOf is a whole number from 17 on as scripts have it: little end first, and a
// byte more where the last one would look like a sign.
function numberOf(n) {
  const bytes = [];
  for (let rest = n; rest > 0; rest >>>= 8) bytes.push(rest & 0xff);
  if (bytes.at(-1) & 0x80) bytes.push(0);
  return bytes;
}

// pledged is the witness of a pledge: the keeper's signature is left empty, for the
// server to put in.
export function pledged(signature, script) {
  return [new Uint8Array(), signature, new Uint8Array(), Uint8Array.of(1), script];
}

// home is the witness of the owner alone, from the height on.
export function home(signature, script) {
  return [signature, new Uint8Array(), script];
}
