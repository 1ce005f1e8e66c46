// Which coins pay for what, before anything is signed: the fee is known and can
// be shown. Coins are as coinsOf gives them.
import { fail } from './errors.js';
import { amountOf, dustOf, feeOf, fixedWeight, inputWeight, maxMoney, outputWeight, scriptLength } from './sizes.js';

const tries = 50_000; // of the search for coins that fit without change
const searched = 1_000; // coins at most, the largest
const mostInputs = 1_000; // a third of a standard transaction

// plan chooses coins for payments, or sends everything there is:
//   from      coins that are spent in any case
//   coins     those that may be added
//   pay       [{ script, value }], in their order
//   sweep     a script that gets all of it, instead of pay
//   rate      of the fee
//   replaced  { fee, weight } of a transaction this one replaces
//   changeKind  of the change's script
//   anyFee    even when the fee takes more than half
// It answers { inputs, pay, change, changeKind, swept, fee, weight }: change in
// sat, 0 for none.
// Kinds: funds, dust, amount, rate, fee-high.
export function plan({ from = [], coins = [], pay = [], sweep, rate, replaced = null, changeKind = 'p2tr', anyFee = false }) {
  const asked = { pay, rate, replaced, changeKind };
  const { missing, ...made } = sweep ? everything([...from, ...coins], sweep, asked) : enough(from, coins, asked);
  if (!anyFee && made.fee > sum(made.inputs) / 2) fail('fee-high', { fee: made.fee });
  return { ...made, changeKind, swept: Boolean(sweep) };
}

const relay = 250; // at least a replacement adds, for its own weight (BIP-0125, 1 sat/vB)

// price is the fee of a transaction of a weight: a replacement pays more than what
// it replaces, in all and by weight.
function price(weight, { rate, replaced }) {
  const fee = feeOf(weight, rate);
  if (!replaced) return fee;
  return Math.max(fee, replaced.fee + feeOf(weight, relay), Math.ceil((replaced.fee * weight) / replaced.weight) + 1);
}

function everything(inputs, script, asked) {
  if (inputs.length > mostInputs) inputs.length = mostInputs; // the rest another time
  const weight = weightOf(inputs, [script.length / 2]);
  const fee = price(weight, asked);
  const value = sum(inputs) - fee;
  if (value < dustOf(script)) fail('funds', { missing: dustOf(script) - value });
  return { inputs, pay: [{ script, value }], change: 0, fee, weight, missing: 0 };
}

function enough(from, coins, asked) {
  for (const { script, value } of asked.pay) {
    if (amountOf(value) < dustOf(script)) fail('dust', { least: dustOf(script) });
  }
  if (sum(asked.pay) > maxMoney) fail('amount');
  const done = settle(from, asked);
  if (from.length > 0 && done.missing === 0) return done;
  return (from.length === 0 && !asked.replaced && without(coins, asked)) || added(from, coins, asked);
}

// settle is what comes of these inputs; missing is what they lack.
function settle(inputs, asked) {
  const { pay, rate, changeKind } = asked;
  const lengths = pay.map(({ script }) => script.length / 2);
  const over = sum(inputs) - sum(pay);
  const weight = weightOf(inputs, lengths);
  const bare = price(weight, asked);
  const wider = weightOf(inputs, [...lengths, scriptLength(changeKind)]);
  const fee = price(wider, asked);
  const worth = Math.max(3 * (9 + scriptLength(changeKind) + 67), feeOf(inputWeight[changeKind], rate));
  if (over - fee > worth) return { inputs, pay, change: over - fee, fee, weight: wider, missing: 0 };
  return { inputs, pay, change: 0, fee: over, weight, missing: Math.max(0, bare - over) };
}

// added takes the smallest coin that is enough by itself, or the largest ones.
function added(from, coins, asked) {
  const ascending = [...coins].sort((a, b) => a.value - b.value || (a.outpoint < b.outpoint ? -1 : 1));
  for (const coin of ascending) {
    const done = settle([...from, coin], asked);
    if (done.missing === 0) return done;
  }
  const inputs = [...from];
  let done = settle(inputs, asked);
  for (const coin of ascending.reverse()) {
    if (inputs.length === mostInputs || worthOf(coin, asked.rate) <= 0) break;
    inputs.push(coin);
    done = settle([...inputs], asked);
    if (done.missing === 0) return done;
  }
  return fail('funds', { missing: done.missing });
}

// without looks for coins that fit so well that no change is left (branch and
// bound, as Bitcoin Core does it); null when there are none.
function without(coins, asked) {
  const { pay, rate, changeKind } = asked;
  const base = fixedWeight(1, pay.length) + pay.reduce((w, { script }) => w + outputWeight(script.length / 2), 0);
  const least = sum(pay) + feeOf(base, rate);
  const most = least + feeOf(outputWeight(scriptLength(changeKind)) + inputWeight[changeKind], rate);
  const pool = coins.map((coin) => ({ coin, worth: worthOf(coin, rate) })).filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth).slice(0, searched);
  const left = pool.map(() => 0);
  for (let i = pool.length - 1, rest = 0; i >= 0; i -= 1) left[i] = (rest += pool[i].worth);
  let tried = 0;
  const search = (i, sumSoFar, taken) => {
    tried += 1;
    if (sumSoFar >= least) return sumSoFar <= most ? taken : null;
    if (i === pool.length || tried > tries || taken.length === 200 || sumSoFar + left[i] < least) return null;
    return search(i + 1, sumSoFar + pool[i].worth, [...taken, pool[i].coin]) ?? search(i + 1, sumSoFar, taken);
  };
  const taken = search(0, 0, []);
  const done = taken && settle(taken, asked);
  return done?.missing === 0 && done.change === 0 ? done : null;
}

// worthOf is what a coin adds after its own part of the fee.
function worthOf({ value, path }, rate) {
  return value - feeOf(inputWeight[path.kind], rate);
}

function weightOf(inputs, lengths) {
  return fixedWeight(inputs.length, lengths.length)
    + inputs.reduce((w, { path }) => w + inputWeight[path.kind], 0)
    + lengths.reduce((w, length) => w + outputWeight(length), 0);
}

function sum(things) {
  return things.reduce((total, { value }) => total + value, 0);
}
