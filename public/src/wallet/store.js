// Where the wallet is kept in this browser. A store has
//   get(key)               → { value, revision }, or null
//   put(key, value, found) → whether it was put: only if the revision is still
//                            the one found, 0 for a key that is not there yet
//   remove(key)
// so that two pages of one wallet never write over each other.
import { fail } from './errors.js';

const table = 'kept';

// browserStore keeps it in IndexedDB. Kinds: storage.
export async function browserStore(indexedDB, name = 'cairn-wallet') {
  const db = await settled(() => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(table);
    return opening;
  });
  db.onversionchange = () => db.close();
  const within = (mode, act) => new Promise((resolve, reject) => {
    const tx = db.transaction(table, mode, { durability: 'strict' });
    let answer;
    act(tx.objectStore(table), (value) => { answer = value; });
    tx.oncomplete = () => resolve(answer);
    tx.onabort = () => reject(tx.error);
    tx.onerror = () => reject(tx.error);
  }).catch((error) => fail('storage', {}, error));
  return {
    get: (key) => within('readonly', (kept, answer) => {
      kept.get(key).onsuccess = ({ target }) => answer(target.result ?? null);
    }),
    put: (key, value, found) => within('readwrite', (kept, answer) => {
      kept.get(key).onsuccess = ({ target }) => {
        const now = target.result?.revision ?? 0;
        answer(now === found);
        if (now === found) kept.put({ value, revision: now + 1 }, key);
      };
    }),
    remove: (key) => within('readwrite', (kept) => { kept.delete(key); }),
  };
}

function settled(ask) {
  return new Promise((resolve, reject) => {
    const request = ask();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }).catch((error) => fail('storage', {}, error));
}

// memoryStore forgets everything with the page: for a browser that keeps
// nothing, and for tests.
export function memoryStore() {
  const kept = new Map();
  return {
    get: async (key) => structuredClone(kept.get(key) ?? null),
    put: async (key, value, found) => {
      const now = kept.get(key)?.revision ?? 0;
      if (now === found) kept.set(key, structuredClone({ value, revision: now + 1 }));
      return now === found;
    },
    remove: async (key) => { kept.delete(key); },
  };
}
