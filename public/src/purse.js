// Lists beyond what is free are paid for in the checkout, in a page of its own,
// while this one waits with its files and goes on by itself. What was paid for
// and is not used up stays with the browser.
import { lang, number, span } from './words.js';

const kept = 'cairn-stamps'; // the number of the paid quote
const often = 1500; // ms between two looks at the payment
const paid = ['settled', 'overpaid', 'late', 'used'];

export class Purse {
  #words;
  #count;
  #parts;
  #beyond = false; // nothing more is free for now
  #decline;

  // count() is how many digests are still to be paid for; parts are the
  // elements panel, say, link, not and wait.
  constructor({ words, count, parts }) {
    [this.#words, this.#count, this.#parts] = [words, count, parts];
    parts.not.addEventListener('click', () => this.#decline?.(new Error(words('declined'))));
  }

  // headers open a list with what was paid for, once nothing is free.
  get headers() {
    const quote = this.#beyond && recall();
    return quote ? { Authorization: `Bearer ${quote}` } : {};
  }

  // refused is told that a list was answered with "pay" or "not by this", and
  // resolves when it may be sent again. It rejects with a sentence when the
  // visitor would rather not.
  async refused(answer) {
    const used = this.headers.Authorization !== undefined;
    const asked = await answer.json().catch(() => ({}));
    if (used) forget();
    const first = !this.#beyond;
    this.#beyond = true;
    if (first && recall()) return; // paid for on an earlier day
    try {
      await this.#buy(asked.payment?.free_again_in);
    } finally {
      this.#parts.panel.hidden = true;
    }
  }

  async #buy(freeAgain) {
    for (let again = false; ; again = true) {
      const price = await ask(this.#count());
      this.#show(price, freeAgain, again);
      if (await this.#settled(price.quote)) {
        remember(price.quote);
        return;
      }
      await visible();
    }
  }

  #show({ digests, sat, checkout }, freeAgain, again) {
    const { panel, say, link, wait } = this.#parts;
    const words = this.#words;
    const price = `${number(sat)} sat`;
    const said = [words('price', { Count: number(digests), Price: price })];
    if (again) said.unshift(words('renewed'));
    if (freeAgain) said.push(words('again', { Time: span(freeAgain) }));
    say.textContent = said.join(lang.startsWith('zh') ? '' : ' ');
    [link.textContent, link.href] = [words('pay', { Price: price }), checkout];
    wait.textContent = words('paying');
    if (panel.hidden) {
      panel.hidden = false;
      link.focus();
    }
  }

  // settled is true when a quote is paid, and false when it cannot be any more.
  async #settled(quote) {
    const declined = new Promise((_, reject) => { this.#decline = reject; });
    for (;;) {
      const state = await look(quote);
      if (paid.includes(state)) return true;
      if (state === 'expired' || state === 'returned' || state === 'unknown') return false;
      if (state === 'processing') this.#parts.wait.textContent = this.#words('arriving');
      await Promise.race([declined, rest(often)]);
    }
  }
}

// ask makes a price for so many digests.
async function ask(digests) {
  const answer = await fetch('/stamps/price', {
    method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ digests }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

// look is the state of a quote; '' while it cannot be asked for.
async function look(quote) {
  try {
    const answer = await fetch(`/pay/${quote}`, { headers: { Accept: 'application/json' } });
    if (answer.status === 404) return 'unknown';
    return answer.ok ? (await answer.json()).state : '';
  } catch {
    return '';
  }
}

// A browser that keeps nothing has it for as long as the page is open.
let here = null;

function recall() {
  try {
    return localStorage.getItem(kept) ?? here;
  } catch {
    return here;
  }
}

function remember(quote) {
  try {
    localStorage.setItem(kept, quote);
  } catch {
    here = quote;
  }
}

function forget() {
  here = null;
  try {
    localStorage.removeItem(kept);
  } catch { /* nothing was kept */ }
}

function rest(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

// visible resolves when somebody looks at the page: a price costs the node
// something, and nobody needs a new one in a page behind others.
function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => { document.addEventListener('visibilitychange', resolve, { once: true }); });
}
