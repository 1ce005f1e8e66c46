// Finding a wallet's keys again that has nothing but its words: each branch until
// twenty in a row were never used (BIP-0044).
import { accounts } from './keys.js';

const gap = 20;
const older = { money: accounts.money }; // all that other wallets have of older kinds

// discover asks used(scripts), which resolves with those of the scripts that ever
// had a coin, and resolves with
//   { next, uses }
// as the book has them. It asks for all branches at once, so that used can join
// its questions.
export async function discover(keys, used, at) {
  const branches = [['p2tr', accounts], ['p2wpkh', accounts], ['p2sh', older], ['p2pkh', older]]
    .flatMap(([kind, of]) => Object.values(of).flatMap((account) => [0, 1].map((change) => ({ kind, account, change }))));
  const explored = await Promise.all(branches.map((branch) => explore(keys, used, branch)));
  const [next, uses] = [{}, {}];
  branches.forEach(({ kind, account, change }, i) => {
    const branch = explored[i];
    if (branch.next > 0) next[`${kind}/${account}/${change}`] = branch.next;
    for (const [script, path] of branch.found) uses[script] = { path, purpose: 'found', label: '', at };
  });
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
