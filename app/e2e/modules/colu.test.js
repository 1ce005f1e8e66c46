// Colu's own packages against Cairn's: they decode and colour the transactions that
// assets/colu composes, and what they write is what assets/colu is tested with.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Transaction } from 'bitcoinjs-lib';
import encodeID from 'cc-assetid-encoder';
import { paint, policies, read, transactions } from './colored.js';

const data = new URL('../../../assets/colu/testdata/', import.meta.url);
const composed = JSON.parse(readFileSync(new URL('composed.json', data), 'utf8'));
const policyOf = (id) => policies['ahd'.indexOf(id[1])];

// payloadOf is what the first OP_RETURN output pushes that opens with "CC".
function payloadOf(tx) {
  for (const { script } of tx.outs) {
    const [op, size] = script;
    const at = size === 0x4c ? 3 : 2;
    const payload = Buffer.from(script.subarray(at)).toString('hex');
    if (op === 0x6a && payload.startsWith('4343')) return payload;
  }
  return null;
}

for (const [name, { hex, issued, inputs, outputs }] of Object.entries(composed)) {
  test(`Colu's packages read what Cairn composes: ${name}`, () => {
    const tx = Transaction.fromHex(hex);
    const payload = payloadOf(tx);
    assert.ok(payload.length <= 160, `a payload of ${payload.length / 2} bytes`);
    const vin = tx.ins.map(({ hash, index }, i) => ({
      txid: Buffer.from(hash).reverse().toString('hex'),
      vout: index,
      previousOutput: { hex: inputs[i].script },
      assets: inputs[i].held.map(([assetId, amount]) => ({ assetId, amount, aggregationPolicy: policyOf(assetId) })),
    }));
    const ccdata = read(payload);
    assert.equal(ccdata.type, issued ? 'issuance' : name.split(' ')[0]);
    if (issued) assert.equal(encodeID({ vin, ccdata: [ccdata] }), issued);
    // With a sponsor's coin behind and his change as the last output, too.
    const sponsored = [...vin, { txid: 'ee'.repeat(32), vout: 0, previousOutput: { hex: '51' }, assets: [] }];
    for (const [coins, count] of [[vin, outputs.length], [sponsored, outputs.length + 1]]) {
      const { overflow, out } = paint(ccdata, coins, count, tx.getId());
      assert.equal(overflow, false);
      assert.deepEqual(out.slice(0, outputs.length), outputs);
      assert.deepEqual(out.slice(outputs.length), count > outputs.length ? [[]] : []);
    }
  });
}

test('what Cairn is tested with is what Colu\'s packages say', () => {
  const kept = JSON.parse(gunzipSync(readFileSync(new URL('raw.json.gz', data))).toString());
  assert.deepEqual([...transactions(kept.length)], kept);
});
