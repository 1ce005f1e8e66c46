// The book of a wallet on one network: which keys were given out and what for,
// which coins are held, what was sent, and people's labels. It is kept sealed.
import { fail } from './errors.js';
import { BookSeal } from './seal.js';

// A new book:
//   next    the first unused index of each branch, by "kind/account/change"
//   uses    { path, purpose, label, at } by script
//   holds   { why, label, contracts } by outpoint
//   sent    what this wallet signed, by txid
//   names   labels of transactions, by txid
//   discovered  after which act of restoring the keys were looked for
function blank() {
  return { version: 1, discovered: null, next: {}, uses: {}, holds: {}, sent: {}, names: {} };
}

const often = 20; // attempts to be quicker than another page

export class Book {
  #store;
  #seal;
  #key;
  now; // as last read; change it by change only

  static async open(store, seed, network, fingerprint, means) {
    const book = new Book();
    book.#store = store;
    book.#seal = await BookSeal.of(seed, network, means);
    book.#key = bookKey(network, fingerprint);
    await book.read();
    return book;
  }

  async read() {
    const kept = await this.#store.get(this.#key);
    this.now = kept ? await this.#seal.open(kept.value) : blank();
    return kept?.revision ?? 0;
  }

  // change lets act write into the book and resolves with what act returned, once
  // that is kept. act may run again, on what another page wrote meanwhile. Kinds:
  // storage, storage-busy.
  async change(act) {
    for (let i = 0; i < often; i += 1) {
      const revision = await this.read();
      const draft = structuredClone(this.now);
      const answer = act(draft);
      if (await this.#store.put(this.#key, await this.#seal.close(draft), revision)) {
        this.now = draft;
        return answer;
      }
    }
    return fail('storage-busy');
  }
}

// bookKey is where the book of a wallet is kept, by the fingerprint of its master
// key.
export function bookKey(network, fingerprint) {
  return `book/${network}/${fingerprint}`;
}

// takeKey gives out the next key of a branch, which nobody gets again. more are the
// terms of a firm coin.
export function takeKey(draft, keys, { kind, account, change, ...more }, { purpose, label, at }) {
  const branch = `${kind}/${account}/${change}`;
  const index = draft.next[branch] ?? 0;
  draft.next[branch] = index + 1;
  const path = { kind, account, change, index, ...more };
  const script = keys.script(path);
  draft.uses[script] = { path, purpose, label, at };
  return { script, path, address: keys.address(path) };
}
