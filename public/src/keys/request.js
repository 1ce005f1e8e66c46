// What somebody pastes into "To": an address, or a payment link (BIP-0321).

const known = new Set(['amount', 'label', 'message', 'lightning', 'pj', 'pjos', 'sp', 'lno', 'bc', 'tb']);

class Unreadable extends Error {
  kind = 'payment';
}

// readPayment reads { address, value, label }: value in sat, null where none is named.
// Kinds: payment, for a link that demands what is not known here, or has no address.
export function readPayment(text) {
  const asked = text.trim();
  const link = /^bitcoin:([^?]*)(?:\?(.*))?$/is.exec(asked);
  if (!link) return { address: asked, value: null, label: '' };
  const [, address, query = ''] = link;
  if (address === '') throw new Unreadable();
  const seen = new Map();
  for (const part of query.split('&').filter(Boolean)) {
    const [name, value] = pair(part);
    if (name.startsWith('req-') && !known.has(name.slice(4))) throw new Unreadable();
    const plain = name.replace(/^req-/, '');
    if (plain === 'amount' && seen.has(plain)) throw new Unreadable(); // which one?
    if (!seen.has(plain)) seen.set(plain, value);
  }
  const amount = seen.get('amount');
  return { address, value: amount === undefined ? null : satoshi(amount), label: seen.get('label') ?? seen.get('message') ?? '' };
}

function pair(part) {
  const [name, ...rest] = part.split('=');
  try {
    return [decodeURIComponent(name).toLowerCase(), decodeURIComponent(rest.join('='))];
  } catch {
    throw new Unreadable();
  }
}

// satoshi reads bitcoin with up to eight decimals, exactly.
function satoshi(text) {
  const parts = /^(\d{1,8})(?:\.(\d{0,8}))?$|^\.(\d{1,8})$/.exec(text);
  if (!parts) throw new Unreadable();
  return Number(parts[1] ?? 0) * 1e8 + Number((parts[2] ?? parts[3] ?? '').padEnd(8, '0'));
}

// link makes a payment link of an address.
export const link = (address) => `bitcoin:${address}`;
