// The wallet's own page (templates/purse): closed, or open with its coins, what
// happened, and what can be done.
import { Holdings } from './assetdesk/holdings.js';
import { CoinList } from './keys/coinlist.js';
import { connect } from './keys/connection.js';
import { EntryList } from './keys/entries.js';
import { tell } from './keys/dialog.js';
import { coins, number, sat } from './keys/numbers.js';
import { hasWallet, keysOf, lockWallet, openWallet, setupOf } from './keys/open.js';
import { Receiving } from './keys/receiving.js';
import { bindSafe, emptySafe } from './keys/safe.js';
import { fill, sentence } from './keys/said.js';
import { Sending } from './keys/sending.js';

const place = document.querySelector('[data-keys-place]');
const page = document.querySelector('[data-wallet]');
const at = (name) => page.querySelector(`[data-${name}]`);
const networks = [place.dataset.network];
let connection = null;

// show lets one of the page's states be seen: none, locked, open.
function show(state) {
  for (const part of page.querySelectorAll('[data-when]')) part.hidden = part.dataset.when !== state;
}

function wrong(error) {
  const line = at('page-wrong');
  line.textContent = error ? sentence(place, error) : '';
  line.hidden = !error;
}

async function closed() {
  try {
    show(await hasWallet(place) ? 'locked' : 'none');
  } catch (error) {
    wrong(error);
  }
}

async function open(way) {
  wrong(null);
  const wallet = await openWallet(place, way);
  if (!wallet) {
    closed(); // one may have been made, and not be written down yet
    return;
  }
  let last = { searching: 0, from: 0 };
  const update = () => {
    sums(wallet, last);
    for (const part of parts) part.show(wallet, connection);
    holds(wallet);
  };
  const parts = [new CoinList(page, update), new EntryList(place, page, update)];
  connection = connect(wallet, {
    changed: (told) => {
      last = told;
      update();
    },
    trouble: (error) => {
      at('trouble').textContent = error ? sentence(place, error) : '';
      at('trouble').hidden = !error;
    },
  });
  receiving.use(wallet, connection);
  sending.use(wallet, connection);
  bindSafe(place, page, wallet);
  update();
  show('open');
  page.querySelector('[data-panel=receive]').focus();
}

// holds lists what coins hold beside satoshi.
const assets = page.querySelector('[data-assets]');
const holdings = assets && new Holdings(assets);
function holds(wallet) {
  holdings?.show(wallet).then((count) => { assets.hidden = count === 0; }, reportError);
}

function sums(wallet, { searching, from }) {
  const { free, pending, held, immature } = wallet.balance();
  at('free').textContent = sat(free);
  at('free-btc').textContent = coins(free);
  const rest = [['coming', pending], ['pledged', held], ['mined', immature]].filter(([, value]) => value > 0);
  at('rest').textContent = rest.map(([name, value]) => fill(page.dataset[name], { amount: sat(value) })).join(' · ');
  const { searching: going, searched } = page.dataset;
  at('search').textContent = searching > 0 ? going : fill(searched, { height: number(from) });
  at('search').hidden = searching === 0 && from === 0;
}

const receiving = new Receiving(place, page);
const sending = new Sending(place, page);
for (const button of page.querySelectorAll('[data-open]')) button.addEventListener('click', () => open(button.dataset.open));
at('lock').addEventListener('click', () => lockWallet(place));

// One panel at a time.
for (const button of page.querySelectorAll('[data-panel]')) {
  button.addEventListener('click', async () => {
    const opening = button.getAttribute('aria-expanded') === 'false';
    for (const other of page.querySelectorAll('[data-panel]')) {
      const own = other === button && opening;
      other.setAttribute('aria-expanded', String(own));
      page.querySelector(`[data-for=${other.dataset.panel}]`).hidden = !own;
    }
    if (!opening) return;
    await { receive: receiving, send: sending }[button.dataset.panel].open();
    page.querySelector(`[data-for=${button.dataset.panel}] h2`).focus();
  });
}

place.addEventListener('keys:locked', () => {
  connection?.end();
  connection = null;
  receiving.empty();
  sending.empty();
  emptySafe(page);
  holdings?.empty();
  // Nothing of what was open stays in the page.
  for (const list of page.querySelectorAll('[data-coins], [data-history]')) list.replaceChildren();
  for (const name of ['free', 'free-btc', 'rest']) at(name).textContent = '';
  for (const button of page.querySelectorAll('[data-panel]')) button.setAttribute('aria-expanded', 'false');
  for (const panel of page.querySelectorAll('[data-for]')) panel.hidden = true;
  closed();
});

for (const form of page.querySelectorAll('form[data-remove]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const { Wallet } = await keysOf(place);
      const setup = await setupOf(place);
      lockWallet(place);
      await Wallet.remove(setup, networks);
      form.reset();
      closed();
    } catch (error) {
      tell(form, sentence(place, error));
    }
  });
}

const forgotten = () => { if (location.hash === '#forgotten') document.getElementById('forgotten').open = true; };
addEventListener('hashchange', forgotten);
forgotten();
closed();
