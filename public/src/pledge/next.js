// What a pledge by the wallet in the page needs next, decided by its coins alone:
//   sign        { coin, again }  a coin of the size is there
//   make        { plan, old }    there is enough to make one; old is what it replaces
//   other       { got, value, address, takes }  another sum came in than was asked
//               for; value is what it lacks, takes whether it can be pledged as it is
//   confirming  {}               the money is seen, and waits for a block
//   deposit     { address, value }  there is not enough yet
//   absent      {}               the coin to be replaced is not in this wallet
// watch says that an address was given out for it.

const leastDeposit = 1000; // sat, so that no wallet calls it dust
const ownWeight = 300; // what one more coin adds to a transaction, generously

export async function nextOf(asked) {
  const { wallet, purpose, known, instead } = asked;
  const coins = wallet.coins();
  const ours = coins.filter((coin) => coin.purpose === purpose);
  const left = ours.find((coin) => coin.held?.why === 'pledged' && coin.outpoint !== instead && !known.has(coin.outpoint));
  if (left) return { what: 'sign', coin: left, again: true };
  return instead ? replaced(asked, coins, ours) : made(asked, coins, ours);
}

// made is the way to a first pledge.
async function made({ wallet, purpose, label, amount, fits, rate, used, firm }, coins, ours) {
  const fresh = ours.filter(ready);
  const exact = fresh.find((coin) => coin.value === amount)
    ?? (firm ? null : coins.find((coin) => coin.held === null && coin.state === 'confirmed' && coin.value === amount));
  if (exact) return { what: 'sign', coin: exact, again: false };
  const { address, watch } = await fresher(wallet, purpose, label, used, firm);
  const plan = planned(wallet, { pay: [{ address, value: amount }], rate });
  if (plan.inputs) return { what: 'make', plan, old: 0, watch };
  const got = sum(fresh);
  if (got === 0) return { what: 'deposit', address, value: amount, watch };
  const takes = fresh.length === 1 && fits(got);
  if (got > amount && !takes) return { what: 'confirming', watch }; // enough, but not free to spend yet
  return { what: 'other', got, value: Math.max(amount - got, 0), address, takes, watch };
}

// replaced is the way from one pledge to another: its coin is spent by what makes
// the new one.
async function replaced({ wallet, purpose, label, amount, instead, rate, used }, coins, ours) {
  const old = coins.find((coin) => coin.outpoint === instead);
  if (!old || old.held?.why === 'sent') {
    const coin = ours.find((one) => one.held === null);
    if (coin) return { what: 'sign', coin, again: false };
    return { what: old ? 'confirming' : 'absent' };
  }
  const { address, watch } = await fresher(wallet, purpose, label, used);
  const plan = planned(wallet, { pay: [{ address, value: amount }], from: [instead], rate });
  if (plan.inputs) return { what: 'make', plan, old: old.value, watch };
  if (sum(coins.filter((coin) => coin.held === null && coin.state === 'pending')) >= plan.missing) return { what: 'confirming', watch };
  const more = await fresher(wallet, 'more', label, used);
  const value = Math.max(plan.missing + Math.ceil((ownWeight * rate) / 1000), leastDeposit);
  return { what: 'deposit', address: more.address, value, watch: watch || more.watch };
}

// planned is a plan, or what it lacks.
function planned(wallet, asked) {
  try {
    return wallet.plan(asked);
  } catch (error) {
    if (error.kind !== 'funds') throw error;
    return { missing: error.details.missing };
  }
}

// ready reports whether a coin may be pledged: firm ones are held by what they are.
const ready = ({ held }) => held === null || held.why === 'firm';

const sum = (coins) => coins.reduce((total, { value }) => total + value, 0);

// fresher is an address for a purpose: the last one that was given out for it and
// that nothing came to.
async function fresher(wallet, purpose, label, used, firm = null) {
  const there = wallet.uses().filter((use) => use.purpose === purpose && !used.has(use.script)).at(-1);
  if (there) return { address: there.address, watch: false };
  const { address } = await (firm ? wallet.firmAddress({ ...firm, purpose, label }) : wallet.address({ purpose, label }));
  return { address, watch: true };
}
