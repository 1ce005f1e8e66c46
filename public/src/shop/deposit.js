// Money for the wallet, where it pays for new vouchers and has too little.
import { sat } from '../keys/numbers.js';
import { link } from '../keys/request.js';
import { code, faucet } from '../keys/server.js';

export class Deposit {
  #stage;
  #network;
  #say;
  #wanted = 0; // 0 while nobody waits

  constructor(stage, network, say) {
    [this.#stage, this.#network, this.#say] = [stage, network, say];
  }

  get waits() {
    return this.#wanted > 0;
  }

  end() {
    this.#wanted = 0;
  }

  // ask shows an address of the wallet's own, and other ways to pay.
  async ask(wallet, connection, missing, others) {
    const wanted = Math.ceil(missing / 1_000) * 1_000;
    if (wallet.coins().some((coin) => coin.state === 'pending' && coin.held === null && coin.value >= missing)) {
      this.#wanted = wanted;
      this.#stage.show([this.#stage.text(this.#say('confirming'))]);
      return;
    }
    if (this.#wanted === wanted) return; // the address is shown already
    const { address } = await connection.receive({ purpose: 'deposit' });
    this.#wanted = wanted;
    const [place, picture, words] = ['div', 'div', 'div'].map((tag) => document.createElement(tag));
    [place.className, words.className] = ['vou-deposit', 'stack tight'];
    picture.append(await code(link(address).toUpperCase(), this.#say('address')));
    const text = Object.assign(document.createElement('span'), { className: 'hash', lang: 'en', textContent: address });
    text.dataset.address = '';
    words.append(this.#stage.text(this.#say('deposit-text')), text, this.#stage.text(this.#say('deposit-wait'), 'soft'));
    place.append(picture, words);
    const play = this.#network === 'devnet' ? [this.#stage.button('faucet', (button) => this.#play(button, address, wanted), true)] : [];
    this.#stage.show([this.#stage.title(this.#say('deposit', { Amount: sat(wanted) })), place, ...play, ...others]);
    this.#stage.focus();
  }

  async #play(button, address, wanted) {
    try {
      await faucet(address, Math.max(2 * wanted, 100_000));
      button.remove();
    } catch (error) {
      this.#stage.trouble(error.message);
    }
  }
}
