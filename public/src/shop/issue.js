// New vouchers: their keys are made here, the wallet in the page issues the coins they
// lie on, and the codes are shown until they are saved. What the server sees are public
// keys, scripts and signed transactions. The network is paid over Lightning, and then
// the wallet needs no coin at all, or from the wallet.
import { handIn } from '../assetdesk/server.js';
import { connect } from '../keys/connection.js';
import { number, sat } from '../keys/numbers.js';
import { keysOf, openWallet } from '../keys/open.js';
import { sentence } from '../keys/said.js';
import { rates } from '../keys/server.js';
import { ask, Refused } from '../voucher/server.js';
import { inWords } from '../voucher/units.js';
import { wordsOf } from '../words.js';
import { Batch } from './batch.js';
import { dropCodes, keepCodes } from './codes.js';
import { Deposit } from './deposit.js';
import { Form } from './form.js';
import { Resume } from './resume.js';
import { Saving } from './saving.js';
import { Stage } from './stage.js';

const mostCoins = 40;

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
  #stage;
  #deposit;
  #keysPlace = document.querySelector('[data-keys-place]');
  #wallet = null;
  #connection = null;
  #batch = null;
  #seed = null; // the wallet's address of this series: { script, address }
  #way = ''; // lightning or wallet

  constructor(place) {
    [this.#place, this.#desk, this.#say] = [place, place.dataset.issue, wordsOf(place)];
    this.#form = new Form(place, this.#say);
    this.#saving = new Saving(place, this.#say);
    this.#stage = new Stage(place, this.#say);
    this.#deposit = new Deposit(this.#stage, place.dataset.network, this.#say);
  }

  bind() {
    this.#form.bind(() => this.#run(() => this.#go()));
    this.#saving.bind();
    this.#keysPlace.addEventListener('keys:locked', () => this.#locked());
    const shows = { stage: this.#stage, saving: this.#saving, only: (part) => this.#only(part), run: (act) => this.#run(act) };
    return new Resume(this.#desk, this.#keysPlace, this.#say, shows).begin();
  }

  // only shows one part of the page: the form, what is under way, or the codes.
  #only(part) {
    this.#form.element.hidden = part !== 'form';
    this.#place.querySelector('.vou-preview').hidden = part !== 'form';
    this.#stage.hidden = part !== 'stage';
    this.#place.querySelector('[data-codes]').hidden = part !== 'codes';
  }

  #locked() {
    this.#connection?.end();
    [this.#wallet, this.#connection] = [null, null];
    this.#deposit.end();
    if (!this.#stage.hidden && this.#batch) this.#only('form');
  }

  async #run(act) {
    this.#stage.trouble('');
    try {
      await act();
    } catch (error) {
      this.#stage.trouble(error.kind === 'unreachable' ? this.#say('unreachable') : sentence(this.#keysPlace, error));
      const again = this.#wallet ? [this.#stage.button('again', () => this.#run(() => this.#plan()))] : [];
      this.#stage.show([...again, this.#stage.button('back', () => this.#only('form'), true)]);
      this.#only('stage');
    }
  }

  async #go() {
    const { vouchers } = this.#form;
    const most = Number(this.#place.dataset.most);
    if (vouchers.length > most) {
      this.#place.querySelector('[data-sum]').textContent = this.#say('too-many', { Most: number(most) });
      return;
    }
    this.#wallet = await openWallet(this.#keysPlace);
    if (!this.#wallet) return;
    this.#only('stage');
    this.#stage.step('wallet');
    this.#stage.show([]);
    this.#connection ??= connect(this.#wallet, { changed: () => this.#look() });
    await this.#connection.ready;
    await this.#keys(vouchers);
    this.#way = '';
    await this.#plan();
  }

  // keys plans the series with the server, and makes the vouchers' keys: they are kept,
  // sealed, before anything is paid to them.
  async #keys(vouchers) {
    const { typed, face, until } = this.#form;
    const wanted = JSON.stringify([typed, vouchers]);
    if (this.#batch?.wanted === wanted) return;
    this.#stage.step('keys');
    const { accounts } = await keysOf(this.#keysPlace);
    this.#seed = await this.#connection.receive({ purpose: 'issue', account: accounts.colors, label: typed.name });
    const issuer = typed.ends === 'never' ? '' : this.#wallet.innerKey(this.#seed.script);
    const { id: series, expiry } = await ask(`${this.#desk}/series`, { ...typed, issuer });
    const keys = await import(this.#place.dataset.bearer);
    const made = await Batch.make(keys, vouchers, { series, expiry, issuer, wanted, face }, (done) => {
      this.#stage.show([this.#stage.text(this.#say('keys-made', { Count: number(done), Of: number(vouchers.length) }))]);
    });
    const kept = {
      series, desk: this.#desk, at: Date.now(), draft: '', sent: false, origin: location.origin, shop: this.#place.dataset.shopName, until,
      face, count: vouchers.length, box: await this.#wallet.sealed(made.codes),
    };
    if (this.#batch) await dropCodes(this.#batch.series);
    await keepCodes(kept);
    this.#batch = Object.assign(made, { kept });
  }

  get #money() {
    return this.#wallet.coins().filter((coin) => coin.held === null && coin.state === 'confirmed' && (coin.assets ?? []).length === 0)
      .sort((a, b) => b.value - a.value).slice(0, mostCoins);
  }

  // plan has the server build the transactions, and shows what they cost.
  async #plan() {
    this.#stage.step('money');
    // The address that money is waited for at stays in sight while coins are looked at.
    if (!this.#deposit.waits) this.#stage.show([this.#stage.text(this.#say('planning'))]);
    const coins = this.#money;
    const have = coins.reduce((sum, { value }) => sum + value, 0);
    const need = await this.#need();
    const offered = this.#place.dataset.sponsor !== undefined;
    this.#way ||= offered && have < need ? 'lightning' : 'wallet';
    const other = offered ? [this.#stage.button(this.#way === 'lightning' ? 'way-wallet' : 'way-lightning', () => this.#switch(), true)] : [];
    if (this.#way === 'wallet' && have < need) return this.#deposit.ask(this.#wallet, this.#connection, need - have, other);
    this.#deposit.end();
    const spends = this.#way === 'lightning' ? [] : coins;
    const { script: change } = await this.#change();
    const draft = await ask(`${this.#desk}/series/${this.#batch.series}/draft`, {
      ...this.#batch.list, change, seed: this.#seed.script, sponsored: this.#way === 'lightning',
      coins: spends.map(({ txid, vout, value, script }) => ({ txid, vout, value, script })),
    }, { patience: 60_000 });
    const loss = await this.#check(draft, spends);
    this.#stage.step('sign');
    const { length } = this.#batch.vouchers;
    const values = { Count: number(length), Units: inWords(this.#batch.units, this.#batch.face, this.#say), Fee: sat(draft.sponsored ? draft.price : loss) };
    const go = this.#stage.button(draft.sponsored ? 'agree-pay' : 'agree-go', () => this.#run(() => this.#sign(draft, spends, loss)));
    this.#stage.show([this.#stage.text(this.#say(draft.sponsored ? 'agree-lightning' : 'agree', values)), go, ...other]);
    this.#stage.focus();
    return undefined;
  }

  #switch() {
    this.#way = this.#way === 'lightning' ? 'wallet' : 'lightning';
    return this.#run(() => this.#plan());
  }

  // change is an address for what is left, the same for each try.
  async #change() {
    this.#batch.change ??= await this.#connection.receive({ purpose: 'change', change: 1 });
    return this.#batch.change;
  }

  // check reads the transactions: all units go to the vouchers, and nothing else leaves
  // the wallet but what it costs. It gives how many satoshi that is.
  async #check(draft, coins) {
    const { readDraft } = await keysOf(this.#keysPlace);
    const loss = this.#batch.check(draft, draft.psbts.map((psbt) => readDraft(psbt)), coins, this.#wallet.scripts());
    if (loss === null) throw Object.assign(new Error('draft'), { kind: 'draft' });
    return loss;
  }

  // sign registers the vouchers, signs, and hands in. From then on the codes are worth
  // something, and are kept until somebody says that they are saved.
  async #sign(draft, coins, loss) {
    const { series, kept, face } = this.#batch;
    await this.#connection.watch();
    await ask(`${this.#desk}/series/${series}/vouchers`, { ...this.#batch.list, draft: draft.id }, { patience: 60_000 });
    const batch = { ...kept, draft: draft.id, sent: true };
    await keepCodes(batch);
    const signed = await this.#wallet.signDrafts(draft.psbts, {
      coins: coins.map(({ outpoint }) => outpoint), loss: Math.max(loss, 0), draft: draft.id, label: face.name,
    });
    let now;
    try {
      now = await handIn(draft.path, signed.map(({ psbt }) => psbt));
    } catch (error) {
      if (error instanceof Refused && error.status < 500 && ![408, 429].includes(error.status)) {
        await this.#undo(signed);
        await keepCodes(kept);
      }
      throw error;
    }
    this.#connection.end();
    if (now.pay) return location.assign(now.pay); // and back here, where the codes are
    this.#only('codes');
    return this.#saving.show(batch, this.#batch.codes);
  }

  async #undo(signed) {
    const known = new Set(this.#wallet.drafts().map(({ txid }) => txid));
    for (const { txid } of [...signed].reverse()) if (known.has(txid)) await this.#wallet.dropped(txid);
  }

  // need is about what the vouchers' coins and the network take, in satoshi.
  async #need() {
    const list = await rates();
    const { rate } = list.find(({ name }) => name === 'normal') ?? list[0];
    const count = this.#batch.vouchers.length;
    return Math.ceil((count * 330 + ((330 + count * 46) * 4 * rate) / 1000) * 1.1 + 1_000);
  }

  // look goes on by itself once there is money.
  #look() {
    if (this.#deposit.waits && this.#wallet) this.#run(() => this.#plan());
  }
}
