// Nothing typed is lost: a form is kept in this browser while it is written, and
// brought back when the page is opened again before it was saved.
import { wordsOf } from '../words.js';

const prefix = 'cairn.write.';
const pause = 600; // ms after the last key
const keyOf = (form) => prefix + (form.dataset.write === 'update' ? `${location.pathname}/updates` : location.pathname);

// fields are those that hold text or a choice; files and buttons do not.
const fields = (form) => Array.from(form.elements)
  .filter((e) => e.name && !e.disabled && !['file', 'hidden', 'submit', 'button'].includes(e.type));

const valueOf = (field) => (['checkbox', 'radio'].includes(field.type) ? field.checked : field.value);
const taken = (form) => fields(form).map((field) => [field.name, field.type === 'radio' ? field.value : '', valueOf(field)]);

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // what cannot be read is let go
  }
}

export function bindTyped(form) {
  const key = keyOf(form);
  const say = wordsOf(form);
  const status = form.querySelector('[data-kept]');
  const had = JSON.stringify(taken(form));
  let timer;
  const save = () => {
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: taken(form) }));
      if (status) status.textContent = say('kept');
    } catch { /* a browser that keeps nothing */ }
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  });
  window.addEventListener('pagehide', () => {
    clearTimeout(timer);
    if (JSON.stringify(taken(form)) !== had) save();
  });
  restore(form, key, had);
}

// restore brings back what was kept after the server's own was written, unless
// the page shows what was just sent.
function restore(form, key, had) {
  const kept = stored(key);
  if (!Array.isArray(kept?.fields) || document.querySelector('#mistakes')) return;
  if (kept.at < Number(form.dataset.changed || 0) || JSON.stringify(kept.fields) === had) {
    localStorage.removeItem(key);
    return;
  }
  const count = {};
  for (const [name, choice, value] of kept.fields) {
    const all = () => fields(form).filter((f) => f.name === name && (f.type !== 'radio' || f.value === choice));
    const at = choice ? 0 : (count[name] ?? 0);
    count[name] = at + 1;
    if (!all()[at]) form.querySelector(`[data-rows="${name.split('-')[0]}"] [data-add]`)?.click();
    const field = all()[at];
    if (!field) continue;
    if (typeof value === 'boolean') field.checked = value;
    else field.value = String(value);
    if (value && value !== '') field.closest('details')?.setAttribute('open', '');
  }
  const note = document.querySelector('[data-restored]');
  if (!note || form.dataset.write === 'update') return;
  note.hidden = false;
  note.querySelector('[data-restore-drop]').addEventListener('click', () => {
    form.reset();
    window.addEventListener('pagehide', () => localStorage.removeItem(key));
    location.reload();
  });
}

// forgetTyped lets go of what has been saved: the desk says so.
export function forgetTyped() {
  const desk = document.querySelector('[data-desk]');
  if (!desk) return;
  const query = new URLSearchParams(location.search);
  const over = [
    [query.has('fresh'), '/campaigns/new'],
    [query.get('done') === 'saved', `${desk.dataset.desk}/edit`],
    [query.get('done') === 'posted', `${desk.dataset.desk}/updates`],
  ];
  try {
    for (const [is, path] of over) if (is) localStorage.removeItem(prefix + path);
  } catch { /* a browser that keeps nothing */ }
}
