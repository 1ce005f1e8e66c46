// The list of the stamp page's files. However many there are, it shows some
// only: what needs attention first, then the others in their order, and a
// button for more. Rows are changed in place, so that the focus stays.
import { unfinished } from './queue.js';
import { number, percent, size } from './words.js';

const atOnce = 50;
const steps = 200;
const large = 8 << 20; // bytes from which a file has a progress bar of its own

export class Rows {
  #list;
  #more;
  #template;
  #words;
  #act;
  #shown = atOnce;
  #rows = new Map(); // by item

  // act(what, item) is called for 'cancel', 'retry', 'remove' and 'check'.
  constructor({ list, more, template, words, act }) {
    [this.#list, this.#more, this.#template, this.#words, this.#act] = [list, more, template, words, act];
    more.addEventListener('click', () => {
      const first = this.#list.children.length;
      this.#shown += steps;
      this.show(this.items);
      this.#list.children[first]?.querySelector('a:not([hidden]), button:not([hidden])')?.focus();
    });
  }

  show(items) {
    this.items = items;
    const chosen = this.#choose(items);
    for (const [item, row] of this.#rows) {
      if (chosen.has(item)) continue;
      row.element.remove();
      this.#rows.delete(item);
    }
    let at = this.#list.firstElementChild;
    for (const item of chosen) {
      const row = this.#rows.get(item) ?? this.#add(item);
      if (row.element === at) at = at.nextElementSibling;
      else this.#list.insertBefore(row.element, at);
      row.show();
    }
    const hidden = items.length - chosen.size;
    this.#more.hidden = hidden === 0;
    this.#more.textContent = this.#words('more', { Count: number(hidden) });
  }

  // choose keeps a short list in its order; of a long one it puts first what
  // went wrong and the large files that are begun.
  #choose(items) {
    if (items.length <= this.#shown) return new Set(items);
    const chosen = new Set();
    const urgent = (item) => ['failed', 'cancelled', 'proof'].includes(item.state) || (item.size > large && item.read > 0 && unfinished(item));
    for (const item of items) {
      if (chosen.size === this.#shown) break;
      if (urgent(item)) chosen.add(item);
    }
    for (const item of items) {
      if (chosen.size === this.#shown) break;
      chosen.add(item);
    }
    return chosen;
  }

  #add(item) {
    const row = new Row(item, this.#template, this.#words, this.#act);
    this.#rows.set(item, row);
    return row;
  }
}

class Row {
  #item;
  #words;
  #before; // what it showed last

  constructor(item, template, words, act) {
    [this.#item, this.#words] = [item, words];
    this.element = template.content.firstElementChild.cloneNode(true);
    const part = (name) => this.element.querySelector(`[data-row-${name}]`);
    [this.say, this.bar, this.open, this.buttons] = [part('say'), part('bar'), part('open'), this.element.querySelectorAll('button')];
    part('name').textContent = item.name || item.digest;
    part('name').classList.toggle('mono', !item.name);
    this.bar.setAttribute('aria-label', item.name);
    for (const button of this.buttons) {
      button.setAttribute('aria-label', `${button.textContent}: ${item.name || item.digest}`);
      button.addEventListener('click', () => act(button.dataset.do, item));
    }
  }

  show() {
    const { state, read, size: bytes, why, digest } = this.#item;
    const part = bytes > 0 ? read / bytes : 0;
    const key = `${state} ${Math.floor(part * 1000)} ${why}`;
    if (key === this.#before) return;
    this.#before = key;
    this.element.className = state;
    this.say.textContent = this.#sentence(state, part);
    this.bar.hidden = !(bytes > large && ['waiting', 'reading', 'cancelled'].includes(state));
    this.bar.value = part;
    this.open.hidden = state !== 'done';
    if (state === 'done') this.open.href = `/proof/${digest}`;
    const can = {
      cancel: (state === 'reading' && bytes > large) || state === 'waiting',
      retry: state === 'cancelled' || (state === 'failed' && Boolean(this.#item.file || digest)),
      check: state === 'proof',
      remove: ['cancelled', 'failed', 'proof'].includes(state),
    };
    for (const button of this.buttons) button.hidden = !can[button.dataset.do];
  }

  #sentence(state, part) {
    const { size: bytes, why, file, digest } = this.#item;
    switch (state) {
      case 'waiting': return this.#words('waiting', { Size: size(bytes) });
      case 'reading': return this.#words('reading', { Part: percent(part), Size: size(bytes) });
      case 'ready': case 'sending': return this.#words('sending');
      case 'done': return this.#words('stored');
      case 'cancelled': return this.#words('cancelled', { Part: percent(part), Size: size(bytes) });
      case 'proof': return this.#words('proof');
      default: break;
    }
    if (why === 'desk') return this.#words('desk');
    if (why === 'unreadable') return this.#words(file || digest ? 'unreadable' : 'unopened');
    return why;
  }
}
