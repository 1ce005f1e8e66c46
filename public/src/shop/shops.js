// The shops whose desks this browser remembers: [{ key, name }], the newest first.
// Whoever has a key is taken for what its role says.
import { wordsOf } from '../words.js';

const store = 'cairn.shops';
const most = 50;

function kept() {
  try {
    const list = JSON.parse(localStorage.getItem(store)) ?? [];
    return list.filter(({ key, name }) => /^[0-9a-f]{32}$/u.test(key) && typeof name === 'string');
  } catch {
    return []; // a browser that keeps nothing
  }
}

function keep(list) {
  try {
    localStorage.setItem(store, JSON.stringify(list.slice(0, most)));
    return true;
  } catch {
    return false;
  }
}

// keepShop remembers the desk that is open.
export function keepShop() {
  const desk = document.querySelector('[data-shop][data-shop-name]');
  if (!desk) return;
  const { shop: key, shopName: name } = desk.dataset;
  const remembered = keep([{ key, name }, ...kept().filter((one) => one.key !== key)]);
  const said = document.querySelector('[data-remembered]');
  if (said && remembered) said.hidden = false;
}

// bindShops lists them.
export function bindShops() {
  const place = document.querySelector('[data-shops]');
  if (!place) return;
  const say = wordsOf(place);
  const show = () => {
    const list = kept();
    place.querySelector('[data-list]').replaceChildren(...list.map((one) => line(one, say, () => {
      keep(kept().filter(({ key }) => key !== one.key));
      show();
    })));
    place.hidden = list.length === 0;
  };
  show();
}

function line({ key, name }, say, forget) {
  const [item, what, link, button] = ['li', 'span', 'a', 'button'].map((tag) => document.createElement(tag));
  what.className = 'what';
  Object.assign(link, { className: 'name', href: `/shop/${key}`, textContent: name });
  what.append(link);
  Object.assign(button, { className: 'btn quiet small', type: 'button', textContent: '×' });
  button.setAttribute('aria-label', say('forget', { Name: name }));
  button.addEventListener('click', forget);
  item.append(what, button);
  return item;
}
