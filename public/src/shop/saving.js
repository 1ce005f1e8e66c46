// The codes of a batch, to be saved: sheets to print, a list, a picture or a link each.
import { save } from '../keys/files.js';
import { modules } from '../voucher/code.js';
import { leftOf, untilOf } from '../voucher/face.js';
import { inWords, once } from '../voucher/units.js';
import { codeAt, onSheet, picture, places, sheet } from '../sheet/draw.js';
import { pdf } from '../sheet/pdf.js';
import { dropCodes } from './codes.js';
import { table } from './list.js';

const rowsShown = 200;

export class Saving {
  #place;
  #section;
  #say;
  #drawings;
  #batch = null;
  #codes = [];
  #own = null; // the shop's own picture, if there is one
  #encode = null;

  constructor(place, say) {
    [this.#place, this.#section, this.#say] = [place, place.querySelector('[data-codes]'), say];
    this.#drawings = JSON.parse(place.dataset.drawings);
  }

  #find(name) {
    return this.#section.querySelector(`[data-${name}]`);
  }

  bind() {
    this.#find('pdf').addEventListener('click', (event) => this.#during(event.currentTarget, () => this.#sheets()));
    this.#find('csv-save').addEventListener('click', () => this.#list());
    this.#find('copy-all').addEventListener('click', (event) => this.#copy(event.currentTarget, this.#codes.map((one) => this.#link(one)).join('\n')));
    this.#find('finish').addEventListener('submit', async (event) => {
      event.preventDefault();
      await dropCodes(this.#batch.series);
      const { desk, series } = this.#batch;
      [this.#batch, this.#codes] = [null, []];
      location.assign(`${desk}/series/${series}`);
    });
    addEventListener('beforeunload', (event) => {
      if (this.#batch) event.preventDefault();
    });
  }

  // show shows the codes of a batch, and takes the form's place.
  async show(batch, codes, said = '') {
    this.#encode ??= (await import(this.#place.dataset.draw)).default;
    [this.#batch, this.#codes, this.#own] = [batch, codes, await pictureAt(batch.face.own)];
    this.#find('codes-title').textContent = this.#say('issued', { Count: codes.length });
    this.#find('saved').textContent = said;
    this.#find('code-rows').replaceChildren(...codes.slice(0, rowsShown).map((one) => this.#row(one)));
    this.#section.hidden = false;
    this.#find('codes-title').focus();
  }

  #link({ code }) {
    return `${this.#batch.origin}/v#${code}`;
  }

  #row(one) {
    const [item, what, units] = ['li', 'div', 'small'].map((tag) => document.createElement(tag));
    what.textContent = one.label;
    units.textContent = [leftOf(this.#batch.face, one.units, one.units, this.#say), one.note].filter(Boolean).join(' · ');
    what.append(units);
    const button = (label, name, act) => {
      const made = Object.assign(document.createElement('button'), { className: 'btn quiet small', type: 'button', textContent: label });
      made.setAttribute('aria-label', this.#say(name, { Label: one.label }));
      made.addEventListener('click', () => act(made));
      return made;
    };
    item.append(what, button(this.#say('copy'), 'copy-of', (made) => this.#copy(made, this.#link(one))), button(this.#say('png'), 'png-of', (made) => this.#during(made, () => this.#png(one))));
    item.dataset.code = one.code;
    return item;
  }

  #card(one) {
    const { face, shop, until } = this.#batch;
    return {
      shop, name: face.name, good: face.good, line: face.line, colour: face.colour, drawing: this.#drawings[face.picture], own: this.#own, label: one.label,
      left: once(face, one.units) ? '' : inWords(one.units, face, this.#say), until: untilOf(one.until || until, this.#say), terms: face.terms ?? '',
    };
  }

  async #sheets() {
    const { face, shop } = this.#batch;
    const vouchers = this.#codes;
    const pages = [];
    for (let i = 0; i < vouchers.length; i += onSheet) {
      const part = vouchers.slice(i, i + onSheet);
      const canvas = sheet(part.map((one) => this.#card(one)), { scan: this.#say('sheet-scan') });
      const jpeg = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.9); });
      pages.push({
        jpeg: new Uint8Array(await jpeg.arrayBuffer()), width: canvas.width, height: canvas.height,
        codes: part.map((one, k) => ({ rows: modules(this.#encode, this.#link(one)), ...codeAt(places[k]) })),
      });
    }
    save(`${this.#file}.pdf`, pdf(pages, `${face.name} · ${shop}`), 'application/pdf');
  }

  async #png(one) {
    const canvas = picture(this.#card(one), modules(this.#encode, this.#link(one)), { scan: this.#say('sheet-scan') });
    const png = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
    save(`${plain(one.label) || 'voucher'}.png`, png, 'image/png');
  }

  #list() {
    const heading = ['csv-label', 'csv-units', 'csv-note', 'csv-link'].map((key) => this.#say(key));
    save(`${this.#file}.csv`, table([heading, ...this.#codes.map((one) => [one.label, plainly(one.units, this.#batch.face.decimals), one.note, this.#link(one)])]), 'text/csv');
  }

  get #file() {
    return plain(this.#batch.face.name) || 'vouchers';
  }

  async #copy(button, text) {
    const label = button.textContent;
    await navigator.clipboard.writeText(text);
    button.textContent = this.#say('copied');
    setTimeout(() => { button.textContent = label; }, 2_000);
  }

  async #during(button, work) {
    button.disabled = true;
    try {
      await work();
    } finally {
      button.disabled = false;
    }
  }
}

// pictureAt loads a picture; null for none, and for one that is gone.
async function pictureAt(path) {
  if (!path) return null;
  const image = Object.assign(new Image(), { src: path });
  return image.decode().then(() => image, () => null);
}

// plainly writes units for programs: 2550 with two decimals is 25.50.
function plainly(units, decimals = 0) {
  const digits = String(units).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const plain = (text) => text.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/gu, '').slice(0, 40);
