// The coins of a wallet: what the server says about the scripts it watches, read
// with what the book knows. The server is believed about what exists, never
// about whose it is.
import { fail } from './errors.js';
import { accounts } from './keys.js';
import { amountOf } from './sizes.js';

// maturity is how deep newly mined coins must lie (consensus).
const maturity = 100;

// Coins of these accounts are never money, whatever the book says.
const apart = { [accounts.colors]: 'coloured', [accounts.streams]: 'stream' };

export function outpointOf({ txid, vout }) {
  return `${txid}:${vout}`;
}

// coinsOf are the coins of a wallet. fed is what the server says:
//   { height, coins: [{ txid, vout, value, script, height, coinbase, spent, assets }] }
// with height 0 for what no block has yet, spent { txid, height } of a coin that
// is gone, which is for the history only, and assets, what the coin holds beside its
// satoshi: [{ id, protocol, units }], units as digits. Each gets
//   state  confirmed, pending or immature
//   held   null, or { why, label }: reserved, pledged, coloured, stream, firm, old, sent
//   own    whether it is pending change of this wallet's
//   path   of its key
// Coins of other scripts are left out. Kinds: coin-unknown, amount, units.
export function coinsOf(fed, book) {
  const seen = new Set();
  return fed.coins.flatMap((coin) => {
    const use = Object.hasOwn(book.uses, coin.script) && book.uses[coin.script];
    const outpoint = outpointOf(coin);
    if (!use || seen.has(outpoint)) return [];
    if (!/^[0-9a-f]{64}:\d{1,9}$/.test(outpoint)) fail('coin-unknown', { outpoint });
    seen.add(outpoint);
    amountOf(coin.value);
    if (coin.spent) return [];
    const { txid, vout, script, height } = coin;
    const assets = assetsOf(coin);
    return [{
      txid, vout, script, height, outpoint, value: coin.value, path: use.path, purpose: use.purpose, assets,
      state: stateOf(coin, fed.height),
      held: book.holds[outpoint] ?? (assets.length > 0 ? { why: 'coloured', label: use.label } : heldByItself(use, fed.height)),
      own: !(height > 0) && Object.hasOwn(book.sent, txid),
    }];
  });
}

const mostUnits = 2n ** 63n - 1n;

function assetsOf({ assets }) {
  return (assets ?? []).map(({ id, protocol, units }) => {
    if (typeof id !== 'string' || typeof units !== 'string' || !/^[1-9]\d{0,18}$/.test(units) || BigInt(units) > mostUnits) fail('units');
    return { id, protocol, units };
  });
}

// heldByItself: some coins are not money whatever anybody does, and firm ones are not
// yet: what spends them at its height is good for the block after it (BIP-0065).
function heldByItself({ path, purpose, label }, tip) {
  if (apart[path.account]) return { why: apart[path.account], label };
  if (purpose === 'issue') return { why: 'coloured', label }; // it names its owner an asset's issuer
  // Signatures of that kind do not cover what a coin is worth, so that the server could
  // have a fee paid that nobody was shown.
  if (path.kind === 'p2pkh') return { why: 'old', label };
  return path.kind === 'firm' && tip < path.until ? { why: 'firm', label } : null;
}

function stateOf({ height, coinbase }, tip) {
  if (!(height > 0)) return 'pending';
  return coinbase && tip - height + 1 < maturity ? 'immature' : 'confirmed';
}

// free reports whether a coin may be spent without being asked for: confirmed, or
// the wallet's own change, and not held.
export function free(coin) {
  return coin.held === null && (coin.state === 'confirmed' || coin.own);
}

// balanceOf is what there is, in sat: free to spend now, coming in, held, and
// newly mined.
export function balanceOf(coins) {
  const sum = { free: 0, pending: 0, held: 0, immature: 0 };
  for (const coin of coins) {
    if (coin.held?.why === 'sent') continue; // gone already, for all this wallet knows
    if (coin.held) sum.held += coin.value;
    else if (coin.state === 'immature') sum.immature += coin.value;
    else if (free(coin)) sum.free += coin.value;
    else sum.pending += coin.value;
  }
  return sum;
}

// assetsIn are what coins hold of assets: [{ id, protocol, units, coming, coins }],
// as BigInt: units confirmed or of this wallet's own making, coming those that no block has; those
// that were sent are left out.
export function assetsIn(coins) {
  const found = new Map();
  for (const coin of coins) {
    if (coin.held?.why === 'sent') continue;
    for (const { id, protocol, units } of coin.assets) {
      const sum = found.get(id) ?? { id, protocol, units: 0n, coming: 0n, coins: [] };
      sum[coin.state === 'pending' && !coin.own ? 'coming' : 'units'] += BigInt(units);
      sum.coins.push(coin);
      found.set(id, sum);
    }
  }
  return [...found.values()];
}
