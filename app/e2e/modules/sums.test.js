// The page's reader of lists agrees with the Go package notary/sums.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseSums } from '../../../public/src/sums.js';

const lists = JSON.parse(await readFile(new URL('../../../notary/sums/testdata/lists.json', import.meta.url)));

for (const list of lists) {
  test(list.name, () => {
    const { entries, bad } = parseSums(list.text, list.limit ?? 100);
    if (list.bad) {
      assert.deepEqual(bad.map(({ line, why }) => [line, why]), list.bad);
    } else {
      assert.deepEqual(bad, []);
      assert.deepEqual(entries.map(({ line, digest, name }) => [line, digest, name]), list.entries ?? []);
    }
  });
}

test('a line that is too long', () => {
  const { bad } = parseSums(`${'01'.repeat(32)}  ${'x'.repeat(9000)}\n`, 100);
  assert.deepEqual(bad, [{ line: 1, why: 'too-long' }]);
});
