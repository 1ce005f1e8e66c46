// Taking units of a voucher: the server plans the transaction, the voucher's key signs
// it here, the server books it.
import { ask, Refused } from '../voucher/server.js';

const conflict = 409; // it has changed since it was signed
const random = (n) => crypto.getRandomValues(new Uint8Array(n));

export const newRequest = () => Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('');

// How long the counter waits, in milliseconds: for a look, and for what is booked.
const [glance, work] = [3_000, 6_000];

// look asks how a voucher is, by its public name.
export const look = (till, name) => ask(`${till}/look`, { name }, { patience: glance });

// taken is what this counter took last: { booking, series, units, undone, at, undo },
// the newest first.
export const taken = async (till) => (await ask(`${till}/recent`, {}, { patience: work })).taken;

// redeem takes units: entry is as in queue.js, keys the module of the voucher's keys.
// keep(entry) is called with the signed entry before it is handed in, so that it is
// repeated as it was. What it answers: { units, left, booking, undo }. Where another
// till was quicker and something is left, it is planned once more.
export async function redeem(till, entry, keys, { offline = false, keep = async () => {} } = {}) {
  const body = { name: entry.name, units: entry.units, request: entry.request, offline: offline ? entry.at : 0 };
  const plan = async () => {
    const { plan: unsigned, value } = await ask(`${till}/plan`, body, { patience: work });
    const signed = keys.signedBy(keys.read(entry.code), keys.readPlan(unsigned), value, random);
    await keep({ ...entry, signed });
    return ask(`${till}/redeem`, { ...body, signed }, { patience: work });
  };
  const again = (error) => {
    if (error instanceof Refused && error.status === conflict) return plan();
    throw error;
  };
  if (!entry.signed) return plan().catch(again);
  return ask(`${till}/redeem`, { ...body, signed: entry.signed }, { patience: work }).catch(again);
}

// undo takes a booking back.
export const undo = (till, booking) => ask(`${till}/undo`, { booking }, { patience: work });
