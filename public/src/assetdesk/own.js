// The list of addresses whose coins are to be frozen, filled in from the wallet in
// this browser.
import { keysOf, openWallet } from '../keys/open.js';
import { sentence } from '../keys/said.js';

export function bindOwn(button) {
  const place = document.querySelector('[data-keys-place]');
  const field = document.getElementById(button.dataset.ownAddresses);
  const wrong = button.parentElement.querySelector('[data-own-wrong]');
  button.addEventListener('click', async () => {
    wrong.textContent = '';
    try {
      await keysOf(place); // refuses what this browser cannot do
      const wallet = await openWallet(place);
      if (!wallet) return;
      const own = wallet.uses().map(({ address }) => address).filter(Boolean);
      const typed = field.value.split(/[\s,;，；、]+/).filter(Boolean);
      field.value = [...new Set([...typed, ...own])].join('\n');
      field.focus();
    } catch (error) {
      wrong.textContent = sentence(place, error);
    }
  });
}
