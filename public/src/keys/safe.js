// What keeps a wallet from being lost: the words once more, a file, another
// passphrase, notes for other wallets, keys to watch it.
import { tell, working } from './dialog.js';
import { save } from './files.js';
import { list } from './open.js';
import { fill, sentence } from './said.js';

// bindSafe binds the forms to the wallet that is open now.
export function bindSafe(place, page, wallet) {
  const part = (selector) => page.querySelector(selector);
  const on = (form, work) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const done = working(form);
      tell(form, '');
      try {
        await work(form);
      } catch (error) {
        tell(form, sentence(place, error));
      } finally {
        done();
      }
    };
  };
  for (const box of page.querySelectorAll('[data-reveal]')) {
    box.onchange = () => {
      for (const field of box.form.querySelectorAll('[data-hideable]')) field.type = box.checked ? 'text' : 'password';
    };
  }
  on(part('form[data-show-words]'), async (form) => {
    const { words } = await wallet.words(form.elements.passphrase.value);
    const shown = form.querySelector('[data-words]');
    list(shown, words);
    shown.hidden = false;
    form.reset();
  });
  // Folded up again, the words are gone.
  part('form[data-show-words]').closest('details').ontoggle = ({ target }) => { if (!target.open) forgetWords(page); };
  part('[data-save-file]').onclick = async () => save(`cairn-wallet-${wallet.network}.json`, await wallet.file());
  on(part('form[data-change-passphrase]'), async (form) => {
    await wallet.changePassphrase(form.elements.old.value, form.elements.passphrase.value);
    form.reset();
    form.querySelector('[data-say]').textContent = form.dataset.done;
  });
  part('[data-save-labels]').onclick = () => save('cairn-labels.jsonl', wallet.labels(), 'application/jsonl');
  on(part('form[data-labels]'), async (form) => {
    const count = await wallet.readLabels(await form.elements.file.files[0].text());
    form.reset();
    form.querySelector('[data-say]').textContent = fill(form.dataset.done, { count });
  });
  for (const kind of ['p2tr', 'p2wpkh']) part(`[data-account=${kind}]`).textContent = wallet.accountKey(kind);
  navigator.storage?.persisted?.().then((kept) => { part('[data-not-persistent]').hidden = kept; }, () => {});
}

// emptySafe leaves nothing secret in the page.
export function emptySafe(page) {
  forgetWords(page);
  for (const form of page.querySelectorAll('form[data-show-words], form[data-change-passphrase], form[data-labels]')) {
    form.reset();
    for (const say of form.querySelectorAll('[data-say]')) say.textContent = '';
  }
  for (const key of page.querySelectorAll('[data-account]')) key.textContent = '';
}

function forgetWords(page) {
  const shown = page.querySelector('form[data-show-words] [data-words]');
  shown.replaceChildren();
  shown.hidden = true;
}
