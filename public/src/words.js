// Sentences that scripts fill in. The server writes them in the visitor's
// language into an element's data-words, as JSON with places such as {Count}.
export function wordsOf(element) {
  const texts = JSON.parse(element.dataset.words);
  return (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// English here is British, as in the texts of the server.
export const lang = document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang;
const whole = new Intl.NumberFormat('en'); // as the server writes numbers
const scales = [['gigabyte', 1e9], ['megabyte', 1e6], ['kilobyte', 1e3], ['byte', 1]];
const spans = [['hour', 3600], ['minute', 60], ['second', 1]];

const inUnit = (value, unit, options) => new Intl.NumberFormat(lang, { style: 'unit', unit, ...options }).format(value);

export const number = (n) => whole.format(n);
export const percent = (part) => new Intl.NumberFormat(lang, { style: 'percent' }).format(part);

// size writes bytes to three digits: "4.29 GB".
export function size(bytes) {
  const [unit, scale] = scales.find(([, s]) => bytes >= s) ?? scales.at(-1);
  return inUnit(bytes / scale, unit, { unitDisplay: scale === 1 ? 'long' : 'short', maximumSignificantDigits: 3 });
}

// span writes seconds coarsely: "12 seconds", "3 minutes".
export function span(seconds) {
  const [unit, scale] = spans.find(([, s]) => seconds >= s) ?? spans.at(-1);
  return inUnit(Math.max(1, Math.round(seconds / scale)), unit, { unitDisplay: 'long' });
}
