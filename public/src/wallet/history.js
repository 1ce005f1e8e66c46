// What happened to a wallet's money: one entry for each transaction that brought
// some or took some away.
import { amountOf } from './sizes.js';

// historyOf makes entries { txid, height, value, fee, label } out of the coins the
// server tells of, spent ones too, and of what the wallet sent that the server has
// not seen yet. value is what the wallet has more by it, in sat, negative for less;
// fee is known of its own transactions only, else null; height is 0 while no block
// has it. Newest first: those without a block, then from the last block down.
export function historyOf(fed, book) {
  const entries = new Map();
  const add = (txid, height, value) => {
    const entry = entries.get(txid) ?? { txid, height: 0, value: 0 };
    entries.set(txid, { txid, height: Math.max(entry.height, height > 0 ? height : 0), value: entry.value + value });
  };
  const told = new Set();
  for (const coin of fed.coins) {
    const outpoint = `${coin.txid}:${coin.vout}`;
    if (!Object.hasOwn(book.uses, coin.script) || told.has(outpoint)) continue;
    told.add(outpoint);
    add(coin.txid, coin.height, amountOf(coin.value));
    if (coin.spent) add(coin.spent.txid, coin.spent.height, -coin.value);
  }
  for (const [txid, sent] of Object.entries(book.sent)) {
    if (!sent.by && !entries.has(txid)) {
      const kept = [...sent.pay, ...(sent.change ? [sent.change] : [])].filter(({ script }) => Object.hasOwn(book.uses, script));
      add(txid, 0, total(kept) - total(sent.inputs));
    }
  }
  return [...entries.values()]
    .map((entry) => ({ ...entry, fee: book.sent[entry.txid]?.fee ?? null, label: book.names[entry.txid] ?? book.sent[entry.txid]?.label ?? '' }))
    .sort((a, b) => (b.height || Infinity) - (a.height || Infinity) || (a.txid < b.txid ? -1 : 1));
}

function total(things) {
  return things.reduce((sum, { value }) => sum + value, 0);
}
