// What happened to the money of an open wallet, as a list.
import { tell, working } from './dialog.js';
import { fill, sentence } from './said.js';
import { number, sat } from './numbers.js';
import { rates } from './server.js';

const shown = 200; // rows at most, the newest

export class EntryList {
  #place;
  #page;
  #list;
  #row;
  #changed;

  // changed is called after somebody has changed something here.
  constructor(place, page, changed) {
    this.#changed = changed;
    this.#place = place;
    this.#page = page;
    this.#list = page.querySelector('[data-history]');
    this.#row = page.querySelector('template[data-row=entry]');
  }

  show(wallet, connection) {
    // What somebody has opened, or types in, stays as it is.
    const open = new Set([...this.#list.querySelectorAll('li:has(details[open])')].map(({ dataset }) => dataset.txid));
    const typing = this.#list.contains(document.activeElement) ? document.activeElement.closest('li:has(details[open])') : null;
    const entries = wallet.history().slice(0, shown);
    const items = entries.map((entry) => (typing?.dataset.txid === entry.txid ? typing : this.#item(entry, wallet, connection)));
    for (const item of items) if (open.has(item.dataset.txid)) item.querySelector('details').open = true;
    if (typing && items.includes(typing)) around(this.#list, items, typing);
    else this.#list.replaceChildren(...items);
    this.#page.querySelector('[data-history-part]').hidden = entries.length === 0;
  }

  #item(entry, wallet, connection) {
    const item = this.#row.content.cloneNode(true).firstElementChild;
    const put = (name, text) => { item.querySelector(`[data-${name}]`).textContent = text; };
    const { dataset } = this.#page;
    item.dataset.txid = entry.txid;
    put('value', `${entry.value > 0 ? '+' : ''}${sat(entry.value)}`);
    const moved = entry.fee !== null && entry.value === -entry.fee;
    const what = moved ? dataset.moved : dataset[entry.value > 0 ? 'got' : 'gave'];
    put('what', entry.label || what);
    put('state', `${entry.label ? `${what} · ` : ''}${entry.height > 0
      ? `${fill(dataset.block, { height: number(entry.height) })} · ${fill(dataset.depth, { count: wallet.height - entry.height + 1 })}`
      : dataset.waits}`);
    put('cost', entry.fee === null ? '' : fill(dataset.fee, { fee: sat(entry.fee) }));
    put('txid', entry.txid);
    const naming = item.querySelector('form[data-name-it]');
    naming.elements.label.value = entry.label;
    naming.addEventListener('submit', async (event) => {
      event.preventDefault();
      await wallet.name(entry.txid, naming.elements.label.value.trim());
      document.activeElement.blur();
      this.#changed();
    });
    this.#offerFaster(item, entry, wallet, connection);
    return item;
  }

  // A payment of this wallet's that waits can be made faster: what that costs is
  // known once its details are opened.
  #offerFaster(item, entry, wallet, connection) {
    if (entry.height > 0 || !wallet.sent().some(({ txid, by }) => txid === entry.txid && !by)) return;
    const form = item.querySelector('form[data-faster]');
    let made = null;
    item.querySelector('details').addEventListener('toggle', async ({ target }) => {
      if (!target.open || made) return;
      try {
        const fast = (await rates()).find(({ name }) => name === 'fast');
        made = wallet.planFaster(entry.txid, fast.rate);
        form.querySelector('[data-cost-faster]').textContent = sat(made.fee);
        form.hidden = false;
      } catch { /* too little money for it, or no rates now: nothing to offer */ }
    });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const done = working(form);
      try {
        await connection.pay(made, { label: entry.label });
        item.querySelector('details').open = false;
        this.#changed();
      } catch (error) {
        tell(form, sentence(this.#place, error));
      } finally {
        done();
      }
    });
  }
}

// around puts items into a list without moving the one that has the focus.
function around(list, items, fixed) {
  const at = items.indexOf(fixed);
  for (const old of [...list.children]) if (old !== fixed) old.remove();
  fixed.before(...items.slice(0, at));
  fixed.after(...items.slice(at + 1));
}
