// Writing ZIP archives of small files that are not compressed (PKWARE
// APPNOTE 6.3.10: 4.3.7, 4.3.12, 4.3.16, and the ZIP64 records of 4.3.14 and
// 4.3.15 beyond 65,535 files).
const crcs = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = crcs[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const utf8 = new TextEncoder();
const flags = 1 << 11; // names are UTF-8

// record writes numbers of so many bytes each, the least byte first.
function record(...fields) {
  const out = new Uint8Array(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) {
    for (let i = 0, rest = value; i < bytes; i += 1, rest = Math.floor(rest / 256)) out[at + i] = rest % 256;
    at += bytes;
  }
  return out;
}

// dos is a moment as MS-DOS keeps it, in UTC: time, then date.
function dos(at) {
  return [
    [2, (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)],
    [2, ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()],
  ];
}

// zip gives a Blob of {name, bytes} files. Names are paths with slashes; one
// that is taken gets a number, and none leads out of the folder it is opened
// in.
export function zip(files, at) {
  const parts = [];
  const directory = [];
  const taken = new Set();
  let offset = 0;
  for (const { name, bytes } of files) {
    const path = utf8.encode(free(safe(name), taken));
    const common = [[2, flags], [2, 0], ...dos(at), [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, path.length], [2, 0]];
    const head = record([4, 0x04034b50], [2, 20], ...common);
    parts.push(head, path, bytes);
    directory.push(record([4, 0x02014b50], [2, 20], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), path);
    offset += head.length + path.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = files.length;
  if (count >= 0xffff) {
    directory.push(
      record([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, size], [8, offset]),
      record([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]),
    );
  }
  const short = Math.min(count, 0xffff);
  directory.push(record([4, 0x06054b50], [2, 0], [2, 0], [2, short], [2, short], [4, size], [4, offset], [2, 0]));
  return new Blob([...parts, ...directory], { type: 'application/zip' });
}

const safe = (name) => name.split(/[\\/]+/).filter((part) => part && part !== '.' && part !== '..').join('/') || 'file';

function free(name, taken) {
  const [, stem, end] = name.match(/^(.*?)((?:\.[^./]*)?\.ots)?$/s);
  let path = name;
  for (let n = 2; taken.has(path); n += 1) path = `${stem} (${n})${end ?? ''}`;
  taken.add(path);
  return path;
}
