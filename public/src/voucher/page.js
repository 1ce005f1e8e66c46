// The page of whoever holds a voucher. The code stands in the address behind #: it is
// read here, shown as a code for the counter, and never sent. The server is asked by
// the public name.
import { connect } from '../keys/connection.js';
import { keysOf as walletKeys, openWallet } from '../keys/open.js';
import { sentence } from '../keys/said.js';
import { standBy } from '../standby.js';
import { wordsOf } from '../words.js';
import { drawing } from './code.js';
import { face } from './face.js';
import { Money } from './money.js';
import { ask, Refused } from './server.js';

const every = 15_000; // ms between looks while the page is seen
const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const tones = { good: 'good', planned: 'wait', booked: 'wait' };

export function bindVoucher() {
  const place = document.querySelector('[data-voucher]');
  if (place) new Page(place).bind();
}

class Page {
  #place;
  #say;
  #keys = null;
  #voucher = null; // the secret and its terms
  #name = '';
  #script = '';
  #info = null;
  #money;
  #timer = 0;

  constructor(place) {
    [this.#place, this.#say] = [place, wordsOf(place)];
    this.#money = new Money(this.#find('money'), this.#say);
  }

  #find(name) {
    return this.#place.querySelector(`[data-${name}]`);
  }

  bind() {
    // With the slash the page is in the folder that opens without a network.
    if (location.pathname === '/v') history.replaceState(null, '', `/v/${location.search}${location.hash}`);
    standBy('/v/');
    addEventListener('hashchange', () => this.#open());
    addEventListener('online', () => this.#look());
    document.addEventListener('visibilitychange', () => this.#look());
    this.#find('share').addEventListener('click', () => this.#share());
    this.#find('claim').addEventListener('click', (event) => this.#claim(event.currentTarget));
    this.#find('hide').addEventListener('click', () => this.#hide());
    this.#find('typed').addEventListener('submit', (event) => {
      event.preventDefault();
      location.hash = event.target.elements.code.value.trim().replace(/^.*#/su, '');
      this.#open();
    });
    this.#open();
  }

  get #link() {
    return `${this.#place.dataset.origin || location.origin}/v${location.hash}`;
  }

  async #open() {
    clearTimeout(this.#timer);
    const { hash } = location;
    this.#clear();
    if (hash.length < 2) return this.#nothing('none', 'wait');
    this.#keys ??= await import(this.#place.dataset.bearer);
    this.#voucher = this.#keys.read(hash);
    if (!this.#voucher) return this.#nothing('wrong', 'bad');
    this.#script = this.#keys.keysOf(this.#voucher).script;
    this.#name = this.#keys.nameOf(this.#script);
    this.#find('public-name').textContent = this.#name;
    for (const part of ['code', 'care', 'acts', 'public']) this.#find(part).hidden = false;
    await this.#draw();
    await this.#look();
  }

  async #draw() {
    const { default: encode } = await import(this.#place.dataset.draw);
    this.#find('qr').replaceChildren(drawing(encode, this.#link, this.#say('code')));
  }

  #clear() {
    [this.#voucher, this.#info] = [null, null];
    for (const part of ['face', 'code', 'use', 'care', 'acts', 'public', 'where', 'typed', 'trouble']) this.#find(part).hidden = true;
    this.#find('qr').replaceChildren();
    this.#money.clear();
    this.#find('said').textContent = '';
  }

  #nothing(key, tone) {
    this.#state(tone, this.#say(key), this.#say(`${key}-text`));
    this.#find('typed').hidden = false;
  }

  #state(tone, word, text) {
    const place = this.#find('state');
    place.dataset.tone = tone;
    // What was said already is not announced again.
    const tell = (name, what) => { if (this.#find(name).textContent !== what) this.#find(name).textContent = what; };
    tell('state-word', word);
    tell('state-text', text);
  }

  // look asks how it is. What was told last is kept by its public name, so that the page
  // says something without a network too.
  async #look() {
    clearTimeout(this.#timer);
    if (!this.#voucher || document.hidden) return;
    const name = this.#name;
    this.#timer = setTimeout(() => this.#look(), every);
    try {
      const info = await ask('/v/look', { name });
      if (name !== this.#name) return;
      remember(name, info);
      this.#show(info, this.#say('checked', { Time: new Date().toLocaleTimeString() }));
    } catch (error) {
      if (name !== this.#name) return;
      if (error instanceof Refused) this.#unknown(error.message);
      else this.#offline();
    }
  }

  #offline() {
    const kept = recall(this.#name);
    if (!kept) return this.#state('wait', this.#say('offline'), '');
    const known = this.#say('offline-known', { Time: new Date(kept.at).toLocaleTimeString() });
    this.#show(kept.info, known);
    if (kept.info.state === 'good') this.#state('wait', this.#say('was-good'), known);
    else this.#find('state').dataset.tone = 'wait';
  }

  #show(info, checked) {
    this.#info = info;
    const more = { planned: `${this.#say('planned-text')} `, booked: `${this.#say('booked-text')} ` }[info.state] ?? '';
    this.#state(tones[info.state] ?? 'bad', this.#say(info.state), more + checked);
    const card = this.#find('face');
    face(card, info, this.#say, JSON.parse(this.#place.dataset.drawings));
    card.hidden = false;
    this.#live(info);
    this.#find('claim').hidden = !(info.claims && info.state === 'good' && info.left > 0);
    this.#find('shop-link').href = `/shops/${encodeURIComponent(info.slug)}`;
    this.#find('where').hidden = false;
    this.#money.show(info.money, { keys: this.#keys, voucher: this.#voucher, name: this.#name });
    document.querySelector('[data-title]').textContent = info.series.name;
  }

  // unknown says why a voucher is not one: nothing is shown that would seem to be worth
  // something.
  #unknown(why) {
    this.#state('bad', why, '');
    for (const part of ['face', 'code', 'use', 'care', 'acts']) this.#find(part).hidden = true;
    this.#find('typed').hidden = false;
  }

  // live hides the code, and how to use it, once there is nothing left to use.
  #live({ state, shop, place }) {
    const live = state in tones;
    this.#find('face').classList.toggle('over', !live);
    for (const part of ['code', 'use', 'care', 'acts']) this.#find(part).hidden = !live;
    this.#find('use-where').textContent = place ? this.#say('use-place', { Shop: shop, Place: place }) : this.#say('use-where', { Shop: shop });
  }

  async #share() {
    const text = this.#say('share-text', { Name: this.#info?.series.name ?? '' });
    try {
      if (navigator.share) await navigator.share({ text, url: this.#link });
      else await navigator.clipboard.writeText(this.#link);
    } catch (error) {
      if (error.name === 'AbortError') return;
    }
    this.#find('said').textContent = this.#say('given');
  }

  // hide takes the code out of the page, its address, and this entry of the history.
  #hide() {
    history.replaceState(null, '', location.pathname);
    this.#open();
    this.#find('typed').elements.code.focus();
  }

  // claim moves it into the wallet in this page: the server plans, the page makes sure
  // that all units go to the wallet, and the voucher's key signs.
  async #claim(button) {
    const place = document.querySelector('[data-keys-place]');
    const trouble = this.#find('trouble');
    trouble.hidden = true;
    button.disabled = true;
    let connection = null;
    try {
      const wallet = await openWallet(place);
      if (!wallet) return;
      this.#find('said').textContent = this.#say('claim-wait');
      connection = connect(wallet);
      await connection.ready;
      const { accounts } = await walletKeys(place);
      const { script } = await connection.receive({ purpose: 'units', account: accounts.colors, label: this.#info.series.name });
      const { plan, value } = await ask('/v/plan', { name: this.#name, script });
      const read = this.#keys.readPlan(plan);
      if (!this.#keys.pays(read, script, this.#info.left)) throw Object.assign(new Error('plan'), { kind: 'draft' });
      const signed = this.#keys.signedBy(this.#voucher, read, value, random);
      await ask('/v/claim', { name: this.#name, script, signed });
      this.#find('said').textContent = this.#say('claim-done');
      await this.#look();
    } catch (error) {
      this.#find('said').textContent = '';
      trouble.textContent = error.kind === 'unreachable' ? this.#say('unreachable') : sentence(place, error);
      trouble.hidden = false;
    } finally {
      connection?.end();
      button.disabled = false;
    }
  }
}

// What was last told of a voucher is kept by its public name, which spends nothing.
const keyOf = (name) => `cairn.voucher.${name}`;

function remember(name, info) {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify({ info, at: Date.now() }));
  } catch { /* a browser that keeps nothing */ }
}

function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)));
  } catch {
    return null;
  }
}
