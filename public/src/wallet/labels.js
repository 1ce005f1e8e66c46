// Labels for other wallets and from them (BIP-0329): one JSON object per line. Coins
// that must not be spent come with "spendable": false, which freezes them there.
import { fail } from './errors.js';

const longest = 255; // characters, which importers keep
const [largest, most] = [5_000_000, 50_000]; // characters and lines of a file

// The forms of descriptors (BIP-0380).
const forms = { p2tr: (key) => `tr(${key})`, p2wpkh: (key) => `wpkh(${key})`, p2sh: (key) => `sh(wpkh(${key}))`, p2pkh: (key) => `pkh(${key})` };

const frozen = new Set(['pledged', 'coloured', 'stream', 'reserved']);

// labelsOf is the export of a book.
export function labelsOf(book, keys) {
  const lines = [];
  for (const { path, purpose, label } of Object.values(book.uses)) {
    const known = forms[path.kind]; // other wallets cannot make firm ones
    const where = known && { origin: known(`[${keys.origin(path.kind, path.account)}]`), keypath: `/${path.change}/${path.index}` };
    lines.push({ type: 'addr', ref: keys.address(path), label: short(label || purpose), ...where });
  }
  for (const [ref, { why, label }] of Object.entries(book.holds)) {
    if (frozen.has(why)) lines.push({ type: 'output', ref, label: short(label || why), spendable: false });
  }
  const names = { ...Object.fromEntries(Object.entries(book.sent).map(([txid, { label }]) => [txid, label])), ...book.names };
  for (const [ref, label] of Object.entries(names)) {
    if (label) lines.push({ type: 'tx', ref, label: short(label) });
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

// short makes one line of a label, of a length that importers keep.
function short(label) {
  return Array.from(label.replace(/\s+/gu, ' ').trim()).slice(0, longest).join('');
}

// readLabels reads a file of labels: [{ type, ref, label, spendable }]. Kinds that
// nobody here knows, and lines without a label, are left out, as the standard
// wants. Kinds: labels.
export function readLabels(text) {
  if (text.length > largest) fail('labels');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > most) fail('labels');
  return lines.flatMap((line) => {
    let read;
    try {
      read = JSON.parse(line);
    } catch (error) {
      fail('labels', {}, error);
    }
    if (typeof read?.type !== 'string' || typeof read.ref !== 'string') fail('labels');
    const { type, ref, label, spendable } = read;
    return [{ type, ref, label: typeof label === 'string' ? short(label) : '', spendable: spendable !== false }];
  });
}

// takeLabels writes them into a book, as far as they are about this wallet, and
// returns how many. Coins that are not to be spent are set aside; nothing that is
// held already is freed.
export function takeLabels(draft, read, { keys, txids, outpoints }) {
  const uses = new Map(Object.values(draft.uses).map((use) => [keys.address(use.path), use]));
  let taken = 0;
  for (const { type, ref, label, spendable } of read) {
    if (type === 'addr' && label && uses.has(ref)) uses.get(ref).label = label;
    else if (type === 'tx' && label && txids.has(ref)) draft.names[ref] = label;
    else if (type === 'output' && !spendable && outpoints.has(ref) && !draft.holds[ref]) draft.holds[ref] = { why: 'reserved', label };
    else continue;
    taken += 1;
  }
  return taken;
}
