// A bearer voucher's keys, script and signature, against @scure/btc-signer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, p2tr, schnorr, Transaction } from '../../../public/vendor/bitcoin/bitcoin.js';
import { fromText, toText } from '../../../public/src/voucher/base64.js';
import { codeOf, fresh, keysOf, leafOf, linkOf, nameOf, read, sign } from '../../../public/src/voucher/bearer.js';
import { markerOf, messageOf, pays, readPlan, signedBack, signedBy } from '../../../public/src/voucher/transaction.js';

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

// planOf is a transaction of one input as the server plans it, and the library's own.
function planOf({ lockTime = 0, outputs, txid = hex.encode(random(32)), vout = 70_000 }) {
  const tx = new Transaction({ version: 2, lockTime, allowUnknownOutputs: true });
  tx.addInput({ txid, index: vout, sequence: 0xfffffffd });
  for (const { value, script } of outputs) tx.addOutput({ amount: BigInt(value), script: hex.decode(script) });
  return { tx, plan: readPlan(hex.encode(tx.unsignedTx)) };
}

const outputsFor = (script) => [{ value: 0, script: markerOf([3, 1]) }, { value: 330, script: keysOf({ secret: fresh(random) }).script }, { value: 600, script }];

test('a holder signs the common signature message', () => {
  for (let i = 0; i < 10; i++) {
    for (const terms of kinds) {
      const voucher = { secret: fresh(random), ...terms };
      const { script } = keysOf(voucher);
      const { tx, plan } = planOf({ outputs: outputsFor(script) });
      const message = tx.preimageWitnessV1(0, [hex.decode(script)], 0x81, [600n]);
      assert.equal(hex.encode(messageOf(plan, { value: 600, script })), hex.encode(message));
      const raw = Transaction.fromRaw(hex.decode(signedBy(voucher, plan, 600, random)), { allowUnknownOutputs: true });
      assert.equal(raw.id, tx.id);
      const [signature, ...more] = raw.getInput(0).finalScriptWitness;
      assert.equal(more.length, 0);
      assert.equal(signature.at(-1), 0x81);
      assert.ok(schnorr.verify(signature.slice(0, 64), message, hex.decode(script.slice(4))));
    }
  }
});

test('an issuer signs by the leaf once it has expired', () => {
  for (let i = 0; i < 10; i++) {
    const secretKey = fresh(random);
    const issuerKey = schnorr.getPublicKey(secretKey);
    const expiry = 1_800_000_000 + i * 250_000_000;
    const { inner, script } = keysOf({ secret: fresh(random), expiry, issuer: issuerKey });
    const { tx, plan } = planOf({ lockTime: expiry, outputs: outputsFor(script) });
    const leaf = leafOf(expiry, issuerKey);
    const payment = p2tr(inner, { script: leaf }, undefined, true);
    const message = tx.preimageWitnessV1(0, [hex.decode(script)], 0x81, [600n], undefined, leaf, 0xc0);
    const output = { inner: hex.encode(inner), expiry, issuer: hex.encode(issuerKey) };
    const raw = Transaction.fromRaw(hex.decode(signedBack(output, plan, 600, (bytes) => schnorr.sign(bytes, secretKey, random(32)))), { allowUnknownOutputs: true });
    const [signature, shown, control] = raw.getInput(0).finalScriptWitness;
    assert.ok(schnorr.verify(signature.slice(0, 64), message, issuerKey));
    assert.deepEqual(shown, leaf);
    assert.equal(hex.encode(control), hex.encode(payment.leaves[0].controlBlock));
  }
});

test('a plan that moves units elsewhere is seen', () => {
  const [mine, other] = [keysOf({ secret: fresh(random) }).script, keysOf({ secret: fresh(random) }).script];
  const { plan } = planOf({ outputs: [{ value: 0, script: markerOf([7]) }, { value: 330, script: mine }] });
  assert.ok(pays(plan, mine, 7));
  assert.ok(!pays(plan, other, 7));
  assert.ok(!pays(plan, mine, 8));
  assert.equal(markerOf([300, 0, 2 ** 40]), '6a0f4f41010003ac020080808080802000');
});

test('what is no plan is refused', () => {
  const good = planOf({ outputs: outputsFor(keysOf({ secret: fresh(random) }).script) });
  const text = hex.encode(good.tx.unsignedTx);
  for (const bad of ['', 'zz', null, text.slice(2), text.slice(0, -2), `${text}00`, '00'.repeat(3_000)]) assert.throws(() => readPlan(bad), { kind: 'draft' }, String(bad));
});
