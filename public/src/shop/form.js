// What is typed in the form of new vouchers, and its preview.
import { number } from '../keys/numbers.js';
import { face } from '../voucher/face.js';
import { inWords } from '../voucher/units.js';
import { Line, readList } from './list.js';

export class Form {
  #place;
  #form;
  #say;
  #drawings;
  #list = null; // of a file

  constructor(place, say) {
    [this.#place, this.#form, this.#say] = [place, place.querySelector('[data-form]'), say];
    this.#drawings = JSON.parse(place.dataset.drawings);
  }

  bind(submitted) {
    const { elements } = this.#form;
    this.#form.addEventListener('input', () => this.#show());
    elements.csv.addEventListener('change', () => this.#read());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      submitted();
    });
    this.#show();
  }

  get element() {
    return this.#form;
  }

  // typed is the series, as the server takes it.
  get typed() {
    const { elements } = this.#form;
    const value = (name) => elements[name].value.trim();
    return {
      kind: value('kind'), name: value('name'), good: value('good'), terms: value('terms'), unit: value('unit'), decimals: 0,
      each: this.#each, colour: value('colour'), picture: value('picture'), line: value('line'),
      ends: value('ends'), until: value('date'), days: Number(value('days')), claims: elements.claims.checked,
    };
  }

  get drawings() {
    return this.#drawings;
  }

  get #each() {
    return Math.max(1, Math.trunc(Number(this.#form.elements.each.value)) || 1);
  }

  // vouchers are those to be made: [{ label, units, note }].
  get vouchers() {
    if (this.#list) return this.#list;
    const count = Math.max(1, Math.trunc(Number(this.#form.elements.count.value)) || 1);
    const title = this.#form.elements.name.value.trim();
    return Array.from({ length: count }, (_, i) => ({ label: `${title} ${i + 1}`, units: this.#each, note: '' }));
  }

  async #read() {
    const [file] = this.#form.elements.csv.files;
    const said = this.#place.querySelector('[data-csv]');
    this.#list = null;
    said.textContent = '';
    try {
      if (file) this.#list = readList(await file.text(), this.#each);
      if (file) said.textContent = this.#say('csv-read', { Count: number(this.#list.length) });
    } catch (error) {
      if (!(error instanceof Line)) throw error;
      said.textContent = this.#say('csv-wrong', { Line: error.line });
    }
    this.#show();
  }

  #show() {
    const { elements } = this.#form;
    const { typed } = this;
    // A voucher for one thing has one unit; a list says how many there are.
    elements.each.disabled = typed.kind === 'voucher';
    if (typed.kind === 'voucher') elements.each.value = 1;
    if (typed.kind === 'stamp-card' && elements.each.value === '1') elements.each.value = 10;
    elements.count.disabled = this.#list !== null;
    for (const part of this.#form.querySelectorAll('[data-ends]')) {
      part.hidden = part.dataset.ends === 'back' ? typed.ends === 'never' : part.dataset.ends !== typed.ends;
      for (const field of part.querySelectorAll('input')) [field.disabled, field.required] = [part.hidden, !part.hidden];
    }
    const { each } = this;
    face(this.#place.querySelector('[data-face]'), {
      shop: this.#place.dataset.shopName, series: { ...typed, name: typed.name || elements.name.labels[0].textContent }, units: each, left: each, until: this.until,
    }, this.#say, this.#drawings);
    const vouchers = this.#list ?? [];
    const [count, units] = this.#list ? [vouchers.length, vouchers.reduce((sum, one) => sum + one.units, 0)] : [Number(elements.count.value) || 0, (Number(elements.count.value) || 0) * each];
    this.#place.querySelector('[data-sum]').textContent = this.#say('sum', { Count: number(count), Units: inWords(units, typed, this.#say) });
  }

  get each() {
    return this.#each;
  }

  // until is the last day of the vouchers, or ''.
  get until() {
    const { ends, until, days } = this.typed;
    if (ends === 'date') return until;
    return ends === 'days' && days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : '';
  }
}
