// Pledges from other people's software: bitcoinjs-lib signs what `cairn pledge
// request` asks for, `cairn pledge check` and `assemble` take it, and bitcoinjs-lib
// verifies every input of the claim. A pledge of the wallet in the page is in it,
// too. No server runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as bitcoin from 'bitcoinjs-lib';
import { ECPairFactory } from 'ecpair';
import * as ecc from 'tiny-secp256k1';
import { readContract } from '../../../public/src/wallet/contract.js';
import { Keys } from '../../../public/src/wallet/keys.js';
import { pledges } from '../../../public/src/wallet/pledge.js';
import { seedOf } from '../../../public/src/wallet/words.js';

bitcoin.initEccLib(ecc);
const network = bitcoin.networks.regtest;
const pair = ECPairFactory(ecc);
const binary = process.env.CAIRN ?? new URL('../../../bin/cairn', import.meta.url).pathname;
const campaign = new URL('../../cmd/cairn/pledge/testdata/campaign.jsonl', import.meta.url).pathname;
const { levels } = JSON.parse(readFileSync(campaign, 'utf8').split('\n')[0]);

const folder = mkdtempSync(join(tmpdir(), 'cairn-pledges-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);

// cairn runs a command and gives its exit code and what it wrote as JSON.
function cairn(...args) {
  const ran = spawnSync(binary, ['pledge', ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: folder } });
  if (ran.error) throw ran.error;
  return { code: ran.status, out: ran.stdout, remarks: ran.stderr };
}

const check = (...files) => {
  const { code, out } = cairn('check', ...files, '--campaign', campaign, '--json');
  return { code, files: JSON.parse(out).files };
};

// make makes a coin of a kind, with the transaction that made it and who can sign.
function make(kind, value) {
  const key = pair.fromPrivateKey(createHash('sha256').update(`${kind} ${value}`).digest(), { network });
  const internal = key.publicKey.slice(1, 33);
  const pay = {
    p2pkh: () => bitcoin.payments.p2pkh({ pubkey: key.publicKey, network }),
    p2wpkh: () => bitcoin.payments.p2wpkh({ pubkey: key.publicKey, network }),
    'p2sh-p2wpkh': () => bitcoin.payments.p2sh({ redeem: bitcoin.payments.p2wpkh({ pubkey: key.publicKey, network }), network }),
    p2tr: () => bitcoin.payments.p2tr({ internalPubkey: internal, network }),
  }[kind]();
  const made = new bitcoin.Transaction();
  made.version = 2;
  made.addInput(createHash('sha256').update(kind).digest(), 1);
  made.addOutput(pay.output, 700n);
  made.addOutput(pay.output, BigInt(value));
  writeFileSync(at(`${kind}-${value}.hex`), made.toHex());
  const signer = kind === 'p2tr' ? key.tweak(bitcoin.crypto.taggedHash('TapTweak', internal)) : key;
  return { kind, value, name: `${made.getId()}:1`, previous: at(`${kind}-${value}.hex`), script: pay.output, pay, internal, signer };
}

// request is what the owner of a coin is asked to sign, asked for once.
const requests = new Map();
function request({ name, previous }, level) {
  if (!requests.has(`${name} ${level}`)) {
    const { code, out, remarks } = cairn('request', '--campaign', campaign, '--coin', name, '--previous', previous, '--level', `${level}`);
    assert.equal(code, 0, remarks);
    requests.set(`${name} ${level}`, out.trim());
  }
  return requests.get(`${name} ${level}`);
}

// signed is a coin pledged by bitcoinjs-lib, as a PSBT in a file.
function signed(coin, { level = 0, hashType = 0x81, change } = {}) {
  const { kind, value, pay, internal, signer } = coin;
  const psbt = bitcoin.Psbt.fromBase64(request(coin, level), { network });
  assert.equal(psbt.data.inputs[0].sighashType, 0x81);
  if (kind === 'p2sh-p2wpkh') psbt.updateInput(0, { redeemScript: pay.redeem.output });
  if (kind === 'p2tr') psbt.updateInput(0, { tapInternalKey: internal });
  psbt.data.inputs[0].sighashType = hashType;
  change?.(psbt);
  psbt.signInput(0, signer, [hashType]);
  const file = at(`${kind}-${value}-${level}-${hashType}${change ? '-changed' : ''}.psbt`);
  writeFileSync(file, psbt.toBuffer());
  return file;
}

const kinds = ['p2pkh', 'p2wpkh', 'p2sh-p2wpkh', 'p2tr'];
const coins = kinds.map((kind, n) => make(kind, 24_000 + 1_000 * n));

test('a pledge of every kind of coin is taken', () => {
  const { code, files } = check(...coins.map((one) => signed(one)));
  assert.equal(code, 0);
  assert.deepEqual(
    files.map((said) => [said.outcome, said.amount_sat, said.levels, said.coin, said.coin_kind]),
    coins.map((one) => ['good', one.value, [0], one.name, one.kind]),
  );
});

test('a PSBT in base64, and a finalised one, say the same', () => {
  const psbt = bitcoin.Psbt.fromBuffer(readFileSync(signed(coins[1])), { network });
  writeFileSync(at('text.psbt'), psbt.toBase64());
  assert.equal(check(at('text.psbt')).code, 0);
  psbt.finalizeInput(0);
  writeFileSync(at('final.psbt'), psbt.toBuffer());
  assert.equal(check(at('final.psbt')).code, 0);
});

test('what is no pledge is refused', () => {
  const wrong = coins.flatMap((one) => [0x01, 0x02, 0x03, 0x82, 0x83].map((hashType) => signed(one, { hashType })));
  const { code, files } = check(...wrong);
  assert.equal(code, 1);
  for (const { file, outcome, error } of files) {
    assert.equal(outcome, 'bad', file);
    assert.match(error, /does not allow other pledges/, file);
  }
  const other = bitcoin.address.toOutputScript('bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw', network);
  const thief = signed(coins[1], { change: (psbt) => { psbt.data.globalMap.unsignedTx.tx.outs[0].script = other; } });
  assert.match(check(thief).files[0].error, /pays other outputs/);
});

test('the claim of all of them is verified by bitcoinjs-lib', async () => {
  const files = coins.map((one) => signed(one));
  const page = await ofThePage(30_000);
  files.push(page.file);
  assert.deepEqual(check(...files).files.map(({ outcome }) => outcome), files.map(() => 'good'));

  const few = cairn('assemble', ...files.slice(0, 2), '--campaign', campaign, '--json');
  assert.equal(few.code, 3);
  assert.ok(JSON.parse(few.out).missing_sat > 50_000);

  const { code, remarks } = cairn('assemble', ...files, '--campaign', campaign, '-o', at('claim.hex'));
  assert.equal(code, 0, remarks);
  const claim = bitcoin.Transaction.fromHex(readFileSync(at('claim.hex'), 'utf8').trim());
  const spent = verified(claim, [...coins, page]);
  assert.equal(claim.outs.length, 1);
  assert.equal(claim.outs[0].value, 100_000n);
  assert.equal(claim.locktime, 500);
  const fee = spent.reduce((sum, { value }) => sum + value, 0) - 100_000;
  assert.ok(fee >= 2 * claim.virtualSize(), `${fee} sat for ${claim.virtualSize()} vbytes`);
});

test('each level is claimed by what was signed for it', () => {
  const large = ['p2tr', 'p2wpkh'].map((kind) => make(kind, 103_000));
  const files = large.map((one) => signed(one, { level: 1 }));
  const { code, out } = cairn('assemble', ...files, '--campaign', campaign, '--json');
  assert.equal(code, 0);
  const { level, claim } = JSON.parse(out);
  assert.equal(level, 1);
  assert.equal(verified(bitcoin.Transaction.fromHex(claim), large).length, 2);
});

// ofThePage is a pledge of the page's wallet, in a file as the page writes it.
async function ofThePage(value) {
  const keys = new Keys(await seedOf('zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong'), 'devnet');
  const path = { kind: 'p2tr', account: 0, change: 0, index: 3 };
  const own = { kind: 'p2tr', txid: 'cd'.repeat(32), vout: 0, value, script: keys.script(path), publicKey: keys.publicKey(path), privateKey: keys.privateKey(path) };
  const made = pledges(own, [readContract(levels[0].contract)], (n) => crypto.getRandomValues(new Uint8Array(n)));
  const file = at('page.jsonl');
  writeFileSync(file, `${JSON.stringify({
    cairn: 'pledge', version: 1, network: 'devnet', campaign: 'beaaaaaaaaaaaaaa', revision: 1,
    outpoint: `${own.txid}:0`, value, script: own.script, signed: made.map(({ contract, hex }) => ({ contract, tx: hex })), name: '山脊',
  })}\n`);
  return { kind: 'p2tr', value, name: `${own.txid}:0`, script: Buffer.from(own.script, 'hex'), file };
}

// verified checks the signature of every input of a claim, by bitcoinjs-lib's own
// digests, and gives the coins it spends.
function verified(claim, known) {
  const spent = claim.ins.map(({ hash, index }) => {
    const name = `${Buffer.from(hash).reverse().toString('hex')}:${index}`;
    return known.find((one) => one.name === name) ?? assert.fail(`the claim spends ${name}`);
  });
  const scripts = spent.map(({ script }) => script);
  const values = spent.map(({ value }) => BigInt(value));
  claim.ins.forEach(({ script, witness }, n) => {
    const { kind, pay } = spent[n];
    if (kind === 'p2tr') {
      const [signature] = witness;
      assert.deepEqual([witness.length, signature.length, signature[64]], [1, 65, 0x81]);
      const digest = claim.hashForWitnessV1(n, scripts, values, 0x81);
      assert.ok(ecc.verifySchnorr(digest, scripts[n].slice(2), signature.slice(0, 64)), `input ${n}, ${kind}`);
      return;
    }
    const [signature, key] = kind === 'p2pkh' ? bitcoin.script.decompile(script) : witness;
    const { signature: plain, hashType } = bitcoin.script.signature.decode(signature);
    assert.equal(hashType, 0x81);
    const hash = bitcoin.payments.p2pkh({ pubkey: key }).output;
    const digest = kind === 'p2pkh' ? claim.hashForSignature(n, hash, 0x81) : claim.hashForWitnessV0(n, hash, values[n], 0x81);
    assert.ok(ecc.verify(digest, key, plain), `input ${n}, ${kind}`);
    const own = { p2pkh: () => hash, p2wpkh: () => bitcoin.payments.p2wpkh({ pubkey: key }).output, 'p2sh-p2wpkh': () => pay.output }[kind]();
    assert.deepEqual(Buffer.from(own), Buffer.from(scripts[n]), `input ${n} is unlocked by its own key`);
  });
  return spent;
}
