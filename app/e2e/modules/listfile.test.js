// The exported list of proofs: what is written is read again, and other files
// are told apart.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { readList, writeList } from '../../../public/src/listfile.js';

const digest = '01'.repeat(32);

test('there and back', async () => {
  const ots = new Uint8Array(randomBytes(20_000));
  const entries = [{ digest, name: '合同.pdf', size: 0, at: 1_795_000_000_000 }, { digest: '02'.repeat(32), at: 1_795_000_000_001 }];
  const text = await writeList(entries, new Map([[digest, ots]]), new Date()).text();
  assert.equal(text.trim().split('\n').length, 4, 'one proof a line');
  assert.deepEqual(readList(text), [{ ...entries[0], ots }, entries[1]]);
});

for (const [name, text] of Object.entries({
  'not JSON': 'hello',
  empty: '',
  'another JSON': '{"proofs":[]}',
  'a later version': '{"format":"cairn-proofs","version":2,"proofs":[]}',
  'no digest': '{"format":"cairn-proofs","version":1,"proofs":[{"name":"a"}]}',
  'not a digest': '{"format":"cairn-proofs","version":1,"proofs":[{"digest":"<b>"}]}',
  'a name that is none': `{"format":"cairn-proofs","version":1,"proofs":[{"digest":"${digest}","name":{}}]}`,
  'not base64': `{"format":"cairn-proofs","version":1,"proofs":[{"digest":"${digest}","ots":"*"}]}`,
  'null': 'null',
})) {
  test(name, () => assert.equal(readList(text), null));
}
