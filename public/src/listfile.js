// The file that the browser's list is exported as: JSON, one proof a line so
// that it can be read by eye and compared. docs/proof-list.md describes it.
const format = 'cairn-proofs';
const version = 1;
const longestName = 4096;
const longestProof = 1 << 20; // bytes of an .ots file

function base64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

// writeList makes the file, of entries as in remembered.js; proofs maps
// digests to .ots files, where there are any.
export function writeList(entries, proofs, at) {
  const lines = entries.map(({ digest, name, size, at: since }) => {
    const ots = proofs.get(digest);
    return JSON.stringify({ digest, name, size, at: new Date(since).toISOString(), ots: ots && base64(ots) });
  });
  const head = JSON.stringify({ format, version, exported: at.toISOString() }).slice(0, -1);
  return new Blob([`${head},"proofs":[\n`, lines.join(',\n'), '\n]}\n'], { type: 'application/json' });
}

// readList gives the entries of such a file, or null for any other.
export function readList(text) {
  try {
    const { format: what, version: which, proofs } = JSON.parse(text);
    if (what !== format || which !== version || !Array.isArray(proofs)) return null;
    return proofs.map(entryOf);
  } catch {
    return null;
  }
}

function entryOf({ digest, name, size, at, ots }) {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new TypeError('not a digest');
  const entry = { digest };
  if (name !== undefined) {
    if (typeof name !== 'string' || name.length > longestName) throw new TypeError('not a name');
    entry.name = name;
  }
  if (Number.isSafeInteger(size) && size >= 0) entry.size = size;
  if (!Number.isNaN(Date.parse(at))) entry.at = Date.parse(at);
  if (ots !== undefined) {
    entry.ots = Uint8Array.from(atob(ots), (c) => c.charCodeAt(0));
    if (entry.ots.length > longestProof) throw new TypeError('not a proof');
  }
  return entry;
}
