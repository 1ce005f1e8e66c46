// The buyer's side of blind RSA signatures (RFC 9474,
// RSABSSA-SHA384-PSS-Deterministic): a number of his own is signed by somebody
// who does not get to see it. Random exponents and private keys never occur
// here, so that BigInt, whose time depends on its values, gives nothing away
// that a signature does not.
const hash = 'SHA-384';
const hashSize = 48;
const saltSize = 48;

// bytesOf and textOf are base64url without padding.
export const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
export const textOf = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

export function numberOf(bytes) {
  let hex = '0x0';
  for (const b of bytes) hex += b.toString(16).padStart(2, '0');
  return BigInt(hex);
}

export function toBytes(number, size) {
  const hex = number.toString(16).padStart(2 * size, '0');
  return Uint8Array.from({ length: size }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

// readKey reads a public key (SubjectPublicKeyInfo).
export async function readKey(spki) {
  const verifier = await crypto.subtle.importKey('spki', spki, { name: 'RSA-PSS', hash }, true, ['verify']);
  const jwk = await crypto.subtle.exportKey('jwk', verifier);
  const n = bytesOf(jwk.n);
  return { verifier, n: numberOf(n), e: numberOf(bytesOf(jwk.e)), size: n.length };
}

function power(base, exponent, n) {
  let [result, b] = [1n, base % n];
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % n;
    b = (b * b) % n;
  }
  return result;
}

// inverse of a modulo n, or nothing.
function inverse(a, n) {
  let [r, next, t, nextT] = [n, a % n, 0n, 1n];
  while (next > 0n) {
    const q = r / next;
    [r, next, t, nextT] = [next, r - q * next, nextT, t - q * nextT];
  }
  return r === 1n ? (t + n) % n : undefined;
}

const join = (...parts) => Uint8Array.from(parts.flatMap((p) => [...p]));
const digest = async (bytes) => new Uint8Array(await crypto.subtle.digest(hash, bytes));

// encode is EMSA-PSS-ENCODE (RFC 8017, 9.1.1) for a key of 8·size bits.
async function encode(message, salt, size) {
  const h = await digest(join(new Uint8Array(8), await digest(message), salt));
  const db = join(new Uint8Array(size - saltSize - hashSize - 2), [1], salt);
  for (let i = 0; i * hashSize < db.length; i += 1) {
    const mask = await digest(join(h, [0, 0, 0, i]));
    for (let j = 0; j < hashSize && i * hashSize + j < db.length; j += 1) db[i * hashSize + j] ^= mask[j];
  }
  db[0] &= 0x7f;
  return join(db, h, [0xbc]);
}

// blind hides a message; open is what unblind needs. salt and factor are for
// the test vectors.
export async function blind(key, message, salt = crypto.getRandomValues(new Uint8Array(saltSize)), factor = undefined) {
  const m = numberOf(await encode(message, salt, key.size));
  for (;;) {
    const r = factor ?? numberOf(crypto.getRandomValues(new Uint8Array(key.size)));
    const open = r > 0n && r < key.n ? inverse(r, key.n) : undefined;
    if (open !== undefined) return { blinded: toBytes((m * power(r, key.e, key.n)) % key.n, key.size), open };
  }
}

// unblind gives the signature of the message itself; it throws when it is none.
export async function unblind(key, message, signed, open) {
  const signature = toBytes((numberOf(signed) * open) % key.n, key.size);
  const good = await crypto.subtle.verify({ name: 'RSA-PSS', saltLength: saltSize }, key.verifier, signature, message);
  if (!good) throw new Error('the signature does not hold');
  return signature;
}
