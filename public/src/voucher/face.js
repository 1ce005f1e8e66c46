// The front of a voucher, filled in by the page: templates/voucher has its places.
import { lang } from '../words.js';
import { inWords, once, plain } from './units.js';

const mostStamps = 30;

// face fills a card: series { name, good, line, kind, unit, decimals, colour, picture,
// own, each }, shop a name, left the units it still has, until a moment or ''.
export function face(card, { shop, series, units, left, until }, say, drawings = {}) {
  const find = (name) => card.querySelector(`[data-${name}]`);
  const tell = (name, text) => {
    const place = find(name);
    if (!place) return;
    place.textContent = text;
    place.hidden = text === '';
  };
  for (const kind of [...card.classList]) if (kind.startsWith('vou-') && kind !== 'vou-card') card.classList.remove(kind);
  card.classList.add(`vou-${series.colour}`);
  tell('shop', shop);
  tell('name', series.name);
  tell('line', series.line);
  tell('good', series.good);
  tell('left', leftOf(series, units, left, say));
  tell('until', untilOf(until, say));
  find('drawing')?.setAttribute('d', series.own ? '' : drawings[series.picture] ?? '');
  own(find('own'), series.own);
  stamps(find('stamps'), series, units, left);
}

// leftOf is what is left, in words; '' of a voucher for one thing.
export function leftOf(series, units, left, say) {
  if (once(series, units)) return '';
  if (series.kind !== 'stamp-card') return inWords(left, series, say);
  return say('stamps', { Left: plain(left), Each: plain(units) });
}

export const untilOf = (until, say) => (until ? say('until', { Date: day(until) }) : say('never'));

// day is the last day on which something is good, as the server writes days.
export function day(moment) {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(moment));
}

// own shows a shop's own picture in the place of the drawing; the server keeps them all
// in one place, and no other is loaded.
function own(place, path) {
  if (!place) return;
  place.hidden = !/^\/assets\/pictures\/[0-9a-f]{64}\.jpg$/u.test(path ?? '');
  if (place.hidden) place.removeAttribute('src');
  else if (place.getAttribute('src') !== path) place.src = path;
}

function stamps(place, series, units, left) {
  if (!place) return;
  place.hidden = series.kind !== 'stamp-card' || units > mostStamps;
  if (place.hidden) return;
  place.replaceChildren(...Array.from({ length: units }, (_, i) => {
    const stamp = document.createElement('li');
    stamp.classList.toggle('used', i < units - left);
    return stamp;
  }));
}
