// For the tests: reads receipts and single transactions to colour, one a line as
// JSON, and writes what comes of each, one a line, as public/receipt_test.go writes
// what assets/receipt and the protocols' packages make of it.
import { createInterface } from 'node:readline';
import { unhex } from '../offline/bytes.js';
import * as colu from './colu.js';
import * as epobc from './epobc.js';
import * as ids from './ids.js';
import * as openassets from './openassets.js';
import { parse } from './transaction.js';
import { read, verify, Wrong } from './verify.js';

const written = (held) => held.map(({ asset, units }) => `${units} ${asset}`).join(', ');

function proven(line) {
  try {
    const v = verify(read(line));
    const bound = v.definitions.map((d) => d.bound).join(',');
    return `${v.coin} ${v.value} [${written(v.held)}] ${v.height} ${v.block} ${v.upon} ${v.work} ${v.transactions} ${v.stated.join(',')} ${bound}`;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return `wrong ${error.kind}`;
  }
}

const colors = {
  'open-assets': (tx, inputs) => openassets.color(tx, inputs, (script) => ids.openAssets(script, 'devnet')),
  colu: (tx, inputs) => colu.color(tx, inputs, ids.colu, ids.together),
  epobc: (tx, inputs) => epobc.color(tx, inputs, ids.epobc),
};

function colored({ protocol, hex, inputs }) {
  const spent = inputs.map(({ value, script, tag, held }) => ({
    prevout: script === undefined ? undefined : { value: BigInt(value), script: unhex(script) },
    tag,
    held: held.map(([asset, units]) => ({ asset, units: BigInt(units) })),
  }));
  const c = colors[protocol](parse(unhex(hex)), spent);
  if (c.verdict === 'unsure') return 'unsure';
  return `${c.verdict} ${c.outputs.map((held) => `[${written(held)}]`).join('')}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(line.startsWith('{"colour":') ? colored(JSON.parse(line).colour) : proven(line));
}
