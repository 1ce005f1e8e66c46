// What a pledge by the wallet in the page needs next, decided by its coins alone:
//   sign        { coin, again }  a coin of the size is there
//   make        { plan, old }    there is enough to make one; old is what it replaces
//   other       { got, value, address, takes }  another sum came in than was asked
//               for; value is what it lacks, takes whether it can be pledged as it is
//   confirming  {}               the money is seen, and waits for a block
//   deposit     { address, value }  there is nothing yet
//   absent      {}               the coin to be replaced is not in this wallet
// watch says that an address was given out for it.

export async function nextOf({ wallet, purpose, label, amount, fits, instead, rate, known, used }) {
  const coins = wallet.coins();
  const ours = coins.filter((coin) => coin.purpose === purpose);
  const left = ours.find((coin) => coin.held?.why === 'pledged' && !known.has(coin.outpoint));
  if (left) return { what: 'sign', coin: left, again: true };
  const fresh = ours.filter((coin) => coin.held === null);
  const exact = fresh.find((coin) => coin.value === amount)
    ?? (instead ? null : coins.find((coin) => coin.held === null && coin.state === 'confirmed' && coin.value === amount));
  if (exact) return { what: 'sign', coin: exact, again: false };
  // The old coin is spent by what made the new one, which is not seen yet.
  const old = instead ? coins.find((coin) => coin.outpoint === instead) : null;
  if (old?.held?.why === 'sent') return { what: 'confirming' };
  if (instead && !old) return { what: 'absent' };

  const { address, watch } = await stub(wallet, purpose, label, used);
  try {
    const plan = wallet.plan({ pay: [{ address, value: amount }], from: instead ? [instead] : [], rate });
    return { what: 'make', plan, old: old?.value ?? 0, watch };
  } catch (error) {
    if (error.kind !== 'funds') throw error;
  }
  const got = fresh.reduce((sum, { value }) => sum + value, 0);
  if (got > 0) {
    const takes = fresh.length === 1 && fits(got);
    if (got > amount && !takes) return { what: 'confirming', watch }; // enough, but not free to spend yet
    return { what: 'other', got, value: Math.max(amount - got, 0), address, takes, watch };
  }
  return { what: 'deposit', address, value: amount, watch };
}

// stub is the address for the coin that shall be pledged: the last one that was
// given out for this campaign and that nothing came to.
async function stub(wallet, purpose, label, used) {
  const there = wallet.uses().filter((use) => use.purpose === purpose && !used.has(use.script)).at(-1);
  if (there) return { address: there.address, watch: false };
  const { address } = await wallet.address({ purpose, label });
  return { address, watch: true };
}
