// What each form asks of the wallet, and what the transaction must do then. An order
// is { coins, more, allow, expect(effects) }: outpoints that may be spent, fields for
// the server, how many satoshi may leave the wallet unless said otherwise, and a check
// that throws for anything but what was asked for.
import { amount } from '../keys/numbers.js';
import { NotUnderstood } from './colors.js';
import { NoRequest, readReceiver } from './address.js';
import { BadLine, readList } from './list.js';
import { withdraw } from './server.js';
import { readUnits } from './units.js';

const leastSeed = 1_000; // sat of the coin that an asset grows out of
const mostMoney = 40; // coins of money in one order

// Missing is something that the form lacks: a key of its words, and values.
export class Missing extends Error {
  constructor(key, values = {}) {
    super(key);
    [this.key, this.values] = [key, values];
  }
}

// Deposit asks for a coin at an address first: { given, key }.
export class Deposit extends Error {
  constructor(given, key) {
    super(key);
    [this.given, this.key] = [given, key];
  }
}

export const leastDeposit = leastSeed;

// A Desk has what all of them need: { wallet, connection, keys, form, accounts,
// title, decimals, asset, issuer }.
const fee = ({ form }) => form.elements.pay?.value === 'own';
const units = ({ form, decimals }) => readUnits(form.elements.units.value, decimals()) ?? lack('units');
const lack = (key, values) => { throw new Missing(key, values); };
const ticked = ({ form }) => form.elements.sure.checked || lack('tick');

// named writes a coin for the server.
const named = ({ txid, vout, value, script }) => `${txid}:${vout} ${value} ${script}`;
const fields = (coins, more) => ({ coins: coins.map(named).join('\n'), ...more });

const moneyOf = (wallet) => wallet.coins().filter((coin) => coin.held === null && coin.state === 'confirmed' && coin.assets.length === 0)
  .sort((a, b) => b.value - a.value).slice(0, mostMoney);

const apart = (desk, purpose) => desk.connection.receive({ purpose, account: desk.keys.accounts.colors, label: desk.title() });

// whoHas takes coins that hold enough units: one that is enough, the smallest of
// those, or the largest together.
function whoHas(desk, wanted) {
  const held = desk.wallet.assets().find(({ id }) => id === desk.asset);
  const of = (coin) => coin.assets.filter(({ id }) => id === desk.asset).reduce((sum, one) => sum + BigInt(one.units), 0n);
  const ready = (held?.coins ?? []).filter((coin) => (coin.state === 'confirmed' || coin.own) && coin.held?.why !== 'reserved')
    .sort((a, b) => Number(of(a) - of(b)));
  const enough = ready.find((coin) => of(coin) >= wanted);
  if (enough) return { coins: [enough], exact: ready.find((coin) => of(coin) === wanted) };
  const coins = [];
  let sum = 0n;
  for (const coin of ready.reverse()) {
    coins.push(coin);
    sum += of(coin);
    if (sum >= wanted) return { coins };
  }
  if (held?.coming > 0n) lack('coming');
  return lack('short', { Have: desk.written(sum) });
}

const none = (map) => map.size === 0 || [...map.values()].every((n) => n === 0n);
const only = (ok) => { if (!ok) throw new NotUnderstood('another effect'); };

// issue: the first coin makes its key the issuer.
async function issue(desk) {
  const { form, wallet } = desk;
  if (form.elements.name.value.trim() === '') lack('name');
  const wanted = units(desk);
  const open = form.elements.more.value === 'yes';
  const seeds = wallet.coins().filter((coin) => coin.purpose === 'issue' && coin.assets.length === 0 && coin.state === 'confirmed' && coin.held?.why !== 'sent');
  const seed = seeds.find(({ value }) => value >= leastSeed) ?? moneyOf(wallet).filter(({ value }) => value >= leastSeed).at(-1);
  if (!seed && open && !fee(desk) && form.elements.protocol.value !== 'epobc') return issueFromNothing(desk, wanted);
  if (!seed) throw new Deposit(await waiting(desk), open ? 'deposit' : 'deposit-fixed');
  const to = await apart(desk, 'units');
  // Who may issue again needs a coin at that address again.
  const change = open ? seed.script : (await desk.connection.receive({ purpose: 'change', change: 1 })).script;
  const coins = fee(desk) ? [seed, ...moneyOf(wallet).filter(({ outpoint }) => outpoint !== seed.outpoint)] : [seed];
  return {
    coins, more: fields(coins, { owner: to.script, change }),
    done: () => (open ? wallet.mark(seed.script, { purpose: 'issue', label: desk.title() }) : null),
    expect: ({ mine, others, destroyed, issued }) => only(issued === wanted && mine.size === 1 && [...mine.values()][0] === wanted
      && others.length === 0 && none(destroyed)),
  };
}

// issueFromNothing is for whoever has no coin at all: the node makes the one that the
// asset grows out of, and its price is paid over Lightning. Its key is this wallet's.
async function issueFromNothing(desk, wanted) {
  const { connection, keys, wallet } = desk;
  const from = await connection.receive({ purpose: 'issue', account: keys.accounts.colors, label: desk.title() });
  const [to, change] = [await apart(desk, 'units'), await connection.receive({ purpose: 'change', change: 1 })];
  return {
    coins: [], more: { coins: '', seed: from.script, owner: to.script, change: change.script },
    done: () => wallet.mark(from.script, { purpose: 'issue', label: desk.title() }),
    expect: ({ mine, others, destroyed, issued }) => only(issued === wanted && mine.size === 1 && [...mine.values()][0] === wanted
      && others.length === 0 && none(destroyed)),
  };
}

// waiting is an address for the coin that an asset grows out of.
async function waiting({ wallet, connection, keys }) {
  const had = wallet.uses().find(({ purpose, script }) => purpose === 'issue' && !wallet.received().includes(script));
  await connection.watch();
  return had ?? connection.receive({ purpose: 'issue', account: keys.accounts.colors });
}

// issuing finds this wallet's script that may issue the asset, and its coins without
// units.
function issuing({ wallet, keys, issuer }) {
  const script = wallet.scripts().find((one) => keys.hash160(one) === issuer) ?? lack('not-issuer');
  const coins = wallet.coins().filter((coin) => coin.script === script && coin.state === 'confirmed' && coin.held?.why !== 'sent');
  return { script, coins, bare: coins.filter(({ assets }) => assets.length === 0) };
}

async function reissue(desk) {
  const wanted = units(desk);
  const { script, bare } = issuing(desk);
  if (bare.length === 0) throw new Deposit({ script, address: desk.keys.addressOf(script, desk.wallet.network) }, 'deposit-issuer');
  const to = await apart(desk, 'units');
  const coins = fee(desk) ? [...bare.slice(0, 1), ...moneyOf(desk.wallet).filter((coin) => coin.script !== script)] : bare.slice(0, 1);
  return {
    coins, more: fields(coins, { owner: to.script, change: script }),
    expect: ({ mine, others, destroyed, issued }) => only(issued === wanted && mine.get(desk.asset) === wanted && others.length === 0 && none(destroyed)),
  };
}

async function lock(desk) {
  ticked(desk);
  const { script, coins: all } = issuing(desk);
  if (all.length === 0) lack('not-issuer');
  const change = await apart(desk, 'units');
  const coins = fee(desk) ? [...all, ...moneyOf(desk.wallet).filter((coin) => coin.script !== script)] : all;
  const had = all.flatMap(({ assets }) => assets).reduce((sum, one) => sum + BigInt(one.units), 0n);
  return {
    coins, more: fields(coins, { change: change.script }), effect: 'lock',
    expect: ({ mine, others, destroyed, issued }) => only(issued === 0n && others.length === 0 && none(destroyed)
      && [...mine.values()].reduce((sum, n) => sum + n, 0n) === had),
  };
}

async function send(desk) {
  const { form, wallet, keys } = desk;
  if (form.elements.list.value.trim() !== '') return sendAll(desk);
  const read = await receiverOf(desk);
  const script = keys.scriptOf(read.address, wallet.network); // refused before anything else
  if (read.units && form.elements.units.value.trim() === '') form.elements.units.value = read.units;
  const wanted = units(desk);
  if (!read.knows && !wallet.scripts().includes(script)) confirmed(form);
  return transfer(desk, wanted, script, read.address);
}

// receiverOf reads to whom it goes, and refuses a request for another asset.
async function receiverOf({ form, asset, written }) {
  let read;
  try {
    read = await readReceiver(form.elements.to.value);
  } catch (error) {
    if (error instanceof NoRequest) lack('request');
    throw error;
  }
  if (read.asset && read.asset !== asset) lack('other');
  const counts = read.asset !== undefined && /^[1-9]\d{0,18}$/.test(read.units);
  return { ...read, units: counts ? written(BigInt(read.units)) : read.units };
}

// confirmed has somebody say that an address which says nothing of itself can hold units.
function confirmed(form) {
  form.querySelector('[data-sure]').hidden = false;
  if (!form.elements.sure.checked) lack('tick');
}

// sendAll sends to many at once.
async function sendAll(desk) {
  const { form, wallet, keys } = desk;
  const list = (await listOf(desk)).map((one) => ({ ...one, script: scriptAt(one, keys, wallet) }));
  const own = new Set(wallet.scripts());
  if (list.some(({ knows, script }) => !knows && !own.has(script))) confirmed(form);
  const sum = list.reduce((all, { units: n }) => all + n, 0n);
  const { coins: holding } = whoHas(desk, sum);
  const change = await apart(desk, 'units');
  const coins = fee(desk) ? [...holding, ...moneyOf(wallet)] : holding;
  const lines = list.map(({ address, units: n }) => `${address} ${desk.written(n).replaceAll(',', '')}`).join('\n');
  const wanted = counted(list.filter(({ script }) => !own.has(script)).map(({ script, units: n }) => `${script} ${n}`));
  return {
    coins, more: fields(coins, { list: lines, change: change.script, sure: 'yes' }),
    expect: ({ others, destroyed, issued }) => only(issued === 0n && none(destroyed) && others.every(({ id }) => id === desk.asset)
      && same(counted(others.map(({ script, units: n }) => `${script} ${n}`)), wanted)),
  };
}

async function listOf(desk) {
  try {
    return await readList(desk.form.elements.list.value, desk.decimals());
  } catch (error) {
    if (error instanceof BadLine) lack(error.key, { Line: error.line });
    throw error;
  }
}

function scriptAt({ address, line }, keys, wallet) {
  try {
    return keys.scriptOf(address, wallet.network);
  } catch {
    return lack('line-other', { Line: line });
  }
}

// counted says how often each text is there.
function counted(texts) {
  const counts = new Map();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

const same = (a, b) => a.size === b.size && [...a].every(([text, n]) => b.get(text) === n);

// transfer sends units to a script, and the rest to a new address.
async function transfer(desk, wanted, script, address) {
  const { coins: holding } = whoHas(desk, wanted);
  const change = await apart(desk, 'units');
  const coins = fee(desk) ? [...holding, ...moneyOf(desk.wallet)] : holding;
  const toSelf = desk.wallet.scripts().includes(script);
  return {
    coins, more: fields(coins, { to: address, change: change.script, sure: 'yes' }),
    expect: ({ others, destroyed, issued, mine }) => only(issued === 0n && none(destroyed)
      && (toSelf ? others.length === 0 && (mine.get(desk.asset) ?? 0n) >= wanted
        : others.length === 1 && others[0].script === script && others[0].id === desk.asset && others[0].units === wanted)),
  };
}

async function burn(desk) {
  ticked(desk);
  const wanted = units(desk);
  const { coins: holding } = whoHas(desk, wanted);
  const change = await apart(desk, 'units');
  const coins = fee(desk) ? [...holding, ...moneyOf(desk.wallet)] : holding;
  return {
    coins, more: fields(coins, { change: change.script }),
    expect: ({ others, destroyed, issued }) => only(issued === 0n && others.length === 0 && destroyed.size === 1 && destroyed.get(desk.asset) === wanted),
  };
}

async function dividend(desk) {
  const sum = amount(desk.form.elements.sum.value) ?? lack('price');
  const coins = moneyOf(desk.wallet);
  const change = await desk.connection.receive({ purpose: 'change', change: 1 });
  const { others } = desk.form.elements;
  const exclude = others.checked ? desk.wallet.assets().filter(({ id }) => id === desk.asset).flatMap((held) => held.coins.map(({ script }) => script)) : [];
  return {
    coins, more: fields(coins, { change: change.script, exclude: [...new Set(exclude)].join(' ') }), plain: true,
    expect: ({ paid }) => only(paid.reduce((all, { value }) => all + value, 0) <= sum),
  };
}

async function sell(desk) {
  const wanted = units(desk);
  const price = amount(desk.form.elements.price.value) ?? lack('price');
  const { exact } = whoHas(desk, wanted);
  if (!exact) {
    const to = await apart(desk, 'units');
    return { ...await transfer(desk, wanted, to.script, to.address), action: desk.form.action.replace(/offers$/, 'send'), split: true };
  }
  const to = await desk.connection.receive({ purpose: 'sale', label: desk.title() });
  return {
    coins: [exact], more: fields([exact], { owner: to.script }), sells: true,
    sale: { price, script: to.script },
  };
}

// back takes an offer back: out of the book, and its coin to another address, so that
// what was signed to sell it is worth nothing.
async function back(desk) {
  const { form: { dataset, elements }, wallet } = desk;
  const coin = wallet.coins().find(({ outpoint }) => outpoint === dataset.coin) ?? lack('not-seller');
  if ('open' in dataset) {
    await withdraw(dataset.withdraw, wallet.signMessage(dataset.message, dataset.script));
    delete dataset.open;
  }
  const wanted = readUnits(elements.units.value, desk.decimals());
  const [to, change] = [await apart(desk, 'units'), await apart(desk, 'units')];
  const coins = fee(desk) ? [coin, ...moneyOf(wallet)] : [coin];
  return {
    coins, more: fields(coins, { to: to.address, change: change.script, sure: 'yes' }), effect: 'withdraw',
    expect: ({ mine, others, destroyed, issued }) => only(issued === 0n && none(destroyed) && others.length === 0 && mine.get(desk.asset) === wanted),
  };
}

async function take(desk) {
  const wanted = units(desk);
  const price = amount(desk.form.elements.price.value) ?? lack('price');
  const coins = moneyOf(desk.wallet);
  const to = await apart(desk, 'units');
  const change = await desk.connection.receive({ purpose: 'change', change: 1 });
  return {
    coins, more: fields(coins, { owner: to.script, change: change.script }),
    expect: ({ mine, others, destroyed, paid, issued }) => only(issued === 0n && mine.get(desk.asset) === wanted && others.length === 0 && none(destroyed)
      && paid.reduce((all, { value }) => all + value, 0) === price),
  };
}

export const orders = { issue, reissue, lock, send, burn, dividend, offers: sell, take, withdraw: back };
