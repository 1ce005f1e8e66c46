// The first door: the wallet in the page pledges. Money comes in, or is there; a
// coin of the exact size is set aside; it is signed, with its way home; the pledge
// is handed in. What was given out, sent and signed is kept before anything leaves
// the page, so that whoever closes it goes on where he was.
import { openWallet } from '../keys/open.js';
import { sat } from '../keys/numbers.js';
import { sentence } from '../keys/said.js';
import { rates, send } from '../keys/server.js';
import { wordsOf } from '../words.js';
import { Feed } from './feed.js';
import { keepUnderWay, remember, underWay } from './kept.js';
import { nextOf } from './next.js';
import { handIn, pledgesOf } from './server.js';
import { Stage } from './stage.js';

const refused = (status) => status < 500 && status !== 429;

export function bindDoor(form, amount) {
  const door = form.querySelector('[data-wallet-door]');
  if (!door) return;
  new Door(form, door, amount).bind();
}

class Door {
  #form;
  #door;
  #amount;
  #place = document.querySelector('[data-keys-place]');
  #words;
  #stage;
  #match; // the stretch level in which alone the coin shall count; 0 for all
  #campaign; // what is under way is kept by it: the campaign's id, and the level
  #wallet = null;
  #feed = null;
  #rates = [];
  #instead = /^#instead=([0-9a-f]{64}:\d{1,9})$/.exec(location.hash)?.[1] ?? '';
  #busy = false; // while something is signed or sent
  #agreed = null; // an amount that came in and that shall be pledged as it is

  constructor(form, door, amount) {
    [this.#form, this.#door, this.#amount] = [form, door, amount];
    this.#words = wordsOf(door);
    this.#stage = new Stage(door, this.#words);
    this.#match = Number(door.dataset.match);
    this.#campaign = door.dataset.campaign + (this.#match ? `-${this.#match}` : '');
  }

  // firm are the terms of a firm pledge, where one is wanted.
  get #firm() {
    if (this.#instead || !this.#door.querySelector('[data-firm]')?.checked) return null;
    return { keeper: this.#door.dataset.keeper, until: Number(this.#door.dataset.refund) };
  }

  get #purpose() {
    return `pledge/${this.#campaign}${this.#firm ? '/firm' : ''}`;
  }

  bind() {
    const button = this.#door.querySelector('[data-go]');
    const begun = underWay(this.#campaign);
    if (begun && !this.#instead) {
      this.#instead = begun.instead ?? '';
      this.#amount.set(begun.amount);
      const firm = this.#door.querySelector('[data-firm]');
      if (firm) firm.checked = Boolean(begun.firm);
      this.#fill(begun);
      this.#stage.note(this.#words('resume'));
    }
    const label = (n) => { button.textContent = this.#words(this.#instead ? 'change' : 'go', { Amount: sat(n) }); };
    label(this.#amount.value());
    this.#amount.changed((n) => {
      label(n);
      this.#agreed = null;
      this.#look();
    });
    button.addEventListener('click', () => this.#run(() => this.#go(button)));
    this.#door.querySelector('[data-firm]')?.addEventListener('change', () => this.#look());
    this.#place.addEventListener('keys:locked', () => this.#close());
  }

  #fill({ name, message }) {
    for (const [field, text] of Object.entries({ name, message })) {
      if (text && !this.#form.elements[field].value) this.#form.elements[field].value = text;
    }
  }

  // run does something that may fail, and says so if it does.
  async #run(act) {
    this.#stage.trouble('');
    try {
      await act();
    } catch (error) {
      this.#stage.trouble(sentence(this.#place, error));
    }
  }

  #tooSmall() {
    const n = this.#amount.value();
    if (this.#amount.fits(n)) return '';
    if (n < this.#amount.least) return this.#words('amount-small', { Least: sat(this.#amount.least) });
    return this.#words('amount-shares', { Price: sat(this.#amount.multiple) });
  }

  async #go(button) {
    const wrong = this.#tooSmall();
    if (wrong) {
      this.#stage.trouble(wrong);
      this.#amount.complain();
      return;
    }
    button.disabled = true;
    try {
      this.#wallet = await openWallet(this.#place);
      if (!this.#wallet) return;
      this.#keep({});
      this.#stage.step('money');
      const { body } = underWay(this.#campaign) ?? {};
      if (body) {
        this.#stage.note(this.#words('resumed'));
        this.#feed?.stop();
        await this.#hand(body);
        return;
      }
      this.#rates = await rates();
      await this.#follow();
    } finally {
      button.disabled = false;
    }
  }

  // keep writes down what is under way.
  #keep(changed) {
    const { name, message } = this.#form.elements;
    keepUnderWay(this.#campaign, {
      ...underWay(this.#campaign), amount: this.#amount.value(), name: name.value, message: message.value, instead: this.#instead, firm: this.#firm !== null, ...changed,
    });
  }

  #close() {
    this.#feed?.stop();
    [this.#feed, this.#wallet] = [null, null];
    this.#stage.clear();
  }

  // follow listens for coins until the pledge is in.
  async #follow() {
    this.#feed?.stop();
    this.#feed = new Feed(this.#wallet);
    await this.#again();
    this.#door.querySelector('[data-go]').parentElement.hidden = true;
    await this.#feed.run(() => this.#look());
  }

  // again passes on what was sent for this campaign and that no block holds yet: the
  // page may have been closed before the server had it.
  async #again() {
    for (const { hex, label, by } of this.#wallet.sent().slice(0, 5)) {
      if (label === this.#label && !by) await send(hex).catch(() => {});
    }
  }

  get #label() {
    return this.#door.dataset.title;
  }

  // look decides what is next, whenever something has changed.
  async #look() {
    if (!this.#wallet || !this.#feed || this.#busy) return;
    const wrong = this.#tooSmall();
    if (wrong && !this.#agreed) {
      this.#stage.trouble(wrong);
      return;
    }
    this.#busy = true;
    await this.#run(async () => {
      // What is signed is handed in as it is, however often: the answer may have
      // been lost.
      const { body } = underWay(this.#campaign) ?? {};
      if (body) {
        await this.#hand(body);
        return;
      }
      const known = await this.#known();
      const next = await nextOf({
        wallet: this.#wallet, purpose: this.#purpose, label: this.#label, amount: this.#agreed ?? this.#amount.value(),
        fits: this.#amount.fits, instead: this.#instead, rate: this.#rate('normal'), known, used: this.#feed.used, firm: this.#firm,
      });
      if (next.watch) await this.#feed.watch();
      await this.#do(next);
    });
    this.#busy = false;
  }

  // known are the outpoints of this campaign's coins that were handed in already:
  // a coin that is held and not among them was signed by a page that was closed.
  async #known() {
    const held = this.#wallet.coins().filter(({ purpose, held: hold }) => purpose === this.#purpose && hold?.why === 'pledged');
    if (held.length === 0) return new Set();
    return new Set((await pledgesOf(held.map(({ outpoint }) => outpoint))).map(({ outpoint }) => outpoint));
  }

  #rate(name) {
    return (this.#rates.find((one) => one.name === name) ?? this.#rates[0]).rate;
  }

  // do is what nextOf says.
  async #do(next) {
    switch (next.what) {
      case 'sign': return this.#sign(next);
      case 'make': return this.#make(next);
      case 'other': return this.#other(next);
      case 'deposit':
        return this.#stage.deposit(next.address, next.value, this.#door.dataset.network, (act) => this.#run(act));
      case 'absent': return this.#stage.note(this.#words('instead-absent'));
      default: return this.#stage.say('confirming', this.#words('confirming'));
    }
  }

  #other({ got, value, address, takes }) {
    return this.#stage.other({
      got, wanted: this.#amount.value(), rest: value, address, takes, network: this.#door.dataset.network,
    }, {
      take: () => { this.#agreed = got; this.#look(); },
      run: (act) => this.#run(act),
    });
  }

  #make({ plan, old }) {
    this.#stage.make({ amount: plan.pay[0].value, fee: plan.fee, old }, () => this.#run(async () => {
      this.#busy = true;
      try {
        const made = await this.#wallet.send(plan, { label: this.#label });
        this.#keep({});
        try {
          await send(made.hex);
        } catch (error) {
          if (error.told && refused(error.status)) await this.#wallet.dropped(made.txid);
          throw error;
        }
        await this.#feed.watch();
      } finally {
        this.#busy = false;
      }
      await this.#look();
    }));
  }

  async #sign({ coin, again }) {
    this.#stage.step('sign');
    const { outpoint } = coin;
    const refund = await this.#refund(outpoint);
    const contracts = JSON.parse(this.#door.dataset.contracts);
    const signed = await this.#wallet.pledge({ outpoint, contracts, label: this.#label, again });
    const funding = this.#wallet.sent().find(({ txid }) => txid === coin.txid)?.hex ?? '';
    const { name, message } = this.#form.elements;
    const body = {
      revision: Number(this.#door.dataset.revision), match: this.#match, signed: signed.map(({ hex }) => hex), refund, funding,
      height: coin.height > 0 ? coin.height : 0, name: name.value, message: message.value,
    };
    this.#keep({ body, outpoint });
    await this.#feed.watch(); // the refund's address too
    await this.#hand(body);
  }

  // refund is the way home, at the highest fee that the coin pays; none if it pays
  // not even the lowest.
  async #refund(outpoint) {
    for (const name of ['fast', 'normal', 'slow']) {
      try {
        return (await this.#wallet.refund({
          outpoint, lockTime: Number(this.#door.dataset.refund), rate: this.#rate(name), label: this.#label,
        })).hex;
      } catch (error) {
        if (error.kind !== 'refund-small') throw error;
      }
    }
    return '';
  }

  async #hand(body) {
    this.#stage.step('send');
    let taken;
    try {
      taken = await handIn(this.#door.dataset.action, body);
    } catch (error) {
      // What is refused for good is signed anew when somebody presses the button
      // again, on a page that knows the terms of then.
      if (error.told && refused(error.status)) {
        this.#keep({ body: null });
        this.#close();
      }
      throw error;
    }
    this.#stage.step('');
    this.#feed?.stop();
    remember({ key: taken.key, campaign: this.#door.dataset.campaign, title: this.#door.dataset.title });
    keepUnderWay(this.#campaign, null);
    location.assign(taken.path);
  }
}
