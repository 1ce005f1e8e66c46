// What the wallet keeps is encrypted: the words under a passphrase, the book
// (addresses, labels, pledges) under a key that comes from the seed.
import { base64 } from '../../vendor/bitcoin/bitcoin.js';
import { fail } from './errors.js';

// Rounds of PBKDF2 with SHA-256: what OWASP asks for (2023), a third of a second
// on a phone. Envelopes name their own, within bounds, so that a hostile one can
// neither stop the page nor have been made too weak.
export const rounds = 600_000;
const [fewest, most] = [100_000, 10_000_000];
export const leastPassphrase = 8; // characters

const version = 1;
const largest = 100_000; // characters of base64
const utf8 = new TextEncoder();

// seal puts bytes into an envelope: an object for JSON. means are random and
// subtle (WebCrypto). Kinds: passphrase-short.
export async function seal(bytes, passphrase, { random, subtle }, iterations = rounds) {
  const chars = passphrase.normalize('NFKC');
  if (Array.from(chars).length < leastPassphrase) fail('passphrase-short', { least: leastPassphrase });
  const head = {
    cairn: 'wallet', version, kdf: 'PBKDF2-SHA-256', iterations, salt: base64.encode(random(16)),
    cipher: 'AES-256-GCM', nonce: base64.encode(random(12)),
  };
  const key = await stretch(chars, head, subtle);
  return { ...head, sealed: base64.encode(await encrypt(key, head.nonce, bytes, bound(head), subtle)) };
}

// unseal takes them out again. Kinds: passphrase-wrong, envelope,
// envelope-version.
export async function unseal(envelope, passphrase, { subtle }) {
  check(envelope);
  const key = await stretch(passphrase.normalize('NFKC'), envelope, subtle);
  try {
    return await decrypt(key, envelope.nonce, base64.decode(envelope.sealed), bound(envelope), subtle);
  } catch (error) {
    return fail('passphrase-wrong', {}, error);
  }
}

// check refuses what is no envelope. Kinds: envelope, envelope-version.
export function check(envelope) {
  if (envelope?.cairn !== 'wallet' || !Number.isInteger(envelope.version)) fail('envelope');
  if (envelope.version !== version) fail('envelope-version', { version: envelope.version });
  const { kdf, iterations, cipher, salt, nonce, sealed } = envelope;
  const whole = kdf === 'PBKDF2-SHA-256' && cipher === 'AES-256-GCM'
    && Number.isInteger(iterations) && iterations >= fewest && iterations <= most
    && sizeOf(salt) === 16 && sizeOf(nonce) === 12 && sizeOf(sealed) > 16;
  if (!whole) fail('envelope');
}

function sizeOf(text) {
  if (typeof text !== 'string' || text.length > largest) return -1;
  try {
    return base64.decode(text).length;
  } catch {
    return -1;
  }
}

// bound is what else of an envelope the cipher protects: all but the sealed.
function bound({ version: v, kdf, iterations, salt, cipher, nonce }) {
  return utf8.encode(['cairn wallet', v, kdf, iterations, salt, cipher, nonce].join('\n'));
}

async function stretch(chars, { salt, iterations }, subtle) {
  const secret = await subtle.importKey('raw', utf8.encode(chars), 'PBKDF2', false, ['deriveKey']);
  const by = { name: 'PBKDF2', hash: 'SHA-256', salt: base64.decode(salt), iterations };
  return subtle.deriveKey(by, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

async function encrypt(key, nonce, bytes, additionalData, subtle) {
  return new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv: base64.decode(nonce), additionalData }, key, bytes));
}

async function decrypt(key, nonce, bytes, additionalData, subtle) {
  return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv: base64.decode(nonce), additionalData }, key, bytes));
}

// BookSeal encrypts the book of one network, or what else is kept for it. Its key comes
// from the seed (HKDF), another one for each thing, so that an unlocked wallet needs no
// passphrase to write in it, and whoever has the words can read a book that was exported.
export class BookSeal {
  #key;
  #means;
  #bound;

  static async of(seed, network, means, thing = 'book') {
    const secret = await means.subtle.importKey('raw', seed, 'HKDF', false, ['deriveKey']);
    const by = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: utf8.encode(`cairn wallet ${thing}`) };
    const made = new BookSeal();
    made.#key = await means.subtle.deriveKey(by, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    made.#means = means;
    made.#bound = utf8.encode(`cairn wallet ${thing}\n1\n${network}`);
    return made;
  }

  async close(book) {
    const nonce = base64.encode(this.#means.random(12));
    const bytes = utf8.encode(JSON.stringify(book));
    return { nonce, sealed: base64.encode(await encrypt(this.#key, nonce, bytes, this.#bound, this.#means.subtle)) };
  }

  // open reads a sealed book. Kinds: envelope.
  async open(sealed) {
    try {
      const bytes = await decrypt(this.#key, sealed.nonce, base64.decode(sealed.sealed), this.#bound, this.#means.subtle);
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (error) {
      return fail('envelope', {}, error);
    }
  }
}
