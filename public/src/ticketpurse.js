// The prepaid tickets that this browser keeps: [{ t: text, until: ms }].
const name = 'cairn-tickets';
const perTicket = 1000; // digests
const atOnce = 10; // tickets in one request

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? '[]');
    return Array.isArray(kept) ? kept.filter((k) => typeof k?.t === 'string' && k.until > Date.now()) : [];
  } catch {
    return [];
  }
}

function write(kept) {
  localStorage.setItem(name, JSON.stringify(kept));
}

export const tickets = () => read();

// keep adds tickets; one that is there already is not doubled.
export function keep(fresh) {
  const kept = read();
  const have = new Set(kept.map((k) => k.t));
  const added = fresh.filter((k) => !have.has(k.t));
  write([...kept, ...added]);
  return added.length;
}

// drop forgets tickets that were used or are no good.
export function drop(texts) {
  if (texts.length > 0) write(read().filter((k) => !texts.includes(k.t)));
}

// ticketsFor are as many as so many digests need, those first that are good for
// the shortest time; none if there are too few.
export function ticketsFor(digests) {
  const needed = Math.ceil(digests / perTicket);
  const kept = read().sort((a, b) => a.until - b.until);
  return needed <= atOnce && kept.length >= needed ? kept.slice(0, needed).map((k) => k.t) : [];
}
