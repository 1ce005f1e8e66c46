// The worker that digests large files piece by piece: it reads one piece
// ahead while the last is being hashed, and holds two at most.
import { createSHA256 } from '../vendor/hash-wasm-sha256.umd.min.js';

const piece = 4 << 20;

const read = (file, at) => file.slice(at, at + piece).arrayBuffer();

async function digest(file) {
  const hash = await createSHA256();
  hash.init();
  let next = read(file, 0);
  for (let at = 0; at < file.size; at += piece) {
    const bytes = await next;
    next = at + piece < file.size ? read(file, at + piece) : null;
    hash.update(new Uint8Array(bytes));
    postMessage({ read: Math.min(at + piece, file.size) });
  }
  return hash.digest('hex');
}

onmessage = async ({ data: file }) => {
  try {
    postMessage({ digest: await digest(file) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
