// The coins of an open wallet, as a list.
import { fill } from './said.js';
import { number, sat } from './numbers.js';

const shown = 200; // rows at most, the largest coins

export class CoinList {
  #page;
  #list;
  #row;
  #changed;

  // changed is called after somebody has changed something here.
  constructor(page, changed) {
    this.#changed = changed;
    this.#page = page;
    this.#list = page.querySelector('[data-coins]');
    this.#row = page.querySelector('template[data-row=coin]');
  }

  show(wallet) {
    const coins = wallet.coins().filter(({ held }) => held?.why !== 'sent').sort((a, b) => b.value - a.value);
    const labels = new Map(wallet.uses().map(({ script, label, purpose }) => [script, purpose === 'change' ? '' : label]));
    this.#list.replaceChildren(...coins.slice(0, shown).map((coin) => this.#item(coin, labels, wallet)));
    this.#list.hidden = coins.length === 0;
    this.#page.querySelector('[data-no-coins]').hidden = coins.length > 0;
  }

  #item(coin, labels, wallet) {
    const item = this.#row.content.cloneNode(true).firstElementChild;
    const put = (name, text) => { item.querySelector(`[data-${name}]`).textContent = text; };
    const { dataset } = this.#page;
    put('value', sat(coin.value));
    put('name', coin.held?.label || labels.get(coin.script) || '');
    put('where', coin.height > 0
      ? `${fill(dataset.block, { height: number(coin.height) })} · ${fill(dataset.depth, { count: wallet.height - coin.height + 1 })}`
      : dataset.waits);
    const { why } = coin.held ?? {};
    put('state', dataset[why ? `held${capital(why)}` : `state${capital(coin.own ? 'confirmed' : coin.state)}`]);
    item.dataset.outpoint = coin.outpoint;
    const act = (name, work) => {
      const button = item.querySelector(`[data-${name}]`);
      button.hidden = false;
      button.addEventListener('click', async () => {
        await work();
        this.#changed();
        this.#list.querySelector(`[data-outpoint="${coin.outpoint}"] button:not([hidden])`)?.focus();
      });
    };
    if (!why && coin.state === 'confirmed') act('hold', () => wallet.hold(coin.outpoint, 'reserved'));
    if (why === 'reserved') act('free', () => wallet.release(coin.outpoint));
    return item;
  }
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);
