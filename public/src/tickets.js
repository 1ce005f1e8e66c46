// The page of prepaid tickets: fetches those that were paid for, by blind
// signatures, and keeps them in this browser. Nothing the server sees while it
// signs is in a ticket.
import { blind, bytesOf, readKey, textOf, unblind } from './blind.js';
import { keep, tickets } from './ticketpurse.js';
import { wordsOf } from './words.js';

const page = document.querySelector('[data-tickets]');
const words = wordsOf(page);
const pendingName = 'cairn-tickets-pending';

// What was blinded and not yet unblinded: an answer that was lost can be asked
// for again with the same.
const pending = () => JSON.parse(localStorage.getItem(pendingName) ?? '{}');
function setPending(all) {
  localStorage.setItem(pendingName, JSON.stringify(all));
}

function show() {
  const kept = tickets();
  page.querySelector('[data-have]').textContent = kept.length > 0 ? words('have', { Count: kept.length }) : words('none');
  page.querySelector('[data-save]').hidden = kept.length === 0;
}

function say(text) {
  page.querySelector('[data-said]').textContent = text;
}

// begin makes numbers for a quote and blinds them, once.
async function begin(quote, count) {
  const all = pending();
  if (all[quote]) return all[quote];
  const key = await readKey(bytesOf(page.dataset.key));
  const made = { key: page.dataset.keyId, spki: page.dataset.key, until: Number(page.dataset.until), numbers: [], opens: [], blinded: [] };
  for (let i = 0; i < count; i += 1) {
    const number = crypto.getRandomValues(new Uint8Array(32));
    const { blinded, open } = await blind(key, number);
    made.numbers.push(textOf(number));
    made.opens.push(open.toString(16));
    made.blinded.push(textOf(blinded));
  }
  setPending({ ...all, [quote]: made });
  return made;
}

// fetchTickets has them signed and unblinds them.
async function fetchTickets(quote, count) {
  const made = await begin(quote, count);
  const answer = await fetch('/tickets/issue', {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify({ quote, key: made.key, blinded: made.blinded }),
  });
  if (!answer.ok) {
    const { error } = await answer.json();
    throw new Error(error?.message ?? error ?? `HTTP ${answer.status}`);
  }
  const { signatures } = await answer.json();
  const key = await readKey(bytesOf(made.spki));
  const fresh = [];
  for (const [i, signed] of signatures.entries()) {
    const number = bytesOf(made.numbers[i]);
    const signature = await unblind(key, number, bytesOf(signed), BigInt(`0x${made.opens[i]}`));
    const id = Uint8Array.from(made.key.match(/../g), (hex) => parseInt(hex, 16));
    fresh.push({ t: textOf([...id, ...number, ...signature]), until: made.until });
  }
  keep(fresh);
  const { [quote]: done, ...rest } = pending();
  setPending(rest);
  return fresh.length;
}

async function fetchAll() {
  const waiting = new Map(Object.entries(pending()).map(([quote, made]) => [quote, made.numbers.length]));
  for (const item of page.querySelectorAll('[data-fetch]')) waiting.set(item.dataset.fetch, Number(item.dataset.count));
  for (const [quote, count] of waiting) {
    try {
      say(words('fetching'));
      say(words('fetched', { Count: await fetchTickets(quote, count) }));
      const item = page.querySelector(`[data-fetch="${CSS.escape(quote)}"]`);
      (item?.parentElement.children.length === 1 ? item.parentElement : item)?.remove();
    } catch (trouble) {
      say(`${words('failed')} ${trouble.message}`);
    }
  }
  show();
}

// A file of tickets is one on each line.
function save() {
  const text = tickets().map((k) => `${k.t} ${new Date(k.until).toISOString()}\n`).join('');
  const link = Object.assign(document.createElement('a'), {
    href: URL.createObjectURL(new Blob([text], { type: 'text/plain' })), download: 'cairn-tickets.txt',
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function load(file) {
  const fresh = [];
  for (const line of (await file.text()).split(/\r?\n/).slice(0, 10_000)) {
    const [t, until] = line.trim().split(/\s+/);
    if (/^[\w-]{395}$/.test(t ?? '') && Date.parse(until) > Date.now()) fresh.push({ t, until: Date.parse(until) });
  }
  say(fresh.length > 0 ? words('loaded', { Count: keep(fresh) }) : words('unreadable'));
  show();
}

if (crypto.subtle) {
  page.querySelector('[data-save]').addEventListener('click', save);
  page.querySelector('[data-load]').addEventListener('change', (event) => {
    if (event.target.files[0]) load(event.target.files[0]);
    event.target.value = '';
  });
  show();
  fetchAll();
} else {
  page.querySelector('[data-have]').textContent = words('insecure');
}
