// One form, from what is typed to what is signed: the wallet is opened, the server
// builds, the browser reads what was built, somebody looks at it once more and signs.
import { connect } from '../keys/connection.js';
import { tell, working } from '../keys/dialog.js';
import { number, sat } from '../keys/numbers.js';
import { keysOf, openWallet } from '../keys/open.js';
import { Refused, code, faucet } from '../keys/server.js';
import { sentence } from '../keys/said.js';
import { link } from '../keys/request.js';
import { wordsOf } from '../words.js';
import { effectsOf } from './effects.js';
import { bindList } from './list.js';
import { NotUnderstood } from './colors.js';
import { Deposit, Missing, leastDeposit, orders } from './orders.js';
import { Wrong, draftOf, handIn, prepare } from './server.js';
import { writeUnits } from './units.js';

const play = 100_000; // sat from the sandbox
const receiversShown = 20; // one by one, of a list

export function bindAct(form) {
  new Act(form).bind();
}

class Act {
  #form;
  #place = document.querySelector('[data-keys-place]');
  #review;
  #deposit;
  #words;
  #desk = null;
  #connection = null;
  #made = null; // what is being looked at: { draft, order, reads, effects }
  #waiting = false; // for a coin

  constructor(form) {
    this.#form = form;
    this.#words = wordsOf(form);
    [this.#review, this.#deposit] = ['review', 'deposit'].map((name) => form.parentElement.querySelector(`[data-${name}]`));
  }

  bind() {
    const form = this.#form;
    form.addEventListener('submit', (event) => {
      if (event.submitter?.value === 'psbt') return;
      event.preventDefault();
      this.#during(form, () => this.#go());
    });
    this.#review.querySelector('[data-sign]').addEventListener('click', () => this.#during(this.#review, () => this.#sign()));
    this.#review.querySelector('[data-back]').addEventListener('click', () => this.#show(form));
    this.#deposit.querySelector('[data-faucet]')?.addEventListener('click', (event) => this.#play(event.currentTarget));
    this.#place.addEventListener('keys:locked', () => {
      this.#connection?.end();
      [this.#connection, this.#desk, this.#made, this.#waiting] = [null, null, null, false];
      this.#show(form);
    });
    bindList(form, { words: this.#words, decimals: () => this.#decimals(), title: () => this.#title() });
  }

  #say(key) {
    const place = this.#form.querySelector('[data-say]');
    if (place) place.textContent = key ? this.#words(key) : '';
  }

  // show lets the form, what is to be signed, or where a coin is wanted be seen.
  #show(part) {
    for (const one of [this.#form, this.#review, this.#deposit]) one.hidden = one !== part;
    if (part === this.#form) this.#deposit.hidden = !this.#waiting;
    if (part !== this.#form) part.querySelector('h2').focus();
  }

  async #go() {
    this.#say('opening');
    const wallet = await openWallet(this.#place);
    if (!wallet) return this.#say('');
    this.#connection ??= connect(wallet, { changed: () => this.#look() });
    await this.#connection.ready;
    await this.#tidy(wallet);
    const keys = await keysOf(this.#place);
    const { dataset } = this.#form;
    this.#desk = {
      form: this.#form, wallet, keys, connection: this.#connection, asset: dataset.asset, issuer: dataset.issuer,
      title: () => this.#title(), decimals: () => this.#decimals(), written: (units) => writeUnits(units, this.#decimals()),
    };
    await this.#plan();
  }

  #title() {
    return this.#form.elements.name?.value.trim() || this.#form.dataset.title;
  }

  #decimals() {
    return Number(this.#form.elements.decimals?.value ?? this.#form.dataset.decimals);
  }

  #units(units) {
    return `${writeUnits(units, this.#decimals())} ${this.#title()}`;
  }

  // plan has the server build what was asked for, and reads it.
  async #plan() {
    this.#say('building');
    let order;
    try {
      order = await orders[this.#form.dataset.act](this.#desk);
    } catch (error) {
      if (error instanceof Deposit) return this.#ask(error);
      throw error;
    }
    this.#waiting = false;
    const draft = await prepare(this.#form, order.more, order.action);
    const { readDraft } = this.#desk.keys;
    const reads = draft.psbts.map((psbt) => readDraft(psbt));
    this.#made = { draft, order, reads, effects: order.sells ? this.#sale(reads, order) : this.#effects(draft, order, reads) };
    this.#say('');
    this.#fill();
    this.#show(this.#review);
  }

  // effects are what the browser reads off the transactions. EPOBC's it cannot read: then
  // what the server says is shown, and no unit but those of the named coins is at stake.
  #effects(draft, order, reads) {
    const { wallet } = this.#desk;
    const scripts = new Set(wallet.scripts());
    const effects = effectsOf(reads, {
      protocol: draft.protocol, asset: draft.asset, plain: Boolean(order.plain) || draft.protocol === 'epobc', own: (script) => scripts.has(script),
      coins: new Map(order.coins.map((coin) => [coin.outpoint, coin])), holdings: (part, input) => draft.holdings[part]?.[input],
    });
    if (draft.protocol !== 'epobc') order.expect(effects);
    const named = new Set(order.coins.map(({ outpoint }) => outpoint));
    const all = new Set(wallet.coins().map(({ outpoint }) => outpoint));
    for (const { inputs } of reads) {
      for (const { outpoint } of inputs) if (all.has(outpoint) && !named.has(outpoint)) throw new NotUnderstood('coin');
    }
    return effects;
  }

  // sale checks the half that a seller signs: one coin, one output, the price to him.
  #sale([read, ...more], { coins: [coin], sale }) {
    const [input] = read.inputs;
    const [output] = read.outputs;
    if (more.length > 0 || read.inputs.length !== 1 || read.outputs.length !== 1 || input.outpoint !== coin.outpoint
      || output.script !== sale.script || output.value !== sale.price) throw new NotUnderstood('sale');
    return { outputs: [read.outputs], loss: 0 };
  }

  #fill() {
    const { draft, order, effects } = this.#made;
    this.#put('effects', this.#sentences(draft, order, effects), 'li');
    const { addressOf } = this.#desk.keys;
    this.#put('outputs', effects.outputs.flat().map(({ value, script }) => `${number(value)} sat → ${addressOf(script, this.#form.dataset.network) ?? script}`), 'li');
    this.#put('cost', this.#cost(draft, order, effects), 'div');
  }

  #sentences(draft, order, effects) {
    const w = this.#words;
    if (order.sells) {
      return [w('sell', { Amount: sat(order.sale.price), Units: this.#form.elements.units.value + ' ' + this.#title() })];
    }
    if (draft.protocol === 'epobc') return draft.effects;
    const { addressOf } = this.#desk.keys;
    const lines = [];
    if (order.split) lines.push(w('split', { Units: `${this.#form.elements.units.value} ${this.#title()}` }));
    if (order.effect) lines.push(w(order.effect));
    if (effects.issued > 0n) lines.push(w('make', { Units: this.#units(effects.issued) }));
    for (const { script, units } of effects.others.slice(0, receiversShown)) {
      lines.push(w('send', { Units: this.#units(units), Address: addressOf(script, this.#form.dataset.network) ?? script }));
    }
    const more = effects.others.slice(receiversShown);
    if (more.length > 0) lines.push(w('more-receivers', { Count: number(more.length), Units: this.#units(more.reduce((sum, { units }) => sum + units, 0n)) }));
    for (const units of effects.destroyed.values()) lines.push(w('burn', { Units: this.#units(units) }));
    if (effects.issued === 0n) {
      const bought = this.#form.dataset.act === 'take';
      for (const units of effects.mine.values()) lines.push(w(bought ? 'get' : 'keep', { Units: this.#units(units) }));
    }
    const sum = effects.paid.reduce((all, { value }) => all + value, 0);
    if (sum > 0 && !draft.sponsored) lines.push(w('pay', { Amount: sat(sum), Count: number(effects.paid.length) }));
    if (draft.psbts.length > 1) lines.push(w('parts', { Count: draft.psbts.length }));
    return lines;
  }

  #cost({ sponsored, price, fee }, { sells }, { loss }) {
    if (sells) return [this.#words('cost-none')];
    if (!sponsored) return [this.#words('cost-own', { Fee: sat(fee), Amount: sat(Math.max(loss, 0)) })];
    const lines = [price > 0 ? this.#words('cost-sponsor', { Amount: sat(price) }) : this.#words('cost-none')];
    if (loss > 0) lines.push(this.#words('cost-sats', { Amount: sat(loss) }));
    return lines;
  }

  #put(name, texts, tag) {
    this.#review.querySelector(`[data-${name}]`).replaceChildren(...texts.map((text) => {
      const item = document.createElement(tag);
      item.textContent = text;
      return item;
    }));
  }

  // sign signs for exactly what is shown, and hands it in. What is refused for good is
  // undone; without an answer nobody knows, and the draft's page tells later.
  async #sign() {
    const { draft, order, effects } = this.#made;
    const { wallet } = this.#desk;
    await this.#connection.watch(); // nothing comes back to a script that is not watched
    const signed = await wallet.signDrafts(draft.psbts, {
      coins: order.coins.map(({ outpoint }) => outpoint), loss: Math.max(effects.loss, 0), draft: draft.id,
      sells: Boolean(order.sells), label: this.#title(),
    });
    await order.done?.();
    let now;
    try {
      now = await handIn(draft.path, signed.map(({ psbt }) => psbt));
    } catch (error) {
      if (error instanceof Refused && error.status < 500 && ![408, 429].includes(error.status)) {
        if (order.sells) await wallet.release(order.coins[0].outpoint);
        const known = new Set(wallet.drafts().map(({ txid }) => txid)); // not those that spend nothing of its own
        for (const { txid } of [...signed].reverse()) if (known.has(txid)) await wallet.dropped(txid);
      }
      throw error;
    }
    const next = order.sells ? now.offer : draft.path; // an offer has a page of its own
    location.assign(now.state === 'unpaid' && now.pay ? now.pay : next || draft.path);
  }

  // tidy gives coins back of drafts that have ended without being sent.
  async #tidy(wallet) {
    const told = new Set(wallet.history().filter(({ height }) => height > 0).map(({ txid }) => txid));
    for (const { txid, draft } of wallet.drafts().slice(0, 10)) {
      if (!draft || told.has(txid)) continue;
      try {
        if (['ended', 'failed', 'open'].includes((await draftOf(draft)).state)) await wallet.dropped(txid);
      } catch (error) {
        if (error instanceof Refused && error.status === 404) await wallet.dropped(txid);
      }
    }
  }

  async #ask({ given, key }) {
    this.#say('');
    await this.#connection.watch();
    const at = (name) => this.#deposit.querySelector(`[data-${name}]`);
    at('deposit-text').textContent = this.#words(key, { Least: number(leastDeposit) });
    at('code').replaceChildren(await code(link(given.address).toUpperCase(), at('code').dataset.label));
    at('text').textContent = given.address;
    this.#deposit.querySelector('[data-copy]').dataset.copy = given.address;
    at('deposit-say').textContent = '';
    this.#waiting = true;
    this.#deposit.hidden = false;
    this.#deposit.querySelector('h2').focus();
  }

  #play(button) {
    this.#during(this.#deposit, async () => {
      await faucet(this.#deposit.querySelector('[data-text]').textContent, play);
      this.#deposit.querySelector('[data-deposit-say]').textContent = this.#words('faucet');
      button.hidden = true;
    });
  }

  // look goes on by itself once the coin is there.
  #look() {
    if (!this.#waiting || !this.#desk) return;
    const address = this.#deposit.querySelector('[data-text]').textContent;
    const script = this.#desk.keys.scriptOf(address, this.#desk.wallet.network);
    if (!this.#desk.wallet.coins().some((coin) => coin.script === script && coin.state === 'confirmed')) return;
    this.#waiting = false;
    this.#deposit.querySelector('[data-deposit-say]').textContent = this.#words('arrived');
    this.#during(this.#form, () => this.#plan());
  }

  async #during(part, work) {
    const done = working(part);
    this.#tell(part, '');
    try {
      await work();
    } catch (error) {
      this.#say('');
      if (error instanceof Wrong) this.#blame(error.fields);
      else this.#tell(part, error instanceof Missing ? this.#words(error.key, { Name: this.#title(), ...error.values }) : sentence(this.#place, error));
    } finally {
      done();
    }
  }

  #tell(part, text) {
    if (part.querySelector('[data-wrong]')) tell(part, text);
    else tell(this.#form, text);
  }

  // blame puts the server's sentences beside their fields.
  #blame(fields) {
    this.#show(this.#form);
    for (const [name, text] of Object.entries(fields)) {
      const place = document.getElementById(`asset-${name}-wrong`);
      if (place) place.textContent = text;
      else tell(this.#form, text);
    }
    const first = Object.keys(fields).map((name) => this.#form.elements[name]).find((field) => field?.focus);
    first?.focus();
  }
}
