// The page of a quote: the time that is left, the wallet of the browser, play
// money, and printing. The server pushes everything else.
import { wordsOf } from './words.js';

const page = document.getElementById('live');
// The price holds by the server's clock; this one may go wrong.
const ahead = Number(page.dataset.now) - Date.now();

function clock(seconds) {
  const two = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// say changes a text that is read out only if it is another.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function countDown() {
  const count = document.querySelector('[data-count-down]');
  if (!count) return;
  const words = wordsOf(count);
  const [from, until] = [Number(count.dataset.from), Number(count.dataset.until)];
  const left = Math.max(0, Math.ceil(until - (Date.now() + ahead) / 1000));
  count.textContent = left > 0 ? words('left', { Left: clock(left) }) : words('over');
  document.querySelector('[data-sand]').value = left / Math.max(1, until - from);
  const soon = document.querySelector('[data-soon]');
  if (left === 0) say(soon, words('over'));
  else if (left <= 60) say(soon, words('soon'));
}

function complain(text) {
  const trouble = document.querySelector('[data-trouble]');
  if (!trouble) return;
  trouble.textContent = text;
  trouble.hidden = !text;
}

// bindOnce runs bind for elements that are new on the page. What the server
// pushes takes attributes away, so the mark is not one.
const bound = new WeakSet();
function bindOnce(selector, bind) {
  for (const element of document.querySelectorAll(selector)) {
    if (!bound.has(element)) bind(element);
    bound.add(element);
  }
}

// The wallet of the browser (WebLN), where it has one.
function bindWallet() {
  if (!window.webln) return;
  for (const button of document.querySelectorAll('[data-webln]')) button.hidden = false;
  bindOnce('[data-webln]', (button) => button.addEventListener('click', async () => {
    button.disabled = true;
    complain('');
    try {
      await window.webln.enable();
      await window.webln.sendPayment(button.dataset.webln);
    } catch {
      complain(button.dataset.failed);
    }
    button.disabled = false;
  }));
}

// Play money: the page stays, and is told of the payment like of any other.
function bindPlay() {
  bindOnce('form[data-play]', (form) => form.addEventListener('submit', async (event) => {
    if (!page.hasAttribute('data-live')) return;
    event.preventDefault();
    const button = event.submitter;
    const label = button.textContent;
    const buttons = Array.from(form.querySelectorAll('button:enabled'));
    for (const other of buttons) other.disabled = true;
    button.textContent = form.dataset.play;
    complain('');
    try {
      const answer = await fetch(form.action, {
        method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ way: button.value }),
      });
      if (!answer.ok) complain((await answer.json()).error);
      else if (button.value === 'chain') form.querySelector('[data-play-say]').textContent = form.dataset.sent;
    } catch {
      location.reload();
    }
    button.textContent = label;
    for (const other of buttons) other.disabled = false;
  }));
}

function bindPrint() {
  for (const button of document.querySelectorAll('[data-print]')) button.hidden = false;
  bindOnce('[data-print]', (button) => button.addEventListener('click', () => window.print()));
}

// The title says how things stand, and who was on something that is gone now
// is on the heading.
let last; // what had the focus
page.addEventListener('focusin', (event) => { last = event.target; });
function follow() {
  const title = page.querySelector('[data-title]').dataset.title;
  document.title = document.title.replace(/^.*(?= · )/, () => title);
  if (last && !last.isConnected && document.activeElement === document.body) page.querySelector('h1').focus();
}

function refresh() {
  follow();
  countDown();
  bindWallet();
  bindPlay();
  bindPrint();
}
refresh();
document.addEventListener('htmx:after:swap', refresh);
// Some wallets come after the page.
document.addEventListener('webln:ready', bindWallet);
setInterval(countDown, 1000);
