// The page of what one holds: opened, listed, and a link to receive more.
import { connect } from '../keys/connection.js';
import { keysOf, openWallet } from '../keys/open.js';
import { code } from '../keys/server.js';
import { sentence } from '../keys/said.js';
import { Holdings } from './holdings.js';

export function bindMine(page) {
  const place = document.querySelector('[data-keys-place]');
  const holdings = new Holdings(page);
  const at = (name) => page.querySelector(`[data-${name}]`);
  let [wallet, connection] = [null, null];

  const trouble = (error) => {
    at('wrong').textContent = error ? sentence(place, error) : '';
    at('wrong').hidden = !error;
  };

  async function update() {
    try {
      at('none').hidden = await holdings.show(wallet) > 0;
      await holdings.issued(wallet);
    } catch (error) {
      trouble(error);
    }
  }

  async function open() {
    trouble(null);
    wallet = await openWallet(place);
    if (!wallet) return;
    connection = connect(wallet, { changed: update, trouble });
    await connection.ready;
    await update();
    at('closed').hidden = true;
    at('holds').hidden = false;
    at('holds').querySelector('h2').focus();
  }

  // receive shows the last address for units that nobody has sent to yet, or a new one.
  async function receive() {
    const shown = at('receiving').hidden;
    at('receive').setAttribute('aria-expanded', String(shown));
    at('receiving').hidden = !shown;
    if (!shown) return;
    const { accounts } = await keysOf(place);
    const used = new Set(wallet.received());
    await connection.watch();
    const { address } = wallet.uses().filter(({ purpose, script }) => purpose === 'receive-units' && !used.has(script)).at(-1)
      ?? await connection.receive({ purpose: 'receive-units', account: accounts.colors });
    const link = `${location.origin}/assets/send?to=${address}`;
    at('code').replaceChildren(await code(link, at('code').dataset.label));
    at('text').textContent = link;
    at('address').textContent = address;
    at('receiving').querySelector('[data-copy]').dataset.copy = link;
    at('receiving').querySelector('h3').focus();
  }

  const run = (work) => async () => {
    try {
      await work();
    } catch (error) {
      trouble(error);
    }
  };
  at('open').addEventListener('click', run(open));
  at('receive').addEventListener('click', run(receive));
  place.addEventListener('keys:locked', () => {
    connection?.end();
    holdings.empty();
    at('holds').hidden = true;
    at('issued-part').hidden = true;
    at('receiving').hidden = true;
    at('receive').setAttribute('aria-expanded', 'false');
    for (const name of ['text', 'address', 'code']) at(name).replaceChildren();
    at('closed').hidden = false;
  });
}
