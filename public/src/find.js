// The look-up page: a chosen file is digested here, and its digest is looked
// for.
import { digestOf } from './digest.js';
import { bindDrop } from './drop.js';

export function bindFind() {
  const form = document.querySelector('form[data-find]');
  if (!form) return;
  const file = form.querySelector('input[data-file]');
  const query = form.querySelector('input[name=q]');
  const say = form.querySelector('[data-say]');
  const bar = form.querySelector('progress');
  let chosen = null;

  const choose = async (next) => {
    chosen = next;
    bar.hidden = false;
    bar.value = 0;
    say.textContent = form.dataset.reading;
    try {
      const sum = await digestOf(next, (part) => { bar.value = part; });
      if (chosen !== next) return;
      query.value = sum;
      form.submit();
    } catch {
      if (chosen === next) say.textContent = form.dataset.unreadable;
    } finally {
      if (chosen === next) bar.hidden = true;
    }
  };
  file.addEventListener('change', () => file.files[0] && choose(file.files[0]));
  bindDrop(form, (files) => files[0] && choose(files[0]));
}
