// The page that shows a wallet its code: as soon as the wallet has answered, the
// form is sent that goes on. Without this, pressing its button does the same.
const place = document.querySelector('[data-wallet-login]');
const say = place.querySelector('[data-wallet-state]');
const every = 1500; // ms

async function look() {
  const answer = await fetch('/account/wallet/state', { headers: { Accept: 'application/json' } });
  if (!answer.ok) return 'waiting'; // asked too often, or the site is away: again later
  return (await answer.json()).state;
}

async function follow() {
  const state = document.hidden ? 'waiting' : await look().catch(() => 'waiting');
  if (state === 'waiting') {
    setTimeout(follow, every);
    return;
  }
  say.textContent = say.dataset[state];
  if (state === 'signed') place.querySelector('form').submit();
}

setTimeout(follow, every);
