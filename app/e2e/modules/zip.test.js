// Archives made in the page, read by the rules of the format.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { zip } from '../../../public/src/zip.js';

// unzip reads the directory from the end, as every reader does, and checks
// each file's own header against it.
async function unzip(blob) {
  const bytes = Buffer.from(await blob.arrayBuffer());
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50);
  let [count, at] = [bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 16)];
  if (count === 0xffff) {
    assert.equal(bytes.readUInt32LE(end - 20), 0x07064b50);
    const record = Number(bytes.readBigUInt64LE(end - 12));
    assert.equal(bytes.readUInt32LE(record), 0x06064b50);
    [count, at] = [Number(bytes.readBigUInt64LE(record + 32)), Number(bytes.readBigUInt64LE(record + 48))];
  }
  const files = [];
  for (let i = 0; i < count; i += 1) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const length = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + length);
    const head = bytes.readUInt32LE(at + 42);
    assert.equal(bytes.readUInt32LE(head), 0x04034b50);
    assert.equal(bytes.toString('utf8', head + 30, head + 30 + bytes.readUInt16LE(head + 26)), name);
    const content = bytes.subarray(head + 30 + length, head + 30 + length + bytes.readUInt32LE(at + 24));
    assert.equal(crc32(content), bytes.readUInt32LE(at + 16), `the checksum of ${name}`);
    files.push([name, content.toString()]);
    at += 46 + length;
  }
  return files;
}

const text = (s) => new TextEncoder().encode(s);
const moment = new Date('2026-11-22T14:02:07Z');

test('names: Chinese, folders, the same twice, and none that leads out', async () => {
  const files = ['合同.pdf.ots', 'a/b.txt.ots', 'b.txt.ots', 'b.txt.ots', '../../etc/passwd.ots', '/root.ots', '..', 'c:\\x.ots']
    .map((name, i) => ({ name, bytes: text(`proof ${i}`) }));
  assert.deepEqual((await unzip(zip(files, moment))).map(([name]) => name),
    ['合同.pdf.ots', 'a/b.txt.ots', 'b.txt.ots', 'b (2).txt.ots', 'etc/passwd.ots', 'root.ots', 'file', 'c:/x.ots']);
});

test('nothing in it', async () => {
  assert.deepEqual(await unzip(zip([], moment)), []);
});

test('more than 65,535 files', async () => {
  const files = Array.from({ length: 70_000 }, (_, i) => ({ name: `${i}.ots`, bytes: text(`proof ${i}`) }));
  const found = await unzip(zip(files, moment));
  assert.equal(found.length, 70_000);
  assert.deepEqual(found.at(-1), ['69999.ots', 'proof 69999']);
});
