// Asset ids as people see them.
import { join, shown, unhex } from '../offline/bytes.js';
import { hashes, sha256 } from '../offline/hashes.js';
import { hash256 } from './transaction.js';

const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

// base58 with a checksum; the ids here never open with a zero byte.
function base58(bytes) {
  const whole = join(bytes, hash256(bytes).slice(0, 4));
  let n = whole.reduce((sum, b) => sum * 256n + BigInt(b), 0n);
  let text = '';
  for (; n > 0n; n /= 58n) text = letters[Number(n % 58n)] + text;
  return text;
}

export const hash160 = (bytes) => hashes[0x03].start().update(sha256(bytes)).digest();

const bytesOf = (...numbers) => Uint8Array.from(numbers);

// openAssets: the hash of the issuing script behind 23, or 115 on test networks.
export const openAssets = (script, network) => base58(join(bytesOf(network === 'mainnet' ? 0x17 : 0x73), hash160(script)));

const pads = { false: [0x2e37, 0x2e6b, 0x2e4e], true: [0x20ce, 0x2102, 0x20e4] };

// colu: of the issuing script, or of the coin that is spent if it is locked.
export function colu({ locked, policy, decimals }, { coin }, script) {
  const pad = pads[locked][policy];
  const named = locked ? new TextEncoder().encode(coin) : script;
  return base58(join(join(bytesOf(pad >> 8, pad & 0xff), hash160(named)), bytesOf(0, decimals)));
}

// together: the id says that units become one.
export const together = (id) => id[1] === 'a';

export const epobc = (txid) => `epobc:${txid}:0`;

export const isTxid = (text) => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);

// inner turns a hash as explorers show it into bytes.
export const inner = (text) => unhex(text).reverse();

export { shown };
