// The page's own SHA-256 against Node's.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../../public/src/sha256.js';

const node = (bytes) => createHash('sha256').update(bytes).digest('hex');

for (const vectors of [true, false]) {
  test(`every length to 300 bytes, cut anywhere, ${vectors ? 'by vectors' : 'by words'}`, async () => {
    const [one, other] = [await sha256({ vectors }), await sha256({ vectors })];
    for (let length = 0; length <= 300; length += 1) {
      const bytes = randomBytes(length);
      const cut = randomInt(length + 1);
      const saved = one.start().update(bytes.subarray(0, cut)).save();
      one.update(randomBytes(randomInt(100))); // what is saved must not change with it
      assert.equal(other.load(structuredClone(saved)).update(bytes.subarray(cut)).hex(), node(bytes), `${length} bytes, cut at ${cut}`);
    }
  });

  test(`megabytes in odd pieces, ${vectors ? 'by vectors' : 'by words'}`, async () => {
    const bytes = randomBytes(3_000_001);
    const hash = await sha256({ vectors });
    for (let at = 0; at < bytes.length;) {
      const length = randomInt(1, 700_000);
      hash.update(bytes.subarray(at, at + length));
      at += length;
    }
    assert.equal(hash.hex(), node(bytes));
  });
}
