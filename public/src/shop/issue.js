// New vouchers: their keys are made here, the wallet in the page makes the coins they
// lie on, and the codes are shown until they are saved. What the server sees are
// public keys, scripts and signed transactions.
import { effectsOf } from '../assetdesk/effects.js';
import { handIn } from '../assetdesk/server.js';
import { connect } from '../keys/connection.js';
import { number, sat } from '../keys/numbers.js';
import { openWallet } from '../keys/open.js';
import { link } from '../keys/request.js';
import { sentence } from '../keys/said.js';
import { code, faucet, rates } from '../keys/server.js';
import { ask, Refused } from '../voucher/server.js';
import { inWords } from '../voucher/units.js';
import { wordsOf } from '../words.js';
import { codesOf, dropCodes, keepCodes } from './codes.js';
import { Form } from './form.js';
import { Saving } from './saving.js';

const steps = ['keys', 'wallet', 'money', 'sign', 'block'];
const mostCoins = 40;
const random = (n) => crypto.getRandomValues(new Uint8Array(n));

export function bindIssue() {
  const place = document.querySelector('[data-issue]');
  if (place) new Issue(place).bind();
}

class Issue {
  #place;
  #desk;
  #say;
  #form;
  #saving;
  #keysPlace = document.querySelector('[data-keys-place]');
  #wallet = null;
  #connection = null;
  #waiting = null; // for money: { need, script }
  #made = null; // { series, expiry, issuer, batch, change }

  constructor(place) {
    [this.#place, this.#desk, this.#say] = [place, place.dataset.issue, wordsOf(place)];
    this.#form = new Form(place, this.#say);
    this.#saving = new Saving(place, this.#say);
  }

  #find(name) {
    return this.#place.querySelector(`[data-${name}]`);
  }

  async bind() {
    this.#form.bind(() => this.#run(() => this.#go()));
    this.#saving.bind();
    this.#keysPlace.addEventListener('keys:locked', () => this.#locked());
    const [batch] = await codesOf(this.#desk).catch(() => []);
    if (batch?.sent) {
      this.#only('codes');
      await this.#saving.show(batch, this.#say('resumed'));
    }
  }

  // only shows one part of the page: the form, what is under way, or the codes.
  #only(part) {
    this.#form.element.hidden = part !== 'form';
    this.#place.querySelector('.vou-preview').hidden = part === 'codes';
    this.#find('stage-place').hidden = part !== 'stage';
    this.#find('codes').hidden = part !== 'codes';
  }

  #locked() {
    this.#connection?.end();
    [this.#wallet, this.#connection, this.#waiting] = [null, null, null];
    if (this.#find('codes').hidden) this.#only('form');
  }

  async #run(act) {
    const trouble = this.#find('trouble');
    trouble.hidden = true;
    try {
      await act();
    } catch (error) {
      trouble.textContent = error.kind === 'unreachable' ? this.#say('unreachable') : sentence(this.#keysPlace, error);
      trouble.hidden = false;
      this.#stage([this.#button('agree-go', () => this.#run(() => this.#plan()))]);
    }
  }

  #step(name) {
    const at = steps.indexOf(name);
    this.#find('steps').replaceChildren(...steps.map((step, i) => {
      const item = document.createElement('li');
      item.className = i < at ? 'done' : i === at ? 'now' : '';
      const state = Object.assign(document.createElement('span'), { className: 'out-of-sight', textContent: this.#say(i < at ? 'step-done' : i === at ? 'step-now' : 'step-coming') });
      item.append(`${this.#say(`step-${step}`)} `, state);
      return item;
    }));
  }

  #stage(parts) {
    this.#find('stage').replaceChildren(...parts);
  }

  #button(key, act, quiet = false) {
    const button = Object.assign(document.createElement('button'), { className: quiet ? 'btn quiet' : 'btn', type: 'button', textContent: this.#say(key) });
    button.dataset.do = key;
    button.addEventListener('click', async () => {
      button.disabled = true;
      await act(button);
      button.disabled = false;
    });
    return button;
  }

  #text(text, kind = '') {
    return Object.assign(document.createElement('p'), { className: kind, textContent: text });
  }

  async #go() {
    const { vouchers } = this.#form;
    const most = Number(this.#place.dataset.most);
    if (vouchers.length > most) {
      this.#find('sum').textContent = this.#say('too-many', { Most: number(most) });
      return;
    }
    this.#wallet = await openWallet(this.#keysPlace);
    if (!this.#wallet) return;
    this.#only('stage');
    this.#step('wallet');
    this.#stage([]);
    this.#connection ??= connect(this.#wallet, { changed: () => this.#look() });
    await this.#connection.ready;
    await this.#keys();
    await this.#plan();
  }

  // keys plans the series with the server, and makes the vouchers' keys: they are kept
  // before anything is paid to them.
  async #keys() {
    const { typed, vouchers, until } = this.#form;
    const wanted = JSON.stringify([typed, vouchers]);
    if (this.#made?.wanted === wanted) return;
    this.#step('keys');
    const keys = await import(this.#place.dataset.bearer);
    const { script: change } = await this.#connection.receive({ purpose: 'change', change: 1 });
    const issuer = typed.ends === 'never' ? '' : this.#wallet.innerKey(change);
    const { id: series, expiry } = await ask(`${this.#desk}/series`, { ...typed, issuer });
    const terms = expiry ? { expiry, issuer: Uint8Array.from(issuer.match(/../gu), (byte) => parseInt(byte, 16)) } : {};
    const made = vouchers.map((one) => {
      const voucher = { secret: keys.fresh(random), ...terms };
      const { inner, script } = keys.keysOf(voucher);
      return { ...one, code: keys.codeOf(voucher), inner: Array.from(inner, (byte) => byte.toString(16).padStart(2, '0')).join(''), script };
    });
    const batch = {
      desk: this.#desk, series, at: Date.now(), sent: false, origin: location.origin, shop: this.#place.dataset.shopName, until,
      face: typed, vouchers: made.map(({ label, note, units, code: text }) => ({ label, note, units, code: text })),
    };
    if (this.#made) await dropCodes(this.#made.series);
    await keepCodes(batch);
    this.#made = { wanted, series, expiry, change, batch, vouchers: made, units: made.reduce((sum, { units }) => sum + units, 0) };
  }

  get #money() {
    return this.#wallet.coins().filter((coin) => coin.held === null && coin.state === 'confirmed' && (coin.assets ?? []).length === 0)
      .sort((a, b) => b.value - a.value).slice(0, mostCoins);
  }

  // plan has the server build the transaction, and shows what it costs.
  async #plan() {
    this.#step('money');
    const need = await this.#need();
    const coins = this.#money;
    const have = coins.reduce((sum, { value }) => sum + value, 0);
    if (have < need) return this.#deposit(need - have);
    this.#waiting = null;
    const { series, vouchers, change, expiry } = this.#made;
    const list = vouchers.map(({ inner, label, note, units }) => ({ inner, label, note, units }));
    const draft = await ask(`${this.#desk}/series/${series}/draft`, {
      expiry, vouchers: list, change, sponsored: false,
      coins: coins.map(({ txid, vout, value, script }) => ({ txid, vout, value, script })),
    });
    const loss = await this.#check(draft, coins);
    this.#step('sign');
    const agree = this.#text(this.#say('agree', { Count: number(vouchers.length), Units: inWords(this.#made.units, this.#made.batch.face, this.#say), Fee: sat(loss) }));
    this.#stage([agree, this.#button('agree-go', () => this.#run(() => this.#sign(draft, coins, loss, list)))]);
    this.#find('stage').focus();
  }

  // check reads the transactions: all units go to the vouchers, and nothing else
  // leaves the wallet but what it costs. It gives how many satoshi that is.
  async #check(draft, coins) {
    const { readDraft } = await import(this.#keysPlace.dataset.keys);
    const own = new Set(this.#wallet.scripts());
    const effects = effectsOf(draft.psbts.map((psbt) => readDraft(psbt)), {
      protocol: draft.protocol, asset: draft.asset, own: (script) => own.has(script), coins: new Map(coins.map((coin) => [coin.outpoint, { ...coin, assets: coin.assets ?? [] }])),
      holdings: (part, input) => draft.holdings[part]?.[input],
    });
    const wanted = new Map(this.#made.vouchers.map(({ script, units }) => [script, BigInt(units)]));
    const right = effects.issued === BigInt(this.#made.units) && effects.others.length === wanted.size
      && effects.others.every(({ script, units }) => wanted.get(script) === units)
      && [...effects.mine.values(), ...effects.destroyed.values()].every((units) => units === 0n) && effects.paid.length === 0;
    if (!right) throw Object.assign(new Error('draft'), { kind: 'draft' });
    return effects.loss;
  }

  // sign registers the vouchers, signs, and hands in. From then on the codes are worth
  // something, and are kept until somebody says that they are saved.
  async #sign(draft, coins, loss, list) {
    const { series, batch, expiry } = this.#made;
    await this.#connection.watch();
    await ask(`${this.#desk}/series/${series}/vouchers`, { expiry, vouchers: list, draft: draft.id });
    await keepCodes({ ...batch, sent: true });
    const signed = await this.#wallet.signDrafts(draft.psbts, {
      coins: coins.map(({ outpoint }) => outpoint), loss: Math.max(loss, 0), draft: draft.id, label: batch.face.name,
    });
    try {
      await handIn(draft.path, signed.map(({ psbt }) => psbt));
    } catch (error) {
      if (error instanceof Refused && error.status < 500 && ![408, 429].includes(error.status)) {
        for (const { txid } of [...signed].reverse()) await this.#wallet.dropped(txid);
        await keepCodes(batch);
      }
      throw error;
    }
    this.#made = null;
    this.#connection.end();
    this.#only('codes');
    await this.#saving.show(batch);
  }

  // need is about what the vouchers' coins and the network take, in satoshi.
  async #need() {
    const list = await rates();
    const { rate } = list.find(({ name }) => name === 'normal') ?? list[0];
    const count = this.#made.vouchers.length;
    return Math.ceil((count * 330 + ((180 + count * 46) * 4 * rate) / 1000) * 1.1 + 1_000);
  }

  // deposit asks for money at an address of the wallet's own.
  async #deposit(missing) {
    const wanted = Math.ceil(missing / 1_000) * 1_000;
    if (this.#waiting?.wanted === wanted) return;
    if (this.#wallet.coins().some((coin) => coin.state === 'pending' && coin.held === null && coin.value >= missing)) {
      this.#waiting = { wanted };
      this.#stage([this.#text(this.#say('confirming'))]);
      return;
    }
    const { address, script } = await this.#connection.receive({ purpose: 'deposit' });
    this.#waiting = { wanted, script };
    const picture = document.createElement('div');
    picture.append(await code(link(address).toUpperCase(), this.#say('address')));
    const place = Object.assign(document.createElement('div'), { className: 'vou-deposit' });
    const words = document.createElement('div');
    words.className = 'stack tight';
    const text = Object.assign(document.createElement('span'), { className: 'hash', lang: 'en', textContent: address });
    text.dataset.address = '';
    words.append(this.#text(this.#say('deposit-text')), text, this.#text(this.#say('deposit-wait'), 'soft'));
    if (this.#place.dataset.network === 'devnet') words.append(this.#button('faucet', () => this.#run(() => faucet(address, Math.max(2 * wanted, 100_000))), true));
    place.append(picture, words);
    const title = Object.assign(document.createElement('h2'), { textContent: this.#say('deposit', { Amount: sat(wanted) }) });
    this.#stage([title, place]);
    this.#find('stage').focus();
  }

  // look goes on by itself once there is money.
  #look() {
    if (!this.#waiting || !this.#wallet) return;
    this.#run(() => this.#plan());
  }
}
