// The desks whose links this browser keeps: [{ path, title, at }], the newest
// first. Whoever has a path is taken for the campaign's creator.
import { wordsOf } from '../words.js';

const key = 'cairn.desks';
const most = 200;
const desk = /^\/campaigns\/desk\/[0-9a-f]{32}$/;

function kept() {
  try {
    const list = JSON.parse(localStorage.getItem(key)) ?? [];
    return list.filter(({ path, title }) => desk.test(path) && typeof title === 'string');
  } catch {
    return []; // a browser that keeps nothing
  }
}

function keep(list) {
  try {
    localStorage.setItem(key, JSON.stringify(list.slice(0, most)));
  } catch { /* a browser that keeps nothing */ }
}

// keepDesk remembers the desk that is open.
export function keepDesk() {
  const open = document.querySelector('[data-desk]');
  if (!open || !desk.test(open.dataset.desk)) return;
  const { desk: path, deskTitle: title } = open.dataset;
  keep([{ path, title, at: Date.now() }, ...kept().filter((d) => d.path !== path)]);
}

// bindDesks lists them.
export function bindDesks() {
  const place = document.querySelector('[data-desks]');
  if (!place) return;
  const say = wordsOf(place);
  const none = document.querySelector('[data-no-desks]');
  const show = () => {
    const list = kept();
    place.replaceChildren(...list.map(({ path, title }) => line(path, title || path.slice(-8), say, () => {
      keep(kept().filter((d) => d.path !== path));
      show();
    })));
    place.hidden = list.length === 0;
    none.hidden = list.length > 0;
  };
  show();
}

function line(path, title, say, forget) {
  const item = document.createElement('li');
  const what = document.createElement('span');
  what.className = 'what';
  const link = document.createElement('a');
  link.className = 'name';
  link.href = path;
  link.textContent = title;
  what.append(link);
  const button = document.createElement('button');
  button.className = 'btn quiet small';
  button.type = 'button';
  button.textContent = '×';
  button.setAttribute('aria-label', say('forget', { Title: title }));
  button.addEventListener('click', forget);
  item.append(what, button);
  return item;
}
