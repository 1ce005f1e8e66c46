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

const read = (file, at) => file.slice(at, at + piece).arrayBuffer();

async function stream(file, saved) {
  const hash = await made;
  let at = 0;
  if (saved) at = hash.load(saved).save().length;
  else hash.start();
  let next = read(file, at);
  while (at < file.size) {
    if (stopping) {
      next.catch(() => {});
      return { saved: hash.save() };
    }
    const bytes = new Uint8Array(await next);
    if (bytes.length === 0) throw new Error('the file has become shorter');
    at += bytes.length;
    next = read(file, at);
    hash.update(bytes);
    postMessage({ read: at });
  }
  await next;
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
