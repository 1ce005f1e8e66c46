// How the wallet is kept: envelopes, the book, the store.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Book, takeKey } from '../../../public/src/wallet/book.js';
import { kinds } from '../../../public/src/wallet/errors.js';
import { Keys } from '../../../public/src/wallet/keys.js';
import { BookSeal, check, rounds, seal, unseal } from '../../../public/src/wallet/seal.js';
import { browserStore, memoryStore } from '../../../public/src/wallet/store.js';
import { inPage } from '../../../public/src/wallet/wallet.js';

const means = { random: (n) => crypto.getRandomValues(new Uint8Array(n)), subtle: crypto.subtle };
const secret = new TextEncoder().encode('zoo zoo zoo');
const passphrase = 'correct horse 电池';
const few = 100_000; // rounds, for quick tests
const envelope = await seal(secret, passphrase, means, few);

test('what is sealed comes out again, by the passphrase alone', async () => {
  assert.deepEqual(await unseal(JSON.parse(JSON.stringify(envelope)), passphrase, means), secret);
  for (const wrong of ['correct horse', `${passphrase} `, '']) {
    await assert.rejects(unseal(envelope, wrong, means), { kind: 'passphrase-wrong' });
  }
});

test('a passphrase typed in another form of Unicode is the same', async () => {
  const sealed = await seal(secret, 'Ångström cafés', means, few);
  assert.deepEqual(await unseal(sealed, 'Ångström cafés'.normalize('NFD'), means), secret);
});

test('short passphrases are refused; characters count, not bytes', async () => {
  for (const short of ['', '1234567', '一二三四五六七', '😀😀😀😀😀😀😀']) {
    await assert.rejects(seal(secret, short, means, few), { kind: 'passphrase-short', details: { least: 8 } });
  }
  await seal(secret, '一二三四五六七八', means, few);
});

test('no two envelopes are alike, and new ones are strong', async () => {
  const other = await seal(secret, passphrase, means);
  assert.equal(other.iterations, rounds);
  assert.ok(rounds >= 600_000);
  for (const part of ['salt', 'nonce', 'sealed']) assert.notEqual(other[part], envelope[part]);
  assert.ok(!JSON.stringify(envelope).includes('zoo'));
});

test('nothing of an envelope can be changed', async () => {
  const other = await seal(secret, passphrase, means, few);
  for (const changed of [{ salt: other.salt }, { nonce: other.nonce }, { sealed: other.sealed }, { iterations: few + 1 }]) {
    await assert.rejects(unseal({ ...envelope, ...changed }, passphrase, means), { kind: 'passphrase-wrong' });
  }
});

test('what is no envelope is refused before anything is computed', () => {
  check(envelope);
  for (const bad of [null, undefined, 5, 'wallet', {}, [], { ...envelope, cairn: 'other' }, { ...envelope, version: '1' },
    { ...envelope, kdf: 'none' }, { ...envelope, cipher: 'none' }, { ...envelope, iterations: 1 }, { ...envelope, iterations: 1e12 },
    { ...envelope, iterations: 1e5 + 0.5 }, { ...envelope, salt: 'AAAA' }, { ...envelope, nonce: '' }, { ...envelope, sealed: '!' },
    { ...envelope, sealed: 7 }, { ...envelope, sealed: 'A'.repeat(200_000) }]) {
    assert.throws(() => check(bad), { kind: 'envelope' });
  }
  assert.throws(() => check({ ...envelope, version: 2 }), { kind: 'envelope-version' });
});

const seed = new Uint8Array(64).fill(7);

test('a book opens with its own seed on its own network only', async () => {
  const closed = await (await BookSeal.of(seed, 'devnet', means)).close({ next: { a: 1 } });
  assert.deepEqual(await (await BookSeal.of(seed, 'devnet', means)).open(closed), { next: { a: 1 } });
  await assert.rejects((await BookSeal.of(seed, 'signet', means)).open(closed), { kind: 'envelope' });
  await assert.rejects((await BookSeal.of(new Uint8Array(64), 'devnet', means)).open(closed), { kind: 'envelope' });
  await assert.rejects((await BookSeal.of(seed, 'devnet', means)).open({ nonce: closed.nonce, sealed: '' }), { kind: 'envelope' });
});

test('a store puts only over what was found', async () => {
  const store = memoryStore();
  assert.equal(await store.get('a'), null);
  assert.equal(await store.put('a', { n: 1 }, 0), true);
  assert.equal(await store.put('a', { n: 2 }, 0), false);
  assert.deepEqual(await store.get('a'), { value: { n: 1 }, revision: 1 });
  assert.equal(await store.put('a', { n: 2 }, 1), true);
  await store.remove('a');
  assert.equal(await store.get('a'), null);
});

test('a browser that keeps nothing, or has no cryptography, is named', async () => {
  await assert.rejects(browserStore(undefined), { kind: 'storage' });
  const refusing = { open: () => { throw new DOMException('denied', 'SecurityError'); } };
  await assert.rejects(browserStore(refusing), { kind: 'storage' });
  assert.equal(inPage('devnet', memoryStore()).random(5).length, 5);
  const whole = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { value: { getRandomValues: () => {} }, configurable: true });
  try {
    assert.throws(() => inPage('devnet', memoryStore()), { kind: 'insecure' });
  } finally {
    Object.defineProperty(globalThis, 'crypto', whole);
  }
});

test('two pages of one wallet never give out the same key', async () => {
  const store = memoryStore();
  const keys = new Keys(seed, 'devnet');
  const open = () => Book.open(store, seed, 'devnet', keys.fingerprint, means);
  const books = [await open(), await open(), await open()];
  const branch = { kind: 'p2tr', account: 0, change: 0 };
  const given = await Promise.all(Array.from({ length: 15 }, (_, i) => books[i % 3].change((draft) => takeKey(draft, keys, branch, { purpose: 'deposit' }))));
  assert.equal(new Set(given.map(({ address }) => address)).size, 15);
  assert.equal((await open()).now.next['p2tr/0/0'], 15);
});

test('a book that cannot be kept stays as it was', async () => {
  const store = memoryStore();
  const book = await Book.open(store, seed, 'devnet', 'f', means);
  store.put = async () => false;
  await assert.rejects(book.change((draft) => { draft.next.x = 1; }), { kind: 'storage-busy' });
  assert.deepEqual(book.now.next, {});
  store.put = async () => { throw new Error('full'); };
  await assert.rejects(book.change((draft) => { draft.next.x = 1; }), { message: 'full' });
  assert.deepEqual(book.now.next, {});
});

test('every kind of error is listed, and every one listed is used', () => {
  const folder = new URL('../../../public/src/wallet/', import.meta.url);
  const used = new Set();
  for (const name of readdirSync(folder)) {
    const source = readFileSync(new URL(name, folder), 'utf8');
    for (const [, ...named] of source.matchAll(/fail\((?:[^'()]*\? )?'([a-z-]+)'(?: : '([a-z-]+)')?/g)) {
      named.filter(Boolean).forEach((kind) => used.add(kind));
    }
  }
  assert.deepEqual([...used].sort(), [...kinds].sort());
});
