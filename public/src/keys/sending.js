// Sending: to whom, how much, at what fee; looked at once more, then sent.
import { tell, working } from './dialog.js';
import { amount, coins, number, sat } from './numbers.js';
import { readPayment } from './request.js';
import { fill, sentence } from './said.js';
import { rates } from './server.js';

const ordinary = 616; // weight units: one coin in, two out, all taproot

export class Sending {
  #place;
  #panel;
  #form;
  #review;
  #wallet;
  #connection;
  #rates = [];
  #made = null; // what is being looked at: { plan, label }

  constructor(place, page) {
    this.#place = place;
    this.#panel = page.querySelector('[data-for=send]');
    this.#form = this.#panel.querySelector('form[data-payment]');
    this.#review = this.#panel.querySelector('form[data-review]');
    const { to, amount: field, all } = this.#form.elements;
    all.addEventListener('change', () => { field.disabled = all.checked; });
    to.addEventListener('change', () => this.#take(to));
    this.#form.addEventListener('change', () => this.#price());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#during(this.#form, () => this.#plan());
    });
    this.#review.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#during(this.#review, () => this.#send());
    });
    this.#panel.querySelector('[data-back]').addEventListener('click', () => this.#step('payment'));
  }

  use(wallet, connection) {
    [this.#wallet, this.#connection] = [wallet, connection];
  }

  async open() {
    this.#step('payment');
    await this.#during(this.#form, async () => {
      this.#rates = await rates();
      this.#price();
    });
  }

  empty() {
    this.#made = null;
    this.#form.reset();
    this.#form.elements.amount.disabled = false;
    this.#step('payment');
    for (const name of ['to', 'value', 'value-btc', 'its-fee', 'left']) this.#put(name, '');
  }

  // price says what each fee comes to: of this payment once it is filled in, else of an
  // ordinary one.
  #price() {
    for (const { name, rate, minutes } of this.#rates) {
      let fee = Math.ceil((ordinary * rate) / 1000);
      try {
        fee = this.#wallet.plan({ ...this.#asked(), rate }).fee;
      } catch { /* not filled in yet, or not possible: said when it is looked at */ }
      this.#form.querySelector(`[data-rate=${name}]`).textContent = `${this.#time(minutes)} · ${sat(fee)} · ${perByte(rate)} sat/vB`;
    }
  }

  // asked is the payment as it is filled in, for plan. Kinds: payment, amount.
  #asked() {
    const { to, amount: field, all } = this.#form.elements;
    const { address } = readPayment(to.value);
    if (all.checked) return { sweep: address };
    const value = amount(field.value);
    if (value === null) throw Object.assign(new Error('amount'), { kind: 'amount' });
    return { pay: [{ address, value }] };
  }

  #time(minutes) {
    const { nextBlock, minutes: some, hours } = this.#panel.dataset;
    if (minutes < 2) return nextBlock;
    return minutes < 120 ? fill(some, { count: Math.round(minutes) }) : fill(hours, { count: Math.round(minutes / 60) });
  }

  // #take fills the form from a payment link.
  #take(field) {
    tell(this.#form, '');
    try {
      const { address, value, label } = readPayment(field.value);
      if (address === field.value.trim()) return;
      field.value = address;
      if (value !== null) this.#form.elements.amount.value = number(value);
      if (label) this.#form.elements.label.value = label.slice(0, 100);
    } catch (error) {
      tell(this.#form, sentence(this.#place, error));
    }
  }

  async #plan() {
    const { to, fee, label } = this.#form.elements;
    const { address } = readPayment(to.value);
    const { scriptOf } = await import(this.#place.dataset.keys);
    scriptOf(address, this.#wallet.network); // refused before the amount is
    const chosen = this.#rates.find(({ name }) => name === fee.value) ?? (await rates()).find(({ name }) => name === fee.value);
    const plan = this.#wallet.plan({ ...this.#asked(), rate: chosen.rate });
    this.#made = { plan, label: label.value.trim() };
    const sent = plan.pay.reduce((sum, { value: v }) => sum + v, 0);
    this.#put('to', address);
    this.#put('value', sat(sent));
    this.#put('value-btc', coins(sent));
    this.#put('its-fee', sat(plan.fee));
    this.#put('left', sat(this.#wallet.balance().free - sent - plan.fee));
    this.#step('review');
    this.#review.querySelector('button').focus();
  }

  async #send() {
    const { plan, label } = this.#made;
    const { later } = await this.#connection.pay(plan, { label });
    this.#made = null;
    this.#form.reset();
    this.#form.elements.amount.disabled = false;
    this.#panel.querySelector('[data-sent-now]').hidden = Boolean(later);
    this.#panel.querySelector('[data-sent-later]').hidden = !later;
    this.#step('sent');
    this.#panel.querySelector('[data-sent-text]').focus();
  }

  #put(name, text) {
    this.#review.querySelector(`[data-${name}]`).textContent = text;
  }

  #step(name) {
    this.#form.hidden = name !== 'payment';
    this.#review.hidden = name !== 'review';
    this.#panel.querySelector('[data-sent]').hidden = name !== 'sent';
    for (const form of [this.#form, this.#review]) tell(form, '');
  }

  async #during(form, work) {
    const done = working(form);
    tell(form, '');
    try {
      await work();
    } catch (error) {
      tell(form, sentence(this.#place, error));
    } finally {
      done();
    }
  }
}

// sat/vB is a quarter of a thousandth of our rates.
const perByte = (rate) => Math.round(rate / 25) / 10;
