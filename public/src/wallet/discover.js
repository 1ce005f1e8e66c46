// Finding a wallet's keys again that has nothing but its words: branch after
// branch, until twenty in a row were never used (BIP-0044).
import { accounts } from './keys.js';

const gap = 20;

// discover asks used(scripts), which resolves with those of the scripts that ever
// had a coin, and resolves with
//   { next, uses }
// as the book has them.
export async function discover(keys, used, at) {
  const [next, uses] = [{}, {}];
  for (const kind of ['p2tr', 'p2wpkh']) {
    for (const account of Object.values(accounts)) {
      for (const change of [0, 1]) {
        const branch = await explore(keys, used, { kind, account, change });
        if (branch.next > 0) next[`${kind}/${account}/${change}`] = branch.next;
        for (const [script, path] of branch.found) uses[script] = { path, purpose: 'found', label: '', at };
      }
    }
  }
  return { next, uses };
}

async function explore(keys, used, branch) {
  const found = [];
  for (let next = 0, from = 0; ; from += gap) {
    const paths = Array.from({ length: gap }, (_, i) => ({ ...branch, index: from + i }));
    const scripts = paths.map((path) => keys.script(path));
    const hits = new Set(await used(scripts));
    // Unused ones between used ones may have been given out: they stay watched.
    found.push(...scripts.map((script, i) => [script, paths[i]]));
    paths.forEach((path, i) => { if (hits.has(scripts[i])) next = path.index + 1; });
    if (next <= from) return { next, found: found.slice(0, next) };
  }
}
