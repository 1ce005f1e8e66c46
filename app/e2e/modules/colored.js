// Random Colu transactions, written and coloured by Colu's own packages, for the Go
// side to read: assets/colu/testdata/raw.json.gz, which is made by
//
//   node --no-deprecation app/e2e/modules/colored.js assets/colu/testdata/raw.json.gz
//
// Assets A and D can be put together, B is hybrid, C is dispersed. The numbers come
// from a fixed seed, so that it is always the same.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { pathToFileURL } from 'node:url';
import CC from 'cc-transaction';
import color from 'cc-get-assets-outputs';

export const policies = ['aggregatable', 'hybrid', 'dispersed'];
const letters = ['A', 'B', 'C', 'D'];

export const pairs = (held) => held.map(({ assetId, amount }) => [assetId, amount]);

// read is what cc-transaction makes of a payload; null if it cannot.
export function read(payload) {
  try {
    return CC.fromHex(payload).toJson();
  } catch {
    return null;
  }
}

// paint is what cc-get-assets-outputs makes of a transaction: the holdings of its
// outputs, and whether they overflowed.
export function paint(payload, inputs, outputs, txid = '00') {
  const raw = { txid, vin: inputs, vout: Array.from({ length: outputs }, () => ({})), ccdata: [payload] };
  const held = color(raw);
  return { overflow: raw.overflow, out: raw.vout.map((_, i) => pairs(held[i] ?? [])) };
}

// transactions makes as many as asked for.
export function* transactions(count) {
  let state = 12345;
  const draw = (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * n);
  };
  for (let k = 0; k < count; k += 1) {
    const outputs = 1 + draw(6);
    const inputs = Array.from({ length: 1 + draw(5) }, (_, i) => ({
      txid: k.toString(16).padStart(8, '0') + 'ab'.repeat(28),
      vout: i,
      previousOutput: { hex: `76a914${(k * 7 + i).toString(16).padStart(40, '0')}88ac` },
      assets: Array.from({ length: draw(4) }, () => {
        const letter = draw(4);
        return { assetId: letters[letter], amount: 1 + draw(draw(2) ? 10 : 40), issueTxid: 't', divisibility: 0, lockStatus: false, aggregationPolicy: policies[letter % 3] };
      }),
    }));
    const payload = compose(draw, inputs, outputs);
    const hex = draw(12) === 0 ? payload.slice(0, -2 * (1 + draw(4))) : payload; // some are cut off
    const vin = inputs.map((i) => [i.txid, i.vout, i.previousOutput.hex, pairs(i.assets)]);
    const data = read(hex);
    yield data ? { hex, vin, nout: outputs, ...paint(data, inputs, outputs) } : { hex, vin, nout: outputs, bad: true };
  }
}

// compose writes a payload: three in four pay what the inputs have, in order; the
// others pay at random.
function compose(draw, inputs, outputs) {
  const type = ['issuance', 'transfer', 'burn'][draw(3)];
  const tx = CC.newTransaction(0x4343, 2);
  if (type === 'issuance') {
    tx.setLockStatus(Boolean(draw(2)));
    tx.setAmount(draw(8) ? 1 + draw(60) : 0, draw(8));
    tx.setAggregationPolicy(policies[draw(3)]);
    if (draw(2)) tx.allowRules();
  }
  if (draw(4) > 0) payInOrder(draw, tx, type, inputs, outputs);
  else payAtRandom(draw, tx, type, outputs);
  if (type === 'burn') tx.type = 'burn';
  return tx.encode().codeBuffer.toString('hex');
}

function payInOrder(draw, tx, type, inputs, outputs) {
  const lots = inputs.flatMap(({ assets }, input) => assets.map(({ amount }) => ({ input, units: amount })));
  if (type === 'issuance') lots.unshift({ input: 0, units: tx.amount });
  const stop = draw(lots.length + 1);
  let at = 0;
  for (const { input, units } of lots.slice(0, stop)) {
    if (input > at + 1) return;
    at = input;
    const part = units > 1 && draw(2) ? 1 + draw(units - 1) : 0;
    if (part) tx.addPayment(at, part, draw(outputs));
    if (type === 'burn' && draw(2)) tx.addBurn(at, units - part);
    else tx.addPayment(at, units - part, draw(outputs));
  }
}

function payAtRandom(draw, tx, type, outputs) {
  const count = draw(6);
  let input = 0;
  for (let i = 0; i < count; i += 1) {
    if (i && draw(3) === 0) input += 1;
    if (type === 'burn' && draw(2)) tx.addBurn(input, draw(30));
    else tx.addPayment(input, draw(30), draw(outputs + (draw(5) ? 0 : 1)), draw(30) === 0, draw(30) === 0);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(process.argv[2], gzipSync(JSON.stringify([...transactions(1500)]), { level: 9 }));
}
