// The digest of a file, read piece by piece: a few megabytes of memory at most,
// whatever its size, and the page stays awake.
import { sha256 as fast } from '../sha256.js';
import { unhex } from './bytes.js';
import { hashes } from './hashes.js';

const piece = 4 << 20;

// digestOf hears of the part read, 0 to 1, by progress; it ends with null when
// progress says false.
export async function digestOf(file, code, progress) {
  const hash = await hasher(code);
  for (let at = 0; at < file.size;) {
    const bytes = new Uint8Array(await file.slice(at, at + piece).arrayBuffer());
    if (bytes.length === 0) throw new Error('the file has become shorter');
    hash.update(bytes);
    at += bytes.length;
    if (progress(at / file.size) === false) return null;
  }
  return hash.digest();
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
