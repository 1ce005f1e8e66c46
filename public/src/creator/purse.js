// An address of the wallet in this page, by one press.
import { openWallet } from '../keys/open.js';
import { wordsOf } from '../words.js';

export function bindPurse(form) {
  const place = document.querySelector('[data-keys-place]');
  if (!place) return;
  const say = wordsOf(form);
  for (const offer of form.querySelectorAll('[data-from-wallet]')) bindOffer(form, offer, place, say);
  form.addEventListener('rows:added', ({ detail }) => {
    const offer = detail.querySelector('[data-from-wallet]');
    if (offer) bindOffer(form, offer, place, say);
  });
}

function bindOffer(form, offer, place, say) {
  const button = offer.querySelector('button');
  const status = offer.querySelector('[role=status]');
  const field = offer.closest('[data-row]').querySelector('input[name=payee-address]');
  offer.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    status.textContent = say('fresh');
    try {
      const wallet = await openWallet(place);
      if (!wallet) {
        status.textContent = '';
        return;
      }
      const label = form.querySelector('#title')?.value.trim() ?? '';
      const { address } = await wallet.address({ purpose: 'campaign', label });
      field.value = address;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      status.textContent = say('given');
    } catch {
      status.textContent = say('failed');
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}
