// Which of a proof's messages is a Bitcoin transaction: told by its form, as
// notary/ots does.
import { shown } from './bytes.js';
import { sha256 } from './hashes.js';

// transactionID is the id of the transaction nearest to the end of a way, or
// null if none is to be seen.
export function transactionID(steps) {
  const found = steps.findLast(({ result }) => isTransaction(result));
  return found ? shown(sha256(sha256(found.result))) : null;
}

// isTransaction walks over a transaction without witnesses: version, inputs
// (outpoint, script, sequence), outputs (value, script), lock time.
function isTransaction(bytes) {
  let at = 4;
  for (const [before, after] of [[36, 4], [8, 0]]) {
    const count = compactSize();
    if (!(count > 0)) return false;
    for (let i = 0; i < count; i += 1) {
      at += before;
      const script = compactSize();
      if (!(script <= bytes.length - at)) return false;
      at += script + after;
      if (at > bytes.length) return false;
    }
  }
  return at + 4 === bytes.length;

  // compactSize is NaN where the bytes end; counts beyond 32 bits end them too.
  function compactSize() {
    const first = bytes[at];
    const size = { 0xfd: 2, 0xfe: 4, 0xff: 8 }[first] ?? 0;
    if (!(at + size < bytes.length)) return Number.NaN;
    at += 1 + size;
    if (size === 0) return first;
    return bytes.slice(at - size, at).reduceRight((n, byte) => n * 256 + byte, 0);
  }
}
