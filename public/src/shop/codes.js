// The codes of vouchers that were just made, kept in this browser until somebody says
// that they are saved: { series, desk, at, draft, sent, origin, shop, until, face, count,
// box }. They are written down before anything is paid to them, since nobody could ever
// redeem a voucher whose code is lost; and sealed with the wallet's key (wallet.sealed),
// since whoever has a code has the voucher. box holds [{ code, label, note, units, until }].
const [database, store] = ['cairn-vouchers', 'codes'];

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: 'series' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function act(mode, what) {
  const db = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(store, mode, { durability: 'strict' });
      const request = what(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

export const keepCodes = (batch) => act('readwrite', (codes) => codes.put(batch));
export const dropCodes = (series) => act('readwrite', (codes) => codes.delete(series));

// codesOf are the batches of a desk, the newest first.
export async function codesOf(desk) {
  const all = await act('readonly', (codes) => codes.getAll());
  return all.filter((batch) => batch.desk === desk).sort((a, b) => b.at - a.at);
}
