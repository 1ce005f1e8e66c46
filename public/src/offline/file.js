// The digest of a file, read piece by piece: a few megabytes of memory, whatever
// its size, and the page stays awake.
import { sha256 as fast } from '../sha256.js';
import { unhex } from './bytes.js';
import { hashes } from './hashes.js';

const piece = 4 << 20;

// digestOf hears of the part read, 0 to 1, by progress; it ends with null when
// progress says false.
export async function digestOf(file, code, progress) {
  const hash = await hasher(code);
  let at = 0;
  for await (const bytes of pieces(file)) {
    hash.update(bytes);
    at += bytes.length;
    if (progress(at / file.size) === false) return null;
  }
  if (at !== file.size) throw new Error('the file has changed');
  return hash.digest();
}

// pieces reads a file into the same few megabytes again and again, where the
// browser can.
async function* pieces(file) {
  let reader;
  try {
    reader = file.stream().getReader({ mode: 'byob' });
  } catch {
    for (let at = 0; at < file.size; at += piece) yield new Uint8Array(await file.slice(at, at + piece).arrayBuffer());
    return;
  }
  let room = new ArrayBuffer(piece);
  try {
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(room));
      if (done) return;
      yield value;
      room = value.buffer;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

// hasher uses WebAssembly for SHA-256 where the browser lets a page have it.
async function hasher(code) {
  if (code === 0x08) {
    try {
      const hash = (await fast()).start();
      return { update: (bytes) => hash.update(bytes), digest: () => unhex(hash.hex()) };
    } catch { /* not here: the plain one does the same, slower */ }
  }
  return hashes[code].start();
}
