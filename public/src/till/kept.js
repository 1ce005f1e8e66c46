// What was taken without a network: shown as what it is, not yet booked, and booked
// as soon as the server answers, the oldest first.
import { Later, Refused } from '../voucher/server.js';
import { Queue } from './queue.js';
import { redeem } from './redeem.js';

const again = 5_000; // ms between tries
const forbidden = 403; // the counter's link was taken back

export class Kept {
  #place; // { box, text, list }
  #say;
  #path;
  #shop;
  #keys; // a promise of the module of vouchers' keys
  #told; // told(outcome, entry, what)
  #queue = null;
  #taking = new Set(); // requests that are being taken just now
  #running = null;
  #timer = 0;
  #revoked = false;

  constructor(place, say, { path, shop, keys, told }) {
    [this.#place, this.#say, this.#path, this.#shop, this.#keys, this.#told] = [place, say, path, shop, keys, told];
  }

  // open shows what is kept, and begins to book it.
  async open() {
    await this.#open();
    await this.#show();
    return this.replay();
  }

  async #open() {
    this.#queue ??= await Queue.open(this.#path);
    return this.#queue;
  }

  // begin says that an entry is being taken, end that it is over: done, or kept.
  begin({ request }) {
    this.#taking.add(request);
  }

  async end(entry, { keep }) {
    const queue = await this.#open();
    if (!keep) await queue.remove(entry.request);
    else if (!(await queue.all()).some(({ request }) => request === entry.request)) await queue.put({ ...entry, shop: this.#shop });
    this.#taking.delete(entry.request);
    await this.#show();
    if (keep) this.#later();
  }

  // put keeps the signed entry before it is handed in.
  put = async (entry) => (await this.#open()).put({ ...entry, shop: entry.shop || this.#shop });

  // has reports whether something of a voucher is kept.
  async has(name) {
    return (await (await this.#open()).all(this.#shop)).some((one) => one.name === name);
  }

  replay() {
    this.#running ??= this.#all().catch((error) => console.warn(error)).finally(() => { this.#running = null; });
    return this.#running;
  }

  async #all() {
    const [queue, keys] = [await this.#open(), await this.#keys()];
    for (const entry of await queue.all(this.#shop)) {
      if (this.#taking.has(entry.request)) continue;
      if (!(await this.#book(queue, keys, entry))) break;
    }
    await this.#show();
  }

  // book reports whether the next may be tried.
  async #book(queue, keys, entry) {
    try {
      const told = await redeem(this.#path, entry, keys, { offline: true, keep: this.put });
      await queue.remove(entry.request);
      this.#revoked = false;
      this.#told('good', entry, told);
    } catch (error) {
      if (error instanceof Refused && error.status === forbidden) {
        // What is kept was given for goods: it waits for another link to the shop.
        this.#revoked = true;
        return false;
      }
      if (!(error instanceof Refused)) {
        this.#later();
        // One that is on its way keeps no other waiting.
        return error instanceof Later;
      }
      await queue.remove(entry.request);
      this.#told('bad', entry, error.message);
    }
    return true;
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.replay(), again);
  }

  async #show() {
    const entries = (await (await this.#open()).all(this.#shop)).filter(({ request }) => !this.#taking.has(request));
    const { box, text, list } = this.#place;
    box.hidden = entries.length === 0;
    const count = entries.length === 1 ? this.#say('queue-one') : this.#say('queue', { Count: entries.length });
    text.textContent = this.#revoked ? `${count} ${this.#say('queue-revoked')}` : count;
    list.replaceChildren(...entries.map(({ title, at }) => {
      const [row, when] = [document.createElement('li'), document.createElement('small')];
      when.textContent = new Date(at).toLocaleTimeString();
      row.append(title, ' ', when);
      return row;
    }));
  }
}
