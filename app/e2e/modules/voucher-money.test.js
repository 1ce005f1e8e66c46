// Money that lies at a voucher is moved by its code: held against @scure/btc-signer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, p2tr, schnorr, Transaction } from '../../../public/vendor/bitcoin/bitcoin.js';
import { fresh, keysOf } from '../../../public/src/voucher/bearer.js';
import { collected } from '../../../public/src/voucher/collect.js';

const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const home = () => hex.encode(p2tr(schnorr.getPublicKey(fresh(random))).script);
const coinsOf = (...values) => values.map((value, vout) => ({ txid: hex.encode(random(32)), vout: vout * 300, value }));
const kinds = [{}, { expiry: 1_800_000_000, issuer: schnorr.getPublicKey(fresh(random)) }];

test('every coin is signed for, and the rest of the fee comes home', () => {
  for (const terms of kinds) {
    for (const coins of [coinsOf(5_000), coinsOf(400, 70_000, 330), coinsOf(...Array(30).fill(900))]) {
      const voucher = { secret: fresh(random), ...terms };
      const { script } = keysOf(voucher);
      const to = home();
      const made = collected(voucher, coins, { script: to, rate: 500 }, random);
      const tx = Transaction.fromRaw(hex.decode(made.hex), { allowUnknownInputs: true, allowUnknownOutputs: true });
      const sum = coins.reduce((all, { value }) => all + value, 0);
      assert.equal(tx.outputsLength, 1);
      assert.equal(hex.encode(tx.getOutput(0).script), to);
      assert.equal(Number(tx.getOutput(0).amount), made.value);
      assert.equal(made.value + made.fee, sum);
      assert.ok(made.fee >= tx.weight * 0.5 && made.fee <= tx.weight * 0.5 + 1, `${made.fee} sat for ${tx.weight}`);
      coins.forEach((coin, i) => {
        const input = tx.getInput(i);
        assert.deepEqual([hex.encode(input.txid), input.index], [coin.txid, coin.vout]);
        const [signature] = input.finalScriptWitness;
        const message = tx.preimageWitnessV1(i, coins.map(() => hex.decode(script)), 0, coins.map(({ value }) => BigInt(value)));
        assert.ok(schnorr.verify(signature, message, hex.decode(script.slice(4))), `coin ${i}`);
      });
    }
  }
});

test('what the network would take is left where it is', () => {
  const voucher = { secret: fresh(random) };
  const of = (value, rate) => collected(voucher, coinsOf(value), { script: home(), rate }, random);
  assert.equal(of(441 - 1, 250).hex, null); // 111 sat, and 330 to be worth passing on
  assert.notEqual(of(441, 250).hex, null);
  assert.equal(of(5_000, 100_000).hex, null);
  assert.equal(of(330, 0).fee, 111); // never less than one satoshi a byte
});
