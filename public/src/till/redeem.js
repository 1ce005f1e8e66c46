// Taking units of a voucher: the server plans the transaction, the voucher's key signs
// it here, the server books it.
import { ask } from '../voucher/server.js';

const random = (n) => crypto.getRandomValues(new Uint8Array(n));

export const newRequest = () => Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('');

// look asks how a voucher is, by its public name.
export const look = (till, name) => ask(`${till}/look`, { name });

// redeem takes units: entry is as in queue.js, keys the module of the voucher's keys.
// keep(entry) is called with the signed entry before it is handed in, so that it is
// repeated as it was. What it answers: { units, left, booking, undo }.
export async function redeem(till, entry, keys, { offline = false, keep = async () => {} } = {}) {
  let { signed } = entry;
  if (!signed) {
    const { plan, value } = await ask(`${till}/plan`, { name: entry.name, units: entry.units, request: entry.request, offline: offline ? entry.at : 0 });
    signed = keys.signedBy(keys.read(entry.code), keys.readPlan(plan), value, random);
    await keep({ ...entry, signed });
  }
  return ask(`${till}/redeem`, { name: entry.name, units: entry.units, signed, request: entry.request, offline: offline ? entry.at : 0 });
}

// undo takes a booking back.
export const undo = (till, booking) => ask(`${till}/undo`, { booking });
