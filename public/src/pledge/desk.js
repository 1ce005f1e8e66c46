// One's own pledges: those whose links this browser remembers, and those of the
// coins in the wallet in the page.
import { openWallet } from '../keys/open.js';
import { number, sat } from '../keys/numbers.js';
import { sentence } from '../keys/said.js';
import { news, watch } from '../keys/server.js';
import { wordsOf } from '../words.js';
import { forget, remembered } from './kept.js';
import { pledgesOf, stateOf } from './server.js';

export function bindDesk() {
  const desk = document.querySelector('[data-desk]');
  if (!desk) return;
  const words = wordsOf(desk);
  const keys = document.querySelector('[data-keys-place]');
  show(desk, words);

  const button = desk.querySelector('[data-by-wallet]');
  const trouble = desk.querySelector('[data-trouble]');
  button.addEventListener('click', async () => {
    button.disabled = true;
    trouble.hidden = true;
    try {
      await byWallet(desk, keys, words);
    } catch (error) {
      trouble.textContent = sentence(keys, error);
      trouble.hidden = false;
    }
    button.disabled = false;
  });
}

function show(desk, words) {
  const list = remembered();
  desk.querySelector('[data-none]').hidden = list.length > 0;
  const rows = element('ul', 'rows card');
  for (const one of list) rows.append(linked(one, words, () => show(desk, words)));
  desk.querySelector('[data-list]').replaceChildren(...(list.length > 0 ? [rows] : []));
}

// linked is a pledge whose link is remembered.
function linked({ key, title }, words, changed) {
  const row = element('li');
  const what = element('div');
  const name = element('a', 'name', title);
  name.href = `/pledges/${key}`;
  const state = element('small', '', '…');
  what.append(name, state);
  row.append(what);
  const offerForgetting = () => {
    const button = element('button', 'btn quiet small', words('forget'));
    button.type = 'button';
    button.setAttribute('aria-label', `${words('forget')}: ${title}`);
    button.addEventListener('click', () => {
      forget(key);
      changed();
    });
    row.append(button);
  };
  stateOf(key).then((told) => {
    state.textContent = line(told, words);
    for (const file of ['refund', 'receipt']) {
      if (!told[file]) continue;
      const link = element('a', 'btn quiet small', words(file));
      [link.href, link.download] = [told[file], ''];
      row.append(link);
    }
    if (['spent', 'taken', 'gone'].includes(told.state)) offerForgetting();
  }, (error) => {
    state.textContent = words(error.status === 404 || error.status === 403 ? 'unknown' : 'unreached');
    offerForgetting();
  });
  return row;
}

const line = ({ amount, state, checked }, words) => `${sat(amount)} · ${words(state)} · ${words('checked', { Height: number(checked) })}`;

// byWallet asks which coins of the wallet are pledged.
async function byWallet(desk, keys, words) {
  const wallet = await openWallet(keys);
  if (!wallet) return;
  await watch(wallet.watchID, wallet.scripts());
  const { height, coins } = await news(wallet.watchID);
  wallet.feed({ height, coins });
  const found = await pledgesOf(coins.map(({ txid, vout }) => `${txid}:${vout}`));
  const place = desk.querySelector('[data-wallet-list]');
  if (found.length === 0) {
    place.replaceChildren(element('p', 'soft', words('walletNone')));
    return;
  }
  const rows = element('ul', 'rows card');
  for (const one of found) {
    const row = element('li');
    const what = element('div');
    const name = element('a', 'name', one.title);
    name.href = `/campaigns/${one.campaign}`;
    what.append(name, element('small', '', line(one, words)));
    row.append(what);
    rows.append(row);
  }
  place.replaceChildren(rows);
}

function element(tag, kind = '', text = '') {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
