// What was taken while there was no network: kept in this browser until the server has
// answered, also while the page is closed. An entry is { request, at, code, name, units,
// title, shop, signed }: it holds the voucher's code, since without it nothing can be
// signed later, and is forgotten as soon as it is answered. shop is the shop's public
// name, '' where the page was opened without a network.
const [database, store] = ['cairn-till', 'kept'];

export class Queue {
  #db;
  #till;

  // open opens the queue of one till.
  static async open(till) {
    const queue = new Queue();
    queue.#till = till;
    queue.#db = await new Promise((resolve, reject) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: 'request' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return queue;
  }

  // put keeps an entry, or what is new about it.
  put(entry) {
    return this.#do('readwrite', (kept) => kept.put({ till: this.#till, ...entry }));
  }

  remove(request) {
    return this.#do('readwrite', (kept) => kept.delete(request));
  }

  // all are the entries of this till, the oldest first; and those that another link to
  // the same shop has left here, as when that was taken back.
  async all(shop = '') {
    const entries = await this.#do('readonly', (kept) => kept.getAll());
    return entries.filter((one) => one.till === this.#till || (shop !== '' && one.shop === shop)).sort((a, b) => a.at - b.at);
  }

  #do(mode, act) {
    return new Promise((resolve, reject) => {
      const transaction = this.#db.transaction(store, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }
}
