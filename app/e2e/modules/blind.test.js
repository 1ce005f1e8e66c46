// Blind signatures, against the vectors of RFC 9474, and the purse of tickets.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blind, bytesOf, numberOf, readKey, textOf, toBytes, unblind } from '../../../public/src/blind.js';

const vectors = JSON.parse(readFileSync(new URL('../../../channels/tickets/testdata/rfc9474.json', import.meta.url)));
const v = vectors.find(({ name }) => name === 'RSABSSA-SHA384-PSS-Deterministic');
const raw = (hex) => Uint8Array.from(hex.replace(/^0x/, '').match(/../g), (b) => parseInt(b, 16));

async function publicKey() {
  const jwk = { kty: 'RSA', n: textOf(raw(v.n)), e: textOf(raw(v.e)) };
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'RSA-PSS', hash: 'SHA-384' }, true, ['verify']);
  return readKey(await crypto.subtle.exportKey('spki', key));
}

// The factor is the inverse of the one that is given.
function factorOf(key) {
  let [r, next, t, nextT] = [key.n, numberOf(raw(v.inv)), 0n, 1n];
  while (next > 0n) {
    const q = r / next;
    [r, next, t, nextT] = [next, r - q * next, nextT, t - q * nextT];
  }
  return (t + key.n) % key.n;
}

test('the vectors', async () => {
  const key = await publicKey();
  const message = raw(v.input_msg);
  const { blinded, open } = await blind(key, message, raw(v.salt), factorOf(key));
  assert.deepEqual(blinded, raw(v.blinded_msg));
  assert.equal(open, numberOf(raw(v.inv)));
  assert.deepEqual(await unblind(key, message, raw(v.blind_sig), open), raw(v.sig));
});

test('a signature that is none', async () => {
  const key = await publicKey();
  const { open } = await blind(key, raw(v.input_msg));
  await assert.rejects(unblind(key, raw(v.input_msg), raw(v.blind_sig), open));
});

test('the same number is hidden anew each time', async () => {
  const key = await publicKey();
  const number = new Uint8Array(32);
  assert.notDeepEqual((await blind(key, number)).blinded, (await blind(key, number)).blinded);
});

test('bytes and texts', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(bytesOf(textOf(bytes)), bytes);
  assert.deepEqual(toBytes(numberOf(bytes), 256), bytes);
});

test('the purse', async () => {
  const store = new Map();
  globalThis.localStorage = { getItem: (k) => store.get(k) ?? null, setItem: (k, value) => store.set(k, value) };
  const { drop, keep, tickets, ticketsFor } = await import('../../../public/src/ticketpurse.js');
  const later = Date.now() + 1e6;
  assert.equal(keep([{ t: 'b', until: later + 1 }, { t: 'a', until: later }, { t: 'old', until: 1 }]), 3);
  assert.equal(keep([{ t: 'a', until: later }]), 0);
  assert.deepEqual(tickets().map((k) => k.t), ['b', 'a']);
  assert.deepEqual(ticketsFor(1000), ['a'], 'the one that ends first');
  assert.deepEqual(ticketsFor(1001), ['a', 'b']);
  assert.deepEqual(ticketsFor(2001), []);
  drop(['a']);
  assert.deepEqual(ticketsFor(1), ['b']);
  store.set('cairn-tickets', 'nonsense');
  assert.deepEqual(tickets(), []);
});
