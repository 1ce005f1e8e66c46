// The home page's main job: files are digested here, one after the other, and
// only their digests are posted, some at a time. One file leads to its proof;
// several become a list with a link to each.
import { digestOf } from './digest.js';
import { bindDrop } from './drop.js';
import { rememberName } from './names.js';

const most = 50; // digests in one post
const patience = 2000; // ms after which what is ready is posted

export function bindStamp() {
  const area = document.querySelector('[data-stamp]');
  if (!area) return;
  const input = area.querySelector('input[type=file]');
  const list = document.querySelector('[data-stamp-list]');
  const template = document.querySelector('template[data-stamp-row]');
  let busy = false;

  const take = async (files) => {
    if (busy || files.length === 0) return;
    busy = true;
    area.classList.add('busy');
    input.disabled = true;
    const rows = files.map((file) => new Row(list, template, file, area.dataset));
    try {
      await stampAll(rows);
      if (rows.length === 1 && rows[0].url) location.assign(rows[0].url);
    } finally {
      busy = false;
      area.classList.remove('busy');
      input.disabled = false;
      input.value = '';
    }
  };
  bindDrop(area, take);
  input.addEventListener('change', () => take(Array.from(input.files)));
}

// Row is one file's line in the list.
class Row {
  constructor(list, template, file, words) {
    this.file = file;
    this.words = words;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.bar = this.element.querySelector('progress');
    this.element.querySelector('[data-file]').textContent = file.name;
    list.append(this.element);
    list.hidden = false;
  }

  say(text) {
    this.element.querySelector('[data-say]').textContent = text;
  }

  async read() {
    this.say(this.words.reading);
    this.digest = await digestOf(this.file, (part) => { this.bar.value = part; });
    this.bar.value = 1;
    this.say(this.words.sending);
    rememberName(this.digest, this.file.name);
  }

  stored(url) {
    this.url = url;
    const link = this.element.querySelector('a');
    link.href = url;
    link.hidden = false;
    this.end('done', this.words.stored);
  }

  end(state, text) {
    this.element.classList.add(state);
    this.bar.hidden = true;
    this.say(text);
  }
}

async function stampAll(rows) {
  let ready = [];
  let last = Date.now();
  for (const [i, row] of rows.entries()) {
    try {
      await row.read();
      ready.push(row);
    } catch {
      row.end('failed', row.words.unreadable);
    }
    if (ready.length >= most || Date.now() - last > patience || i === rows.length - 1) {
      await post(ready);
      ready = [];
      last = Date.now();
    }
  }
}

async function post(rows) {
  if (rows.length === 0) return;
  try {
    const answer = await patiently(() => fetch('/stamp', {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams(rows.map((row) => ['digest', row.digest])),
    }));
    const said = await answer.json();
    rows.forEach((row, i) => (answer.ok ? row.stored(said.proofs[i].url) : row.end('failed', said.error)));
  } catch {
    rows.forEach((row) => row.end('failed', row.words.offline));
  }
}

// patiently asks again, a few times, when there was too much at once.
async function patiently(ask) {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask();
    if (answer.status !== 429 || tries === 5) return answer;
    const seconds = Number(answer.headers.get('Retry-After')) || 5;
    await new Promise((go) => { setTimeout(go, seconds * 1000); });
  }
}
