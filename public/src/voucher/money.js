// Money that lies at a voucher: told to whoever has the code, and moved into the wallet
// in this page.
import { connect } from '../keys/connection.js';
import { sat } from '../keys/numbers.js';
import { openWallet } from '../keys/open.js';
import { rates, send } from '../keys/server.js';
import { sentence } from '../keys/said.js';
import { ask } from './server.js';

export class Money {
  #place;
  #say;
  #coins = [];
  #voucher = null; // { keys, voucher, name }
  #sent = new Set(); // outpoints that were moved from this page

  constructor(place, say) {
    [this.#place, this.#say] = [place, say];
    place.querySelector('[data-take]').addEventListener('click', (event) => this.#take(event.currentTarget));
  }

  // show tells of the coins that the server knows: [{ txid, vout, value }]. keys is the
  // module that signs, voucher the secret, and name what the server calls it.
  show(coins = [], voucher = null) {
    this.#voucher = voucher;
    this.#coins = coins.filter(({ txid, vout }) => !this.#sent.has(`${txid}:${vout}`));
    const sum = this.#sum;
    const said = this.#place.querySelector('[data-money-said]').textContent;
    this.#place.hidden = sum === 0 && said === '';
    this.#place.querySelector('[data-money-text]').textContent = sum > 0 ? this.#say('money', { Amount: sat(sum) }) : '';
    this.#place.querySelector('[data-take]').hidden = sum === 0;
  }

  clear() {
    this.#tell('', '');
    this.show();
  }

  get #sum() {
    return this.#coins.reduce((sum, { value }) => sum + value, 0);
  }

  #tell(said, wrong = '') {
    this.#place.querySelector('[data-money-said]').textContent = said;
    const trouble = this.#place.querySelector('[data-money-trouble]');
    trouble.textContent = wrong;
    trouble.hidden = wrong === '';
  }

  async #take(button) {
    const keysPlace = document.querySelector('[data-keys-place]');
    const { keys, voucher, name } = this.#voucher;
    this.#tell('');
    button.disabled = true;
    let connection = null;
    try {
      const wallet = await openWallet(keysPlace);
      if (!wallet) return;
      this.#tell(this.#say('money-wait'));
      connection = connect(wallet);
      await connection.ready;
      const { money: coins } = await ask('/v/look', { name }); // as it is now
      const { script } = await connection.receive({ purpose: 'deposit', label: this.#say('money-label') });
      const list = await rates();
      const { rate } = list.find((one) => one.name === 'normal') ?? list[0];
      const made = keys.collected(voucher, coins, { script, rate }, (n) => crypto.getRandomValues(new Uint8Array(n)));
      if (made.hex === null) return this.#tell('', this.#say('money-little', { Fee: sat(made.fee) }));
      await send(made.hex);
      for (const { txid, vout } of coins) this.#sent.add(`${txid}:${vout}`);
      this.#tell(this.#say('money-done', { Amount: sat(made.value), Fee: sat(made.fee) }));
      this.show([], this.#voucher);
    } catch (error) {
      this.#tell('', error.kind === 'unreachable' ? this.#say('unreachable') : sentence(keysPlace, error));
    } finally {
      connection?.end();
      button.disabled = false;
    }
  }
}
