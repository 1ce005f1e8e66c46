// Receiving: an address as a code and as text, and play money for it.
import { tell, working } from './dialog.js';
import { amount, sat } from './numbers.js';
import { link } from './request.js';
import { fill, sentence } from './said.js';
import { code, faucet } from './server.js';

export class Receiving {
  #place;
  #panel;
  #wallet;
  #connection;
  #address = '';

  constructor(place, page) {
    this.#place = place;
    this.#panel = page.querySelector('[data-for=receive]');
    const fresh = this.#panel.querySelector('form[data-new-address]');
    fresh.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#during(fresh, async () => {
        await this.#show(await this.#connection.receive({ purpose: 'deposit', label: fresh.elements.label.value.trim() }));
        fresh.reset();
      });
    });
    const play = this.#panel.querySelector('form[data-faucet]');
    play?.addEventListener('submit', (event) => {
      event.preventDefault();
      const value = amount(event.submitter.value);
      this.#during(play, async () => {
        await faucet(this.#address, value);
        play.querySelector('[data-say]').textContent = fill(play.dataset.done, { amount: sat(value) });
      });
    });
  }

  use(wallet, connection) {
    [this.#wallet, this.#connection] = [wallet, connection];
  }

  // open shows the last address that nobody has paid to yet, or a new one.
  async open() {
    const form = this.#panel.querySelector('form[data-new-address]');
    this.empty(); // the last one may have been paid to
    await this.#during(form, async () => {
      await this.#connection.ready;
      const paid = new Set(this.#wallet.received());
      const unused = this.#wallet.uses().filter(({ purpose, script }) => purpose === 'deposit' && !paid.has(script)).at(-1);
      await this.#connection.watch();
      await this.#show(unused ?? await this.#connection.receive({ purpose: 'deposit' }));
    });
  }

  empty() {
    this.#address = '';
    this.#panel.querySelector('[data-address]').hidden = true;
    this.#panel.querySelector('[data-code]').replaceChildren();
    this.#panel.querySelector('[data-text]').textContent = '';
    for (const say of this.#panel.querySelectorAll('[data-say]')) say.textContent = '';
  }

  async #show({ address }) {
    this.#address = address;
    const drawn = this.#panel.querySelector('[data-code]');
    // Capitals make a smaller code (BIP-0173).
    drawn.replaceChildren(await code(link(address).toUpperCase(), drawn.dataset.label));
    this.#panel.querySelector('[data-text]').textContent = address;
    this.#panel.querySelector('[data-copy]').dataset.copy = address;
    this.#panel.querySelector('[data-link]').href = link(address);
    this.#panel.querySelector('[data-address]').hidden = false;
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
