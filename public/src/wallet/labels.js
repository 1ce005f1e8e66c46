// Labels for other wallets (BIP-0329): one JSON object per line. Coins that must
// not be spent come with "spendable": false, which freezes them there.

const longest = 255; // characters, which importers keep

const frozen = new Set(['pledged', 'coloured', 'stream', 'reserved']);

// labelsOf is the export of a book.
export function labelsOf(book, keys) {
  const lines = [];
  for (const { path, purpose, label } of Object.values(book.uses)) {
    const origin = `${path.kind === 'p2tr' ? 'tr' : 'wpkh'}([${keys.origin(path.kind, path.account)}])`;
    lines.push({ type: 'addr', ref: keys.address(path), label: short(label || purpose), origin, keypath: `/${path.change}/${path.index}` });
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
