// The verify page: files are digested here, one after the other, and never
// sent; their digests go into the form's own field beside the proofs, and the
// form is posted as it is.
import { digestOf } from './digest.js';
import { bindDrop } from './drop.js';

export function bindVerify() {
  const form = document.querySelector('form[data-verify]');
  if (!form) return;
  const file = form.querySelector('input[data-file]');
  const proof = form.querySelector('input[name=proof]');
  const digest = form.querySelector('[name=digest]');
  const say = form.querySelector('[data-say]');
  const bar = form.querySelector('progress');
  let chosen = null; // the last choice: an earlier one that is still read is dropped
  let waiting = false; // the form was sent while files were read

  const choose = async (files) => {
    chosen = files;
    bar.hidden = false;
    bar.value = 0;
    say.textContent = form.dataset.reading;
    digest.value = '';
    const sums = [];
    try {
      for (const [i, one] of files.entries()) {
        const sum = await digestOf(one, (part) => { bar.value = (i + part) / files.length; });
        if (chosen !== files) return;
        bar.value = (i + 1) / files.length;
        sums.push(sum);
      }
      digest.value = sums.join('\n');
      say.textContent = files.length === 1 ? `${files[0].name}: ${form.dataset.ready}`
        : form.dataset.several.replace('{n}', files.length);
    } catch {
      if (chosen !== files) return;
      say.textContent = form.dataset.unreadable;
      waiting = false;
    }
    bar.hidden = true;
    if (waiting) form.requestSubmit();
  };
  file.addEventListener('change', () => file.files.length > 0 && choose(Array.from(file.files)));

  bindDrop(form, (files) => {
    const proofs = new DataTransfer();
    const others = new DataTransfer();
    for (const one of files) (/\.ots$/i.test(one.name) ? proofs : others).items.add(one);
    if (proofs.files.length > 0) proof.files = proofs.files;
    if (others.files.length > 0) {
      file.files = others.files;
      choose(Array.from(others.files));
    }
  });

  form.addEventListener('submit', (event) => {
    if (bar.hidden) return;
    event.preventDefault();
    waiting = true;
  });
}
