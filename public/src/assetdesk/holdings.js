// Lists of assets: what the open wallet holds, and what it may issue.
import { wordsOf } from '../words.js';
import { issuedBy, namesOf } from './server.js';
import { writeUnits } from './units.js';

const svg = 'http://www.w3.org/2000/svg';
const stone = 'M6 28C6 16 14 9 25 9s18 7 18 17-8 14-19 14S6 38 6 28Z';

export class Holdings {
  #part;
  #words;
  #names = new Map(); // of assets, by id, as the server last told
  #asked = ''; // which ones were asked for last

  constructor(part) {
    [this.#part, this.#words] = [part, wordsOf(part)];
  }

  // show fills the list of what the wallet holds, and says how many there are.
  async show(wallet) {
    const held = wallet.assets();
    await this.#learn(held.map(({ id }) => id));
    if (wallet.locked) return 0;
    const list = this.#part.querySelector('[data-holdings]');
    list.replaceChildren(...held.map((one) => this.#row('holding', this.#names.get(one.id) ?? { id: one.id, decimals: 0 }, (name, { decimals }) => {
      name('units', this.#words('units', { Units: writeUnits(one.units, decimals) }));
      if (one.coming > 0n) name('coming', this.#words('coming', { Units: writeUnits(one.coming, decimals) }));
    })));
    return held.length;
  }

  // issued fills the list of what the wallet may issue.
  async issued(wallet) {
    const list = this.#part.querySelector('[data-issued]');
    const scripts = wallet.uses().filter(({ purpose, path }) => purpose === 'issue' || (purpose === 'found' && path.account === 1)).map(({ script }) => script);
    const assets = scripts.length > 0 ? await issuedBy(scripts) : [];
    list.replaceChildren(...assets.map((one) => this.#row('issued', one, (name, { decimals, supply }) => {
      name('units', this.#words('units', { Units: writeUnits(BigInt(supply), decimals) }));
    })));
    this.#part.querySelector('[data-issued-part]').hidden = assets.length === 0;
  }

  // receiver is who gets what is sent, where the page was opened by a receiving link.
  get #receiver() {
    const to = new URLSearchParams(location.search).get('to');
    return to ? `?${new URLSearchParams({ to })}` : '';
  }

  empty() {
    for (const list of this.#part.querySelectorAll('[data-holdings], [data-issued]')) list.replaceChildren();
  }

  async #learn(ids) {
    const key = [...ids].sort().join(' ');
    if (key === this.#asked) return;
    for (const one of await namesOf(ids)) this.#names.set(one.id, one);
    this.#asked = key;
  }

  #row(kind, asset, fill) {
    const item = this.#part.querySelector(`template[data-row=${kind}]`).content.cloneNode(true).firstElementChild;
    fill((name, text) => {
      const place = item.querySelector(`[data-${name}]`);
      place.textContent = text;
      place.hidden = false;
    }, asset);
    const name = item.querySelector('[data-name]');
    const path = `/assets/${encodeURIComponent(asset.id)}`;
    name.textContent = asset.name || this.#words('unnamed');
    name.href = path;
    item.dataset.id = asset.id;
    for (const link of item.querySelectorAll('[data-to]')) link.href = `${path}/${link.dataset.to}${link.dataset.to === 'send' ? this.#receiver : ''}`;
    item.querySelector('[data-pebble]').replaceWith(pebble(asset));
    return item;
  }
}

// pebble is an asset's picture, or a pebble of its colour.
function pebble({ picture, hue = 'hue-0' }) {
  if (picture?.startsWith('/')) {
    const image = document.createElement('img');
    Object.assign(image, { src: picture, alt: '', width: 48, height: 48, className: 'asset-picture' });
    return image;
  }
  const drawing = document.createElementNS(svg, 'svg');
  for (const [name, value] of Object.entries({ class: `asset-picture ${hue}`, viewBox: '0 0 48 48', 'aria-hidden': 'true' })) drawing.setAttribute(name, value);
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('d', stone);
  drawing.append(path);
  return drawing;
}
