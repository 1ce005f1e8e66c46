// The wallet's words, keys and messages against published vectors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { base64, HDKey, hex, RawWitness, schnorr, secp256k1, Transaction } from '../../../public/vendor/bitcoin/bitcoin.js';
import { addressOf, Keys, scriptOf } from '../../../public/src/wallet/keys.js';
import { challengeID, signMessage } from '../../../public/src/wallet/message.js';
import { completions, newWords, positionsToAsk, readWords, seedOf } from '../../../public/src/wallet/words.js';

const vectors = (name) => JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url)));
const random = (n) => crypto.getRandomValues(new Uint8Array(n));

// unwif is the key in the form that the vectors have it: base58 of a prefix, 32
// bytes, a 1 and a checksum.
function unwif(text) {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  const n = Array.from(text).reduce((sum, char) => sum * 58n + BigInt(alphabet.indexOf(char)), 0n);
  return hex.decode(n.toString(16).padStart(76, '0').slice(2, 66));
}

test('words, seeds and master keys of BIP-0039', async () => {
  for (const [entropy, words, seed, master] of vectors('bip39')) {
    if (entropy.length === 32) assert.equal(newWords(() => hex.decode(entropy)), words);
    assert.equal(readWords(words), words);
    const made = await seedOf(words, 'TREZOR');
    assert.equal(hex.encode(made), seed);
    assert.equal(HDKey.fromMasterSeed(made).privateExtendedKey, master);
  }
});

test('new words take all their randomness from outside, and differ', () => {
  const asked = [];
  newWords((n) => { asked.push(n); return random(n); });
  assert.deepEqual(asked, [16]);
  assert.notEqual(newWords(random), newWords(random));
  assert.equal(newWords(random).split(' ').length, 12);
});

test('words are read however they are typed, and what is wrong is named', () => {
  const words = vectors('bip39')[1][1];
  assert.equal(readWords(`  ${words.toUpperCase().replaceAll(' ', '\n\t　')} `), words);
  const kind = (text, want, details = {}) => assert.throws(() => readWords(text), (error) => {
    assert.equal(error.kind, want);
    assert.deepEqual(error.details, details);
    return true;
  });
  kind('', 'words-count', { count: 0 });
  kind(words.split(' ').slice(1).join(' '), 'words-count', { count: 11 });
  kind(words.replace('thank', 'thnak').replace('yellow', 'ye11ow'), 'words-unknown', { positions: [3, 12] });
  kind(words.replace('yellow', 'year'), 'words-checksum');
  kind(words.replace('legal winner', 'winner legal'), 'words-checksum');
});

test('words complete themselves', () => {
  assert.deepEqual(completions(' Aba'), ['abandon']);
  assert.ok(completions('ab').includes('about'));
  assert.deepEqual(completions(''), []);
  assert.deepEqual(completions('xx'), []);
});

test('the words asked for are any of them, each once', () => {
  const words = vectors('bip39')[0][1];
  const seen = new Set();
  for (let i = 0; i < 200; i += 1) {
    const asked = positionsToAsk(words, 3, random);
    assert.equal(new Set(asked).size, 3);
    assert.deepEqual(asked, [...asked].sort((a, b) => a - b));
    asked.forEach((position) => seen.add(position));
  }
  assert.deepEqual([...seen].sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  // 252 and above would favour the first words: they are drawn again.
  const bytes = [255, 252, 251, 0, 0];
  assert.deepEqual(positionsToAsk(words, 3, () => [bytes.shift()]), [1, 2, 12]);
});

test('addresses and keys of BIP-0084', async () => {
  const { words, keys } = vectors('bip84');
  const wallet = new Keys(await seedOf(words), 'mainnet');
  for (const { change, index, address, public: publicKey, private: privateKey } of keys) {
    const path = { kind: 'p2wpkh', account: 0, change, index };
    assert.equal(wallet.address(path), address);
    assert.equal(hex.encode(wallet.publicKey(path)), publicKey);
    assert.deepEqual(wallet.privateKey(path), unwif(privateKey));
    assert.equal(scriptOf(address, 'mainnet'), wallet.script(path));
    assert.equal(addressOf(wallet.script(path), 'mainnet'), address);
  }
});

test('addresses and keys of BIP-0086', async () => {
  const { words, keys, account } = vectors('bip86');
  const wallet = new Keys(await seedOf(words), 'mainnet');
  assert.equal(wallet.accountKey('p2tr', 0), account);
  for (const { change, index, address, script, internal } of keys) {
    const path = { kind: 'p2tr', account: 0, change, index };
    assert.equal(wallet.address(path), address);
    assert.equal(wallet.script(path), script);
    assert.equal(hex.encode(wallet.publicKey(path)).slice(2), internal);
  }
});

test('every network has its own addresses', async () => {
  const seed = await seedOf(vectors('bip84').words);
  const path = { kind: 'p2tr', account: 0, change: 0, index: 0 };
  const of = (network) => new Keys(seed, network).address(path);
  assert.match(of('mainnet'), /^bc1p/);
  assert.match(of('signet'), /^tb1p/);
  assert.equal(of('signet'), of('testnet4'));
  assert.match(of('devnet'), /^bcrt1p/);
  assert.match(new Keys(seed, 'devnet').accountKey('p2wpkh', 0), /^tpub/);
  for (const address of [of('mainnet'), `${of('devnet')}x`, '', 'mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY']) {
    assert.throws(() => scriptOf(address, 'devnet'), { kind: 'address' });
  }
  assert.throws(() => new Keys(seed, 'toString'), { kind: 'network' });
});

test('keys are forgotten', async () => {
  const keys = new Keys(await seedOf(vectors('bip84').words), 'devnet');
  const path = { kind: 'p2tr', account: 0, change: 0, index: 0 };
  keys.address(path);
  keys.wipe();
  for (const ask of [() => keys.address(path), () => keys.privateKey(path), () => keys.fingerprint]) assert.throws(ask, { kind: 'locked' });
});

// toSign is the transaction that a message's signature is for.
function toSign(text, script) {
  const tx = new Transaction({ version: 0, allowUnknownOutputs: true });
  tx.addOutput({ amount: 0n, script: Uint8Array.of(0x6a) });
  tx.addInput({ txid: challengeID(text, script), index: 0, sequence: 0 });
  return tx;
}

test('messages of BIP-0322 by P2WPKH', () => {
  const { private: wif, hashes, p2wpkh } = vectors('bip322');
  const privateKey = unwif(wif);
  const script = scriptOf(hashes[0].address, 'mainnet');
  for (const { message, to_spend: id } of hashes) assert.equal(challengeID(message, script), id);
  const holds = (text, encoded) => {
    const [sig, publicKey] = RawWitness.decode(base64.decode(encoded.slice(3)));
    assert.equal(sig.at(-1), 1); // SIGHASH_ALL: no message is a pledge
    const code = hex.decode(`76a9${script.slice(2)}88ac`);
    const digest = toSign(text, script).preimageWitnessV0(0, code, 1, 0n);
    return secp256k1.verify(sig.subarray(0, -1), digest, publicKey, { prehash: false, format: 'der' });
  };
  for (const { message, signature } of p2wpkh) {
    assert.ok(holds(message, signature)); // the published one: the check itself is right
    const made = signMessage(message, { kind: 'p2wpkh', script, privateKey }, random);
    assert.ok(made.startsWith('smpAkcwRAIg')); // low R
    assert.ok(holds(message, made));
    assert.ok(!holds(`${message}!`, made));
  }
});

test('messages of BIP-0322 by P2TR', () => {
  const { private: wif, p2tr: { message, address, signature } } = vectors('bip322');
  const privateKey = unwif(wif);
  const script = scriptOf(address, 'mainnet');
  const publicKey = Uint8Array.of(2, ...schnorr.getPublicKey(privateKey));
  const holds = (text, encoded, hashType) => {
    const [sig] = RawWitness.decode(base64.decode(encoded));
    const digest = toSign(text, script).preimageWitnessV1(0, [hex.decode(script)], hashType, [0n]);
    return schnorr.verify(sig.subarray(0, 64), digest, hex.decode(script).subarray(2));
  };
  assert.ok(holds(message, signature, 1)); // the published one: the check itself is right
  const made = signMessage('北 ridge', { kind: 'p2tr', script, publicKey, privateKey }, random);
  assert.match(made, /^smp/);
  assert.ok(holds('北 ridge', made.slice(3), 0));
  assert.ok(!holds('South ridge', made.slice(3), 0));
});
