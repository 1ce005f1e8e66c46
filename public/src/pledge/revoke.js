// Taking a pledge back with the wallet in the page: its coin goes home, less the
// fee, which is shown first.
import { openWallet } from '../keys/open.js';
import { sat } from '../keys/numbers.js';
import { sentence } from '../keys/said.js';
import { news, rates, send, watch } from '../keys/server.js';
import { wordsOf } from '../words.js';

export function bindRevoke() {
  const place = document.querySelector('[data-revoke]');
  if (!place) return;
  const keys = document.querySelector('[data-keys-place]');
  const words = wordsOf(place);
  const button = place.querySelector('[data-go]');
  const [stage, trouble] = [place.querySelector('[data-stage]'), place.querySelector('[data-trouble]')];

  const run = async (pressed, act) => {
    pressed.disabled = true;
    trouble.hidden = true;
    try {
      await act();
    } catch (error) {
      trouble.textContent = sentence(keys, error);
      trouble.hidden = false;
    }
    pressed.disabled = false;
  };

  button.addEventListener('click', () => run(button, async () => {
    const wallet = await openWallet(keys);
    if (!wallet) return;
    await watch(wallet.watchID, wallet.scripts());
    const { height, coins } = await news(wallet.watchID);
    wallet.feed({ height, coins });
    const { outpoint } = place.dataset;
    if (!wallet.coins().some((coin) => coin.outpoint === outpoint)) {
      say(stage, words('absent'));
      return;
    }
    const label = words('label', { Title: place.dataset.title });
    const normal = (await rates()).find(({ name }) => name === 'normal');
    const { address } = await wallet.address({ purpose: 'home', label });
    const plan = wallet.plan({ sweep: address, from: [outpoint], only: true, rate: normal.rate, anyFee: true });
    const fee = say(stage, words('fee', { Home: sat(plan.pay[0].value), Fee: sat(plan.fee) }));
    const yes = document.createElement('button');
    [yes.type, yes.className, yes.textContent] = ['button', 'btn danger quiet', words('confirm')];
    yes.addEventListener('click', () => run(yes, async () => {
      const made = await wallet.send(plan, { label });
      try {
        await send(made.hex);
      } catch (error) {
        if (error.told && error.status < 500 && error.status !== 429) await wallet.dropped(made.txid);
        throw error;
      }
      await watch(wallet.watchID, wallet.scripts());
      button.hidden = true;
      say(stage, words('sent'));
    }));
    fee.after(yes);
    yes.focus();
  }));
}

function say(stage, text) {
  const said = document.createElement('p');
  said.textContent = text;
  stage.replaceChildren(said);
  return said;
}
