// Taking expired vouchers back: the wallet that made them signs by their leaf.
import { openWallet } from '../keys/open.js';
import { sentence } from '../keys/said.js';
import { ask } from '../voucher/server.js';
import { wordsOf } from '../words.js';
import { number } from '../keys/numbers.js';

export function bindReclaim() {
  const card = document.querySelector('[data-reclaim]');
  if (!card) return;
  const [say, place] = [wordsOf(card), document.querySelector('[data-keys-place]')];
  const [button, said, trouble] = ['go', 'said', 'trouble'].map((name) => card.querySelector(`[data-${name}]`));
  button.addEventListener('click', async () => {
    [button.disabled, trouble.hidden] = [true, true];
    try {
      const wallet = await openWallet(place);
      if (!wallet) return;
      said.textContent = say('wait');
      const units = await takeBack(card, wallet);
      said.textContent = units === 0 ? say('none') : say('done', { Units: number(units) });
    } catch (error) {
      said.textContent = '';
      trouble.textContent = error.kind === 'unreachable' ? say('unreachable') : sentence(place, error);
      trouble.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

async function takeBack({ dataset: { reclaim: path, bearer } }, wallet) {
  const { readPlan, signedBack } = await import(bearer);
  const { plans } = await ask(`${path}/reclaims`, {});
  const own = new Map(wallet.uses().filter(({ path: { kind } }) => kind === 'p2tr').map(({ script }) => [wallet.innerKey(script), script]));
  let taken = 0;
  for (const { name, plan, value, ...output } of plans) {
    const script = own.get(output.issuer);
    if (!script) continue; // another wallet's
    const signed = signedBack(output, readPlan(plan), value, (message) => wallet.innerSign(script, message));
    taken += (await ask(`${path}/reclaim`, { name, signed })).units;
  }
  return taken;
}
