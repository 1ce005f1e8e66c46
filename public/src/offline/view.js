// Writes the page. It makes elements and text, never markup.
import { grouped, hex, shown } from './bytes.js';
import { minutesOf } from './chain.js';
import { hashes } from './hashes.js';
import { transactionID } from './transaction.js';

const $ = (id) => document.getElementById(id);

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawing(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

const glyphs = [
  'M9 4h10l6 6v18H9ZM19 4v6h6M13 16h8M13 21h8',
  'M8 21c0-9 2-13 8-13s8 4 8 10M12 25c-1-9 0-13 4-13s4 4 4 12M16 16v12M24 23v2M6 15c1-8 5-11 10-11s9 3 10 9',
  'M16 5v6M16 11 9 17M16 11l7 6M9 17l-4 8M9 17l3 8M23 17l-3 8M23 17l4 8',
  'M4 11h20M19 6l5 5-5 5M28 21H8M13 16l-5 5 5 5',
  'M16 4 27 10v12l-11 6L5 22V10ZM5 10l11 6 11-6M16 16v12',
];

const marks = {
  good: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M14 25l7 7 13-15',
  wait: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M24 13v12l8 5',
  bad: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M16 16l16 16M32 16 16 32',
  none: 'M24 4a20 20 0 1 0 0 40 20 20 0 0 0 0-40M17 24h14',
};

const short = (text) => `${text.slice(0, 6)}…${text.slice(-4)}`;
const raised = (n) => Array.from(String(n), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit]).join('');

// writeFrame writes what does not depend on the proof.
export function writeFrame(language, { say }) {
  document.documentElement.lang = language;
  document.title = `${say('title')} · Cairn`;
  for (const place of document.querySelectorAll('[data-t]')) place.textContent = say(place.dataset.t);
  for (const place of document.querySelectorAll('[data-label]')) place.setAttribute('aria-label', say(place.dataset.label));
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
  }
}

// writeAll writes the rest.
export function writeAll(state, verdict, words) {
  const { say } = words;
  $('lead').textContent = state.expected ? say('lead.for', { Name: state.expected }) : say('lead');
  $('drop-big').textContent = state.expected ? say('drop.named', { Name: state.expected }) : say(state.proof ? 'drop.file' : 'drop.any');
  writeVerdict(verdict, words);
  const { judged } = verdict;
  $('way').hidden = !judged;
  $('steps').hidden = !judged;
  $('block').hidden = !judged?.header;
  if (!judged) return;
  writeWay(state, verdict, words);
  writeSteps(judged.way.steps);
  if (judged.header) writeBlock(state, judged, words);
}

function writeVerdict({ face, name, values, wrong, compared, other }, { say }) {
  $('verdict').className = `card verdict ${face}`;
  $('mark').setAttribute('d', marks[face]);
  // Announced once, and not with every redrawing of the same.
  const put = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };
  put('verdict-title', other ? say('compare.other') : say(`${name}.title`, values));
  put('verdict-text', wrong ? `${say(`broken.${wrong.kind}`)} ${say('broken.at', { At: wrong.at })}` : other ? '' : say(`${name}.text`, values));
  const left = face === 'good';
  $('verdict-left').hidden = !left;
  put('verdict-left', left ? say(compared ? 'good.compared' : 'good.left', values) : '');
}

function writeWay({ file, proof }, { name, judged: { way, header, height, outcome } }, { say, count, day }) {
  const matched = file?.digest ? (name === 'otherfile' ? 'no' : 'yes') : 'wait';
  const txid = transactionID(way.steps);
  const ends = outcome === 'confirmed';
  const places = [
    [say('way.file'), say(`way.file.${matched}`), matched === 'yes'],
    [say('way.digest'), short(hex(proof.digest)), true],
    [say('way.tree'), count('way.steps', way.steps.length), true],
    [say('way.tx'), txid ? short(txid) : say('way.none'), txid !== null],
    [height === undefined ? say('block.title') : say('way.block', { Height: grouped(height) }), ends ? day(header.time) : say('way.none'), ends],
  ];
  $('path').replaceChildren(...places.map(([title, note, on], i) => {
    const ahead = on && i + 1 < places.length && !places[i + 1][2];
    const item = element('li', { class: on ? (ahead ? 'ahead' : '') : 'off' });
    item.append(element('span', { class: 'glyph' }, drawing(glyphs[i])), element('b', {}, title), element('small', {}, note));
    return item;
  }));
}

function writeBlock({ network, looked, typed }, { header, height, count: above, work, outcome }, { say, count }) {
  const hash = (text) => element('span', { class: 'hash', translate: 'no' }, text);
  const facts = [
    ['block.height', grouped(height)],
    ['block.hash', hash(header.hash)],
    ['block.time', `${header.time.toISOString().slice(0, 19).replace('T', ' ')} UTC`],
    ['block.root', hash(shown(header.root))],
    ['block.network', network],
  ];
  $('work').hidden = true;
  if (outcome === 'confirmed') {
    const hashCount = { Hashes: `2${raised(work.toString(2).length - 1)}` };
    facts.push(['block.above', above === 0 ? say('block.above.value.none') : count('block.above.value', above)]);
    facts.push(['block.work', say('block.work.value', hashCount)]);
    if (network === 'mainnet') {
      $('work').hidden = false;
      const span = spanOf(work, count);
      $('work').textContent = span ? say('block.work.span', { ...hashCount, Span: span }) : say('block.work.little', hashCount);
    }
  }
  $('facts').replaceChildren(...facts.flatMap(([key, value]) => [element('dt', {}, say(key)), element('dd', {}, value)]));
  $('compare-text').textContent = say('compare.text', { Height: height });
  $('compare-label').textContent = say('compare.label', { Height: height });
  const verdict = $('compare-say');
  verdict.className = looked === header.hash ? 'same' : 'wrong';
  verdict.textContent = '';
  if (looked) verdict.textContent = say(looked === header.hash ? 'compare.same' : 'compare.other');
  else if (typed) verdict.textContent = say('compare.short');
}

// spanOf is how long all miners take for some work; null for less than a minute.
function spanOf(work, count) {
  const minutes = minutesOf(work);
  if (minutes < 1) return null;
  if (minutes < 120) return count('span.minutes', minutes);
  if (minutes < 48 * 60) return count('span.hours', Math.round(minutes / 60));
  return count('span.days', Math.round(minutes / 60 / 24));
}

const names = { 0xf0: 'append', 0xf1: 'prepend', 0xf2: 'reverse', 0xf3: 'hexlify' };

function writeSteps(steps) {
  $('rows').replaceChildren(...steps.map(({ code, argument, result }, i) => element('tr', {},
    element('td', {}, String(i + 1)),
    element('td', {}, names[code] ?? hashes[code].name),
    element('td', { class: 'hash' }, hex(argument)),
    element('td', { class: 'hash' }, hex(result)))));
}
