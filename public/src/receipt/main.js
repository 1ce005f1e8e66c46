// The page that checks receipts: takes files, and writes the page anew after each.
// It has no network at all; its policy forbids any.
import { grouped } from '../offline/bytes.js';
import { readList } from '../offline/chain.js';
import { read, verify, Wrong } from './verify.js';
import { speaker, words } from './words.js';

const $ = (id) => document.getElementById(id);

const marks = {
  good: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M14 25l7 7 13-15',
  wait: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M24 13v12l8 5',
  bad: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M16 16l16 16M32 16 16 32',
  none: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M17 24h14',
};

const state = {
  language: navigator.language.toLowerCase().startsWith('zh') ? 'zh-Hans' : 'en',
  file: null, // the receipt, taken apart
  proven: null, // what it proves
  wrong: null, // {kind, detail}
  list: null, // headers of the visitor's own: [height, header]
};

function takeReceipt(text) {
  Object.assign(state, { file: null, proven: null, wrong: null });
  $('compare-hash').value = '';
  try {
    state.file = read(text);
    state.proven = verify(state.file);
  } catch (error) {
    state.wrong = error instanceof Wrong ? error : { kind: 'format', detail: '' };
  }
}

async function takeFiles(files) {
  for (const file of files) {
    try {
      const text = file.size > 8 << 20 ? ' '.repeat((4 << 20) + 1) : await file.text();
      const list = /^\s*[\d#]/.test(text) && readList(text, null);
      if (list) state.list = list;
      else takeReceipt(text);
    } catch {
      Object.assign(state, { file: null, proven: null, wrong: { kind: 'unreadable', detail: '' } });
    }
  }
  write();
  $('verdict').scrollIntoView({ block: 'nearest' });
}

// listed is how many blocks of the receipt the visitor's list has, or the height of
// one that is another there.
function listed() {
  let count = 0;
  const own = new Map(state.list ?? []);
  for (const { height, header } of state.file.blocks) {
    const known = own.get(height);
    if (!known) continue;
    if (Array.from(known.bytes, (b) => b.toString(16).padStart(2, '0')).join('') !== header.toLowerCase()) return { other: height };
    count += 1;
  }
  return { count };
}

const units = ({ held }) => held.map((h) => grouped(h.units)).join(' + ');
const day = (time) => time.toLocaleDateString(state.language, { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' });
const raised = (n) => Array.from(String(n), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit]).join('');

// verdict is the face and the key of what is to be said.
function verdict() {
  const { proven, wrong } = state;
  if (wrong) return { face: 'bad', key: wrong.kind, values: { Detail: wrong.detail } };
  if (!proven) return { face: 'none', key: 'empty', values: {} };
  const { other } = listed();
  if (other !== undefined) return { face: 'bad', key: 'chain', values: { Detail: grouped(other) } };
  const values = {
    Units: units(proven), Transactions: grouped(proven.transactions), Height: grouped(proven.height),
    Day: day(proven.time), Network: proven.network, Count: String(proven.stated.length),
  };
  if (proven.network !== 'mainnet') return { face: 'wait', key: 'test', values };
  if (proven.stated.length > 0) return { face: 'wait', key: 'word', values };
  return { face: 'good', key: 'good', values };
}

function write() {
  const say = speaker(state.language);
  document.documentElement.lang = state.language;
  document.title = `${say('title')} · Cairn`;
  for (const place of document.querySelectorAll('[data-t]')) place.textContent = say(place.dataset.t, { Height: state.proven ? grouped(state.proven.height) : '' });
  for (const place of document.querySelectorAll('[data-label]')) place.setAttribute('aria-label', say(place.dataset.label));
  for (const button of document.querySelectorAll('[data-language]')) button.setAttribute('aria-pressed', String(button.dataset.language === state.language));
  const { face, key, values } = verdict();
  const compared = compare(say);
  const shown = compared === 'other' ? 'bad' : face;
  $('verdict').className = `card verdict ${shown}`;
  $('mark').setAttribute('d', marks[shown]);
  const put = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };
  put('verdict-title', compared === 'other' ? say('compare.other') : say(`${key}.title`, values));
  put('verdict-text', say(`${key}.text`, values));
  $('verdict-left').hidden = key !== 'good' || compared === 'other';
  put('verdict-left', say(compared === 'same' ? 'good.compared' : 'good.left', values));
  $('facts-of').hidden = !state.proven;
  if (state.proven) writeFacts(say);
}

// compare looks at the hash that was typed: 'same', 'other' or nothing.
function compare(say) {
  const typed = $('compare-hash').value.trim().toLowerCase();
  const whole = /^[0-9a-f]{64}$/.test(typed);
  const outcome = state.proven && whole ? (typed === state.proven.block ? 'same' : 'other') : '';
  $('compare-say').textContent = outcome ? say(`compare.${outcome}`) : typed && state.proven ? say('compare.short') : '';
  return outcome;
}

function writeFacts(say) {
  const p = state.proven;
  const facts = [];
  for (const { asset, units: n } of p.held) facts.push(['holds', `${grouped(n)} × ${asset}`]);
  for (const { content, bound } of p.definitions) {
    const name = nameOf(content);
    if (name) facts.push(['name', name]);
    facts.push(['bound', say(bound ? 'fact.bound.yes' : 'fact.bound.no')]);
  }
  facts.push(['protocol', { 'open-assets': 'Open Assets', colu: 'Colu', epobc: 'EPOBC' }[p.protocol]]);
  facts.push(['coin', p.coin], ['block', `${grouped(p.height)} · ${p.block}`], ['made', `${day(p.time)} UTC`], ['upon', grouped(p.upon)]);
  facts.push(['work', say('fact.work.is', { Power: raised(p.work.toString(2).length - 1) })], ['way', grouped(p.transactions)]);
  for (const coin of p.stated) facts.push(['word', coin]);
  if (state.list) facts.push(['known', say('fact.known.is', { Count: String(listed().count ?? 0) })]);
  const { spent_by: spent, height } = p.state;
  facts.push(['state', spent ? say('fact.spent', { Txid: spent }) : say('fact.unspent', { Height: grouped(height) })]);
  $('facts').replaceChildren(...facts.flatMap(([key, text]) => {
    const [term, value] = ['dt', 'dd'].map((name) => document.createElement(name));
    term.textContent = say(`fact.${key}`);
    value.textContent = text;
    return [term, value];
  }));
}

// nameOf is what a definition calls its asset, if it says so: "name" in Open Assets,
// "assetName" in Colu's metadata.
function nameOf(content) {
  try {
    const said = JSON.parse(new TextDecoder().decode(content));
    const name = said.name ?? said.assetName ?? said.metadata?.assetName ?? said.data?.assetName;
    return typeof name === 'string' ? name.slice(0, 100) : '';
  } catch {
    return '';
  }
}

function bind() {
  let depth = 0;
  const over = (change) => {
    depth = change === 0 ? 0 : depth + change;
    $('drop').classList.toggle('over', depth > 0);
  };
  document.addEventListener('dragenter', (event) => { event.preventDefault(); over(1); });
  document.addEventListener('dragleave', () => over(-1));
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    over(0);
    takeFiles(Array.from(event.dataTransfer.files));
  });
  $('files').addEventListener('change', ({ target }) => takeFiles(Array.from(target.files)));
  $('compare-hash').addEventListener('input', write);
  for (const button of document.querySelectorAll('[data-language]')) {
    button.addEventListener('click', () => { if (words[button.dataset.language]) state.language = button.dataset.language; write(); });
  }
}

const given = $('evidence').textContent.trim();
if (given !== 'null') takeReceipt(given);
bind();
write();
