// The verify page: the file is digested here and never sent; its digest goes
// into the form's own field beside the proof, and the form is posted as it is.
import { digestOf } from './digest.js';
import { bindDrop } from './drop.js';

export function bindVerify() {
  const form = document.querySelector('form[data-verify]');
  if (!form) return;
  const file = form.querySelector('input[data-file]');
  const proof = form.querySelector('input[name=proof]');
  const digest = form.querySelector('input[name=digest]');
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
      digest.value = sum;
      say.textContent = `${next.name}: ${form.dataset.ready}`;
    } catch {
      if (chosen !== next) return;
      digest.value = '';
      say.textContent = form.dataset.unreadable;
    } finally {
      if (chosen === next) bar.hidden = true;
    }
  };
  file.addEventListener('change', () => file.files[0] && choose(file.files[0]));

  bindDrop(form, (files) => {
    const [dropped] = files.filter((f) => f.name.endsWith('.ots'));
    const [other] = files.filter((f) => !f.name.endsWith('.ots'));
    if (dropped) {
      const carrier = new DataTransfer();
      carrier.items.add(dropped);
      proof.files = carrier.files;
    }
    if (other) {
      const carrier = new DataTransfer();
      carrier.items.add(other);
      file.files = carrier.files;
      choose(other);
    }
  });

  form.addEventListener('submit', (event) => {
    if (!bar.hidden) event.preventDefault();
  });
}
