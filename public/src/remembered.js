// The browser's own list of proofs. Only this browser knows the names: the
// server has digests. An entry is {digest, name, size, at, ots}: 64 hex
// digits, the file's name, its bytes (absent if not known), when it was
// remembered in ms, and the .ots file as a Uint8Array if it was imported from
// elsewhere. The entries lie in IndexedDB, which holds hundreds of thousands.
//
// Every function rejects where the browser forbids storage.
const names = 'cairn.names'; // where an earlier version kept them
const atOnce = 500; // entries written in one transaction

let opened;
function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('cairn', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('proofs', { keyPath: 'digest' });
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      // Another page that opens a newer version must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  }).then(moveNames);
  opened.catch(() => { opened = undefined; });
  return opened;
}

// moveNames takes over what an earlier version kept, once.
async function moveNames(db) {
  const old = globalThis.localStorage?.getItem(names);
  if (!old) return db;
  let entries = [];
  try {
    entries = Object.entries(JSON.parse(old)).filter(([, name]) => typeof name === 'string');
  } catch { /* what cannot be read is let go */ }
  await within(db, 'readwrite', (store) => {
    for (const [digest, name] of entries) store.put({ digest, name, at: Date.now() });
  });
  localStorage.removeItem(names);
  return db;
}

// within runs work in one transaction and gives the result of the request
// that work returned, once all of it is on disk.
function within(db, mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction('proofs', mode);
    const request = work(transaction.objectStore('proofs'));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

// remember adds entries, or changes those of the same digest: what an entry
// leaves out stays, and a proof keeps the moment it was first remembered.
export async function remember(entries) {
  const now = Date.now();
  const db = await open();
  // Some at a time, so that the page stays awake between them.
  for (let at = 0; at < entries.length; at += atOnce) {
    await within(db, 'readwrite', (store) => {
      for (const entry of entries.slice(at, at + atOnce)) {
        store.get(entry.digest).onsuccess = ({ target }) => {
          const before = target.result;
          store.put({ ...before, ...entry, at: Math.min(before?.at ?? Infinity, entry.at ?? now) });
        };
      }
    });
  }
}

// list gives all entries, the newest first.
export async function list() {
  const entries = await within(await open(), 'readonly', (store) => store.getAll());
  return entries.sort((a, b) => b.at - a.at);
}

// find gives the entry of a digest, or undefined.
export async function find(digest) {
  return within(await open(), 'readonly', (store) => store.get(digest));
}

// forget removes entries; the proofs themselves stay where they are.
export async function forget(digests) {
  await within(await open(), 'readwrite', (store) => {
    for (const digest of digests) store.delete(digest);
  });
}
