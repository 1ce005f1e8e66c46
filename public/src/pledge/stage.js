// What the first door shows while a pledge is made: how far it is, and what is to
// be done. It draws anew only what is another, so that nothing jumps under a thumb.
import { sat } from '../keys/numbers.js';
import { code, faucet } from '../keys/server.js';

const order = ['wallet', 'money', 'sign', 'send'];

export class Stage {
  #door;
  #words;
  #shown = '';

  constructor(door, words) {
    [this.#door, this.#words] = [door, words];
  }

  get #stage() {
    return this.#door.querySelector('[data-stage]');
  }

  trouble(text) {
    const trouble = this.#door.querySelector('[data-trouble]');
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  clear() {
    this.#shown = '';
    this.#stage.replaceChildren();
    this.#door.querySelector('[data-steps]').hidden = true;
    this.#door.querySelector('[data-go]').parentElement.hidden = false;
  }

  // step marks where it is; with an empty name, all is done.
  step(name) {
    const list = this.#door.querySelector('[data-steps]');
    const at = name ? order.indexOf(name) : order.length;
    list.hidden = false;
    list.replaceChildren(...order.map((one, i) => {
      const state = i < at ? 'done' : i === at ? 'now' : '';
      const item = make('li', { class: state }, this.#words(`step-${one}`));
      item.append(make('span', { class: 'out-of-sight' }, this.#words(`step-${state || 'coming'}`)));
      return item;
    }));
  }

  // note is a sentence by itself.
  note(text) {
    this.#draw(`note ${text}`, () => [make('p', {}, text)]);
  }

  say(name, text) {
    this.step('money');
    this.#draw(name, () => [make('p', {}, text), make('progress', { 'aria-label': text })]);
  }

  async deposit(address, value, network, run) {
    this.step('money');
    await this.#drawLater(`deposit ${address} ${value}`, async () => [
      make('h3', {}, this.#words('deposit', { Amount: sat(value) })),
      ...await this.#request(address, value, network, run),
    ]);
  }

  async other({ got, wanted, rest, address, takes, network }, { take, run }) {
    this.step('money');
    await this.#drawLater(`other ${got} ${wanted} ${rest}`, async () => {
      const drawn = [
        make('h3', {}, this.#words('other', { Got: sat(got) })),
        make('p', {}, this.#words('other-text', { Amount: sat(wanted) })),
      ];
      if (takes) drawn.push(row(press(this.#words('other-take', { Got: sat(got) }), 'btn', take)));
      if (rest > 0) {
        drawn.push(make('p', {}, this.#words('other-more', { Rest: sat(rest) })), ...await this.#request(address, rest, network, run));
      }
      return drawn;
    });
  }

  make({ amount, fee, old }, go) {
    this.step('money');
    this.#draw(`make ${amount} ${fee} ${old}`, () => [
      make('h3', {}, this.#words('make', { Amount: sat(amount) })),
      make('p', {}, this.#words(old ? 'make-instead' : 'make-text', { Amount: sat(amount), Fee: sat(fee), Old: sat(old) })),
      row(press(this.#words('make-go'), 'btn', go)),
    ]);
  }

  // request is an address to be paid to: as a code, as a link, as text.
  async #request(address, value, network, run) {
    const amount = (value / 1e8).toFixed(8);
    const drawn = make('div', { class: 'pledge-deposit' });
    const picture = make('div', { class: 'pledge-code' });
    picture.append(await code(`bitcoin:${address.toUpperCase()}?amount=${amount}`, this.#words('code')));
    const side = make('div', { class: 'stack tight' });
    side.append(make('p', {}, this.#words('deposit-text')), this.#address(address));
    const ways = row(make('a', { class: 'btn quiet', href: `bitcoin:${address}?amount=${amount}` }, this.#words('open')));
    if (network === 'devnet') {
      const give = press(this.#words('faucet'), 'btn', () => run(() => faucet(address, value)));
      give.dataset.faucet = '';
      ways.prepend(give);
    }
    side.append(ways, make('p', { class: 'soft' }, this.#words('deposit-wait')));
    if (network !== 'devnet') side.append(make('p', { class: 'soft' }, this.#words('deposit-slow')));
    side.append(make('progress', { 'aria-label': this.#words('deposit-wait') }));
    drawn.append(picture, side);
    return [drawn];
  }

  #address(address) {
    const line = make('p', { class: 'copyable' });
    line.append(make('span', { class: 'out-of-sight' }, this.#words('address')), make('span', { class: 'hash', lang: 'en', 'data-deposit': '' }, address));
    if (navigator.clipboard) {
      const button = press(this.#words('copy'), 'btn quiet small', async () => {
        await navigator.clipboard.writeText(address);
        button.textContent = this.#words('copied');
        setTimeout(() => { button.textContent = this.#words('copy'); }, 2000);
      });
      line.append(button);
    }
    return line;
  }

  #draw(name, parts) {
    if (this.#shown === name) return;
    this.#shown = name;
    this.#stage.replaceChildren(...parts());
  }

  async #drawLater(name, parts) {
    if (this.#shown === name) return;
    const drawn = await parts();
    this.#draw(name, () => drawn);
  }
}

function make(tag, attributes = {}, text = '') {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== '' || name.startsWith('data-')) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function press(label, kind, act) {
  const button = make('button', { class: kind, type: 'button' }, label);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await act();
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

function row(...children) {
  const made = make('div', { class: 'row' });
  made.append(...children);
  return made;
}
