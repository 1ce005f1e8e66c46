// The worker that digests files. It does one thing at a time: a list of small
// files, read whole and several at once, or one file piece by piece, reading a
// piece ahead while the last is being hashed. It holds some megabytes at most,
// whatever a file's size.
//
// It takes {files: [File]} and answers {digests: [hex or null]}; or {file,
// saved} and answers {read} now and then and at the end {digest}, {saved} if
// it was told {stop: true}, or {error}.
import { sha256 } from './sha256.js';

const piece = 4 << 20; // bytes read at a time
const lanes = 8; // small files read at once
const slight = 16 << 10; // bytes below which the browser's own digest is not worth its call

const made = sha256();
let stopping = false;

const hex = (sum) => Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, '0')).join('');

async function whole(file) {
  const bytes = await file.arrayBuffer();
  if (bytes.byteLength > slight && globalThis.crypto?.subtle) return hex(await crypto.subtle.digest('SHA-256', bytes));
  return (await made).start().update(new Uint8Array(bytes)).hex();
}

async function many(files) {
  const digests = Array(files.length).fill(null);
  const left = files.entries();
  const lane = async () => {
    for (const [i, file] of left) {
      try {
        digests[i] = await whole(file);
      } catch { /* it stays null: unreadable */ }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { digests };
}

// reader reads a file from at on: next() gives a Uint8Array, empty at the end,
// and free() takes it back. Where the browser lets a stream fill a buffer of
// ours, two buffers do for a file of any size; elsewhere each piece is new.
function reader(file, at) {
  let stream;
  try {
    stream = file.slice(at).stream().getReader({ mode: 'byob' });
  } catch {
    return {
      next: async () => {
        const bytes = new Uint8Array(await file.slice(at, at + piece).arrayBuffer());
        at += bytes.length;
        return bytes;
      },
      free: () => {},
      end: () => {},
    };
  }
  const spare = [new ArrayBuffer(piece), new ArrayBuffer(piece)];
  return {
    next: async () => (await stream.read(new Uint8Array(spare.pop()))).value ?? new Uint8Array(0),
    free: (bytes) => spare.push(bytes.buffer),
    end: () => stream.cancel().catch(() => {}),
  };
}

async function stream(file, saved) {
  const hash = (await made).start();
  if (saved) hash.load(saved);
  let at = saved?.length ?? 0;
  let said = at;
  const source = reader(file, at);
  let next = source.next();
  for (;;) {
    const bytes = await next;
    if (bytes.length === 0) break;
    if (stopping) {
      source.end();
      return { saved: hash.save() };
    }
    next = source.next();
    next.catch(() => {}); // it is heard of when its turn comes
    hash.update(bytes);
    at += bytes.length;
    source.free(bytes);
    if (at - said >= piece) {
      postMessage({ read: at });
      said = at;
    }
  }
  if (at !== file.size) throw new Error('the file has another size than it had');
  return { digest: hash.hex() };
}

onmessage = async ({ data }) => {
  if (data.stop) {
    stopping = true;
    return;
  }
  stopping = false;
  try {
    postMessage(data.files ? await many(data.files) : await stream(data.file, data.saved));
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
