// What a counter took last, with a button that undoes it as long as that can be.
import { inWords } from '../voucher/units.js';
import { taken } from './redeem.js';

const most = 8;

export class Taken {
  #place; // { box, list }
  #say;
  #path;
  #undo; // undo(booking)
  #rows = []; // { state, what, at, booking, until }
  #timer = 0;

  constructor(place, say, { path, undo }) {
    [this.#place, this.#say, this.#path, this.#undo] = [place, say, path, undo];
  }

  // load asks the server; a counter that was closed shows what it took before.
  async load() {
    const list = await taken(this.#path);
    const known = new Set(list.map(({ booking }) => booking));
    const booked = list.map(({ booking, series, units, undone, at, undo }) => ({
      booking, at: new Date(at), state: undone ? 'row-undone' : 'row-good',
      what: `${series.name} · ${inWords(units, series, this.#say)}`, until: performance.now() + undo * 1000,
    }));
    this.#rows = [...this.#rows.filter(({ booking }) => !known.has(booking)), ...booked].sort((a, b) => b.at - a.at).slice(0, most);
    this.#show();
  }

  // good adds what was booked, add anything else.
  good({ units, booking, undo }, series, { title, alone }) {
    const what = alone ? title : `${title} · ${inWords(units, series, this.#say)}`;
    this.add('row-good', what, { booking, until: performance.now() + undo * 1000 });
  }

  add(state, what, { booking = 0, until = 0 } = {}) {
    this.#rows = [{ state, what, booking, until, at: new Date() }, ...this.#rows].slice(0, most);
    this.#show();
  }

  // undone notes that a booking was.
  undone(booking) {
    for (const row of this.#rows) if (row.booking === booking) [row.state, row.until] = ['row-undone', 0];
    this.#show();
  }

  #show() {
    clearTimeout(this.#timer);
    const { box, list } = this.#place;
    box.hidden = this.#rows.length === 0;
    const now = performance.now();
    list.replaceChildren(...this.#rows.map((row) => this.#row(row, now)));
    const next = Math.min(...this.#rows.map(({ until }) => until).filter((until) => until > now));
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.#show(), next - now + 50);
  }

  #row({ state, what, at, booking, until }, now) {
    const [row, text, time] = [document.createElement('li'), document.createElement('div'), document.createElement('small')];
    text.textContent = [this.#say(state), what].filter(Boolean).join(' · ');
    time.textContent = at.toLocaleTimeString();
    text.append(time);
    row.append(text);
    row.dataset.state = state;
    if (booking && until > now) {
      const button = document.createElement('button');
      [button.type, button.className, button.textContent] = ['button', 'btn quiet small', this.#say('undo-row')];
      button.setAttribute('aria-label', this.#say('undo-name', { Name: what }));
      button.dataset.undoRow = booking;
      button.addEventListener('click', () => this.#undo(booking));
      row.append(button);
    }
    return row;
  }
}
