// What is typed in the form of new vouchers, and its preview.
import { number } from '../keys/numbers.js';
import { face } from '../voucher/face.js';
import { inWords, plain, typed } from '../voucher/units.js';
import { Wrong, readList } from './list.js';
import { Picture } from './picture.js';

const linesShown = 20;
const usual = { voucher: '1', 'stamp-card': '10', 'gift-card': '50' }; // units of one, by kind

export class Form {
  #place;
  #form;
  #say;
  #drawings;
  #list = null; // of a file
  #kind = 'voucher';
  #picture;

  constructor(place, say) {
    [this.#place, this.#form, this.#say] = [place, place.querySelector('[data-form]'), say];
    this.#drawings = JSON.parse(place.dataset.drawings);
    this.#picture = new Picture(this.#form, place.dataset.issue, say, () => this.#show());
  }

  bind(submitted) {
    this.#form.addEventListener('input', () => this.#show());
    this.#form.elements.csv.addEventListener('change', () => this.#read());
    this.#picture.bind();
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
      kind: value('kind'), name: value('name'), good: value('good'), terms: value('terms'), unit: value('unit'), decimals: this.#decimals,
      each: this.each, colour: value('colour'), picture: value('picture'), own: this.#picture.name, line: value('line'),
      ends: value('ends'), until: value('date'), days: Number(value('days')), claims: elements.claims.checked,
    };
  }

  // face is the series as cards show it.
  get face() {
    return { ...this.typed, own: this.#picture.path };
  }

  get #decimals() {
    const { kind, cents } = this.#form.elements;
    return kind.value === 'gift-card' && cents.checked ? 2 : 0;
  }

  // each is how many units a voucher has; 1 while what is typed is no number.
  get each() {
    return typed(this.#form.elements.each.value, this.#decimals) || 1;
  }

  // vouchers are those to be made: [{ label, units, note, until }].
  get vouchers() {
    if (this.#list) return this.#list;
    const count = Math.max(1, Math.trunc(Number(this.#form.elements.count.value)) || 1);
    const title = this.#form.elements.name.value.trim();
    return Array.from({ length: count }, (_, i) => ({ label: `${title} ${i + 1}`, units: this.each, note: '', until: '' }));
  }

  async #read() {
    const { csv, ends, date } = this.#form.elements;
    const [file] = csv.files;
    const [said, lines] = ['csv', 'csv-lines'].map((name) => this.#place.querySelector(`[data-${name}]`));
    this.#list = null;
    said.textContent = '';
    lines.replaceChildren();
    csv.setCustomValidity('');
    try {
      if (file) {
        this.#list = readList(await file.text(), { each: this.each, most: this.#most, decimals: this.#decimals, today: date.min });
        said.textContent = this.#say('csv-read', { Count: number(this.#list.length) });
        this.#dated(this.#list.map(({ until }) => until).filter(Boolean), ends, date);
      }
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      said.textContent = this.#say('csv-wrong', { Count: number(error.lines.length) });
      csv.setCustomValidity(said.textContent);
      lines.replaceChildren(...error.lines.slice(0, linesShown).map(({ line, why, cell }) => Object.assign(document.createElement('li'), {
        textContent: this.#say(`csv-bad-${why}`, { Line: number(line), Cell: cell }),
      })));
    }
    this.#show();
  }

  // dated: lines with a day of their own need a series that ends at all.
  #dated(days, ends, date) {
    if (days.length === 0 || ends.value !== 'never') return;
    ends.value = 'date';
    date.value = days.sort().at(-1);
  }

  get #most() {
    return Number(this.#form.elements.each.dataset.most);
  }

  #show() {
    const { elements } = this.#form;
    this.#counted(elements);
    for (const part of this.#form.querySelectorAll('[data-ends]')) {
      part.hidden = part.dataset.ends === 'back' ? elements.ends.value === 'never' : part.dataset.ends !== elements.ends.value;
      for (const field of part.querySelectorAll('input')) [field.disabled, field.required] = [part.hidden, !part.hidden];
    }
    const { each, face: series } = this;
    face(this.#place.querySelector('[data-face]'), {
      shop: this.#place.dataset.shopName, series: { ...series, name: series.name || elements.name.labels[0].textContent }, units: each, left: each, until: this.until,
    }, this.#say, this.#drawings);
    const count = this.#list ? this.#list.length : Number(elements.count.value) || 0;
    const units = this.#list ? this.#list.reduce((sum, one) => sum + one.units, 0) : count * each;
    this.#place.querySelector('[data-sum]').textContent = this.#say('sum', { Count: number(count), Units: inWords(units, series, this.#say) });
  }

  // counted shows what a kind asks for: a voucher for one thing has one unit, a gift card
  // an amount, and a list says how many there are.
  #counted(elements) {
    const kind = elements.kind.value;
    if (kind !== this.#kind && (elements.each.value === usual[this.#kind] || elements.each.value === '')) elements.each.value = usual[kind];
    if (kind === 'voucher') elements.each.value = '1';
    this.#kind = kind;
    elements.each.disabled = kind === 'voucher';
    this.#form.querySelector('[data-cents]').hidden = kind !== 'gift-card';
    elements.count.disabled = this.#list !== null;
    const units = typed(elements.each.value, this.#decimals);
    elements.each.setCustomValidity(units && units <= this.#most ? '' : this.#say('each-wrong', { Most: plain(this.#most, this.#decimals) }));
    const never = this.#list?.some(({ until }) => until) && elements.ends.value === 'never';
    elements.ends[0].setCustomValidity(never ? this.#say('csv-ends') : '');
  }

  // until is the last day of the vouchers, or ''.
  get until() {
    const { ends, until, days } = this.typed;
    if (ends === 'date') return until;
    return ends === 'days' && days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : '';
  }
}
