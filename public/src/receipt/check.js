// For the tests: reads receipts, one a line as JSON, and writes what each proves,
// one a line, as public/receipt_test.go writes what assets/receipt makes of it.
import { createInterface } from 'node:readline';
import { read, verify, Wrong } from './verify.js';

function told(line) {
  try {
    const v = verify(read(line));
    const held = v.held.map(({ asset, units }) => `${units} ${asset}`).join(', ');
    const bound = v.definitions.map((d) => d.bound).join(',');
    return `${v.coin} ${v.value} [${held}] ${v.height} ${v.block} ${v.upon} ${v.work} ${v.transactions} ${v.stated.join(',')} ${bound}`;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return `wrong ${error.kind}`;
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(told(line));
