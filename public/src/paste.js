// The paste form: one digest, or a list with names. The names stay here, so
// the list is read in the page; with a bad line nothing is sent.
import { parseSums } from './sums.js';
import { number, wordsOf } from './words.js';

const most = 100_000;
const named = 5; // bad lines told one by one

export function bindPaste(take) {
  const form = document.querySelector('form[data-paste]');
  if (!form) return;
  const words = wordsOf(form);
  const field = form.querySelector('textarea');
  const wrong = form.querySelector('[data-wrong]');
  form.addEventListener('submit', (event) => {
    const { entries, bad } = parseSums(field.value, most);
    if (entries.length === 0 && bad.length === 0) return; // the browser's own "fill this in", or the server's sentence
    event.preventDefault();
    field.toggleAttribute('aria-invalid', false);
    wrong.hidden = bad.length === 0;
    if (bad.length === 0) {
      take(entries.map(({ name, digest }) => ({ name, digest })));
      field.value = '';
      return;
    }
    field.setAttribute('aria-invalid', 'true');
    wrong.replaceChildren(...complaints(bad, words));
    field.focus();
  });
}

function complaints(bad, words) {
  const lines = bad.slice(0, named).map(({ line, why }) => words('bad', { Line: number(line), Why: words(why, { Count: number(most) }) }));
  if (bad.length > named) lines.push(words('others', { Count: number(bad.length - named) }));
  return lines.map((text) => {
    const said = document.createElement('p');
    said.textContent = text;
    return said;
  });
}
