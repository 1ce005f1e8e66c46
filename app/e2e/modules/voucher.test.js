// A bearer voucher's keys, script and signature, against @scure/btc-signer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, p2tr, schnorr, Transaction } from '../../../public/vendor/bitcoin/bitcoin.js';
import { fromText, toText } from '../../../public/src/voucher/base64.js';
import { codeOf, fresh, keysOf, leafOf, linkOf, nameOf, read, sign } from '../../../public/src/voucher/bearer.js';
import { encoded, messageOf, unsignedOf } from '../../../public/src/voucher/transaction.js';

const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const issuer = () => schnorr.getPublicKey(fresh(random));

// Times for which the number in the script has four and five bytes.
const kinds = [{}, { expiry: 1_800_000_000, issuer: issuer() }, { expiry: 4_000_000_000, issuer: issuer() }];

test('a link is read as it was written', () => {
  for (const terms of kinds) {
    const voucher = { secret: fresh(random), expiry: 0, issuer: null, ...terms };
    const link = linkOf('https://example.org', voucher);
    for (const text of [link, codeOf(voucher), ` ${link}\n`]) assert.deepEqual(read(text), voucher);
    assert.ok(link.indexOf('#') < link.indexOf(codeOf(voucher)), 'the secret stands behind #');
  }
});

test('what is no voucher is not read as one', () => {
  const good = codeOf({ secret: fresh(random), ...kinds[1] });
  const bad = ['', '#', 'https://example.org/v', 'https://example.org/v#', good.slice(1), good.slice(0, -1), `${good}A`, `B${good.slice(1)}`, good.replace(/^./u, 'é'),
    toText(Uint8Array.of(1, ...new Uint8Array(32))), toText(Uint8Array.of(1, ...new Uint8Array(32).fill(255)))];
  for (const text of bad) assert.equal(read(text), null, text);
  for (let i = 0; i < 2_000; i++) {
    const bytes = random(1 + i % 80);
    const found = read(toText(bytes));
    if (found) assert.equal(codeOf(found), toText(bytes));
  }
});

test('base64url is strict', () => {
  for (let n = 0; n < 70; n++) {
    const bytes = random(n);
    assert.equal(toText(bytes), Buffer.from(bytes).toString('base64url'));
    assert.deepEqual(fromText(toText(bytes)), bytes);
  }
  for (const text of ['A', 'AB', 'AAB', 'AA=', 'A+', 'AA AA']) assert.equal(fromText(text), null, text);
});

test('the script is taproot of the key and the leaf', () => {
  for (let i = 0; i < 20; i++) {
    for (const terms of kinds) {
      const voucher = { secret: fresh(random), ...terms };
      const { inner, script } = keysOf(voucher);
      const leaf = terms.expiry && { script: leafOf(terms.expiry, terms.issuer) };
      assert.equal(script, hex.encode(p2tr(inner, leaf || undefined, undefined, true).script));
      assert.match(nameOf(script), /^[0-9a-f]{32}$/u);
    }
  }
});

// The library computes the same message from the same transaction, and the signature
// holds for the output's key.
test('what is signed is the common signature message', () => {
  for (let i = 0; i < 20; i++) {
    for (const terms of kinds) {
      const voucher = { secret: fresh(random), ...terms };
      const { script } = keysOf(voucher);
      const coin = { txid: hex.encode(random(32)), vout: i * 70_000, value: 600 + i, script };
      const outputs = [{ value: 0, script: `6a${'09'}4f410100020301${'0000'}` }, { value: 330, script: keysOf({ secret: fresh(random) }).script }, { value: 600, script }];
      const tx = unsignedOf(coin, outputs);
      const other = new Transaction({ version: 2, allowUnknownOutputs: true });
      other.addInput({ txid: coin.txid, index: coin.vout, sequence: 0xfffffffd, witnessUtxo: { amount: BigInt(coin.value), script: hex.decode(script) } });
      for (const { value, script: to } of outputs) other.addOutput({ amount: BigInt(value), script: hex.decode(to) });
      const message = other.preimageWitnessV1(0, [hex.decode(script)], 0x81, [BigInt(coin.value)]);
      assert.equal(hex.encode(messageOf(tx)), hex.encode(message));
      const signature = sign(messageOf(tx), voucher, random);
      assert.ok(schnorr.verify(signature, message, hex.decode(script.slice(4))));
      const raw = Transaction.fromRaw(hex.decode(encoded(tx, signature)), { allowUnknownOutputs: true });
      assert.equal(raw.inputsLength, 1);
      assert.equal(raw.outputsLength, 3);
      assert.deepEqual(raw.getInput(0).finalScriptWitness, [Uint8Array.of(...signature, 0x81)]);
    }
  }
});
