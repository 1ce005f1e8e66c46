// What signing a draft does to this wallet and to others, in units and satoshi.
import { color, NotUnderstood } from './colors.js';

const fresh = 'new'; // the id of what is issued, until the server says it

// effectsOf reads a draft's PSBTs (as readDraft gives them), in their order:
//   { mine, others: [{ script, id, units }], destroyed, issued, paid: [{ script, value }],
//     loss, foreign, outputs: [[{ script, value }]] }
// mine and destroyed are units by id. own tells of a script of this wallet's; coins are
// its coins by outpoint; holdings(part, input) is what somebody else's coin holds, as
// the server says. Throws NotUnderstood.
export function effectsOf(drafts, { protocol, asset, own, coins, holdings, plain = false }) {
  const known = new Map([...coins].map(([outpoint, coin]) => [outpoint, { value: coin.value, assets: coin.assets.map(toUnits) }]));
  const all = { mine: new Map(), others: [], destroyed: new Map(), issued: 0n, paid: [], loss: 0, foreign: false, outputs: [] };
  const spent = new Map(); // of this wallet's, in all parts
  const made = new Map(); // outputs to this wallet, that no later part spends
  drafts.forEach((draft, part) => {
    const inputs = draft.inputs.map(({ outpoint }, i) => {
      const coin = known.get(outpoint);
      if (coin) {
        if (made.has(outpoint)) made.delete(outpoint);
        else spent.set(outpoint, coin);
        return coin.assets;
      }
      all.foreign = true;
      return (holdings(part, i) ?? []).map(toUnits);
    });
    const scripts = draft.outputs.map(({ script }) => script);
    const read = plain ? nothing(inputs, scripts) : color(protocol, { inputs, scripts, id: asset || fresh });
    all.issued += read.issued;
    for (const [id, units] of read.destroyed) add(all.destroyed, id, units);
    draft.outputs.forEach(({ script, value }, i) => {
      const held = read.outputs[i];
      if (own(script)) {
        const coin = { value, assets: held };
        known.set(`${draft.txid}:${i}`, coin);
        made.set(`${draft.txid}:${i}`, coin);
      } else if (held.length > 0) all.others.push(...held.map((one) => ({ script, ...one })));
      else if (value > 0) all.paid.push({ script, value });
    });
    all.outputs.push(draft.outputs);
  });
  for (const { assets } of made.values()) for (const { id, units } of assets) add(all.mine, id, units);
  all.loss = worth(spent) - worth(made);
  return all;
}

const toUnits = ({ id, units }) => ({ id, units: BigInt(units) });

// nothing is what a transaction without colours does, if its inputs have none.
function nothing(inputs, scripts) {
  if (inputs.some((held) => held.length > 0)) throw new NotUnderstood('units');
  return { outputs: scripts.map(() => []), destroyed: new Map(), issued: 0n };
}

const worth = (coins) => [...coins.values()].reduce((sum, { value }) => sum + value, 0);

function add(sums, id, units) {
  sums.set(id, (sums.get(id) ?? 0n) + units);
}
