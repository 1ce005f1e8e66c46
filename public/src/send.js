// Posting digests, and not giving up at the first trouble: a lost connection
// is waited for as long as the page is open, a server that is busy for some
// minutes. A post that may or may not have arrived is repeated under the same
// key, which makes one of the two. A list that has to be paid for waits until it
// is.
import { drop, ticketsFor } from './ticketpurse.js';

const longest = 30_000; // ms between two tries
const patience = 10; // tries with a server that is busy
const noGood = ['not-a-ticket', 'ticket-too-old', 'ticket-used']; // kinds of errors

// post resolves when the server has stored all digests; it rejects with the
// server's own sentence. heard(trouble) is told 'offline', 'busy' or ''; purse
// is asked when the server wants to be paid.
export async function post(digests, heard, purse) {
  const key = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('-');
  let shown = []; // prepaid tickets; null when they are not taken
  for (let tries = 0; ; tries += 1) {
    let answer;
    try {
      answer = await send(digests, key, shown?.length > 0 ? { Authorization: `Ticket ${shown.join()}` } : purse.headers);
    } catch {
      heard('offline');
      await rest(Math.min(1000 * 2 ** tries, longest));
      continue;
    }
    if (answer.ok) {
      heard('');
      drop(shown ?? []);
      return;
    }
    if (answer.status === 402 || answer.status === 401) {
      heard('');
      if (shown?.length > 0) {
        const { kind } = await answer.json();
        if (!noGood.includes(kind)) shown = null; // not by tickets, then
        else drop(shown);
      }
      shown = shown && ticketsFor(digests.length);
      if (!shown?.length) await purse.refused(answer);
      tries = -1;
      continue;
    }
    if (![429, 502, 503, 504].includes(answer.status) || tries === patience) {
      heard('');
      throw new Error(await sentence(answer));
    }
    heard('busy');
    await rest(1000 * Number(answer.headers.get('Retry-After')) || Math.min(1000 * 2 ** tries, longest));
  }
}

// One digest goes by the form that everybody else's browser posts; many go as
// lines into one tree.
function send(digests, key, paid) {
  const signal = AbortSignal.timeout(60_000);
  if (digests.length === 1) {
    return fetch('/stamp', {
      method: 'POST', signal, headers: { Accept: 'application/json' }, body: new URLSearchParams({ digest: digests[0] }),
    });
  }
  return fetch('/api/v1/stamps', {
    method: 'POST',
    signal,
    headers: {
      Accept: 'application/json', 'Accept-Language': document.documentElement.lang, 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': key,
      ...paid,
    },
    body: digests.map((digest) => `{"digest":"${digest}"}\n`).join(''),
  });
}

async function sentence(answer) {
  try {
    const { title, error } = await answer.json(); // of the API, or of a page
    return title ?? error;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

// rest waits, or less if the connection comes back meanwhile.
function rest(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    }
    addEventListener('online', done);
  });
}
