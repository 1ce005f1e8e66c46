// Finding the coins of a wallet that has nothing but its words: the server watches
// the addresses it may have used, and searches older blocks for them.
import { news, watch } from './server.js';

// discover asks for the addresses of all branches at once: wallets ask branch by
// branch (discover.js there), each as soon as it knows the last answer.
export function discover(wallet) {
  const used = asking(wallet.watchID);
  return wallet.discover(used);
}

function asking(id) {
  let waiting = null; // { scripts, answer } of the next round
  return (scripts) => {
    if (!waiting) {
      const round = { scripts: [] };
      round.answer = new Promise((resolve) => { setTimeout(resolve, 0); })
        .then(() => {
          waiting = null;
          return search(id, round.scripts);
        });
      waiting = round;
    }
    waiting.scripts.push(...scripts);
    const wanted = new Set(scripts);
    return waiting.answer.then((found) => found.filter((script) => wanted.has(script)));
  };
}

// search resolves with the scripts that ever had a coin.
async function search(id, scripts) {
  await watch(id, scripts, true);
  let tag = '';
  for (;;) {
    const told = await news(id, tag);
    if (told.searching === 0) return [...new Set(told.coins.map(({ script }) => script))];
    tag = told.tag;
  }
}
