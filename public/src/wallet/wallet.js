// A wallet in the page: one object for pledges, vouchers and streaming. The
// server ships this code and says which coins there are; it never sees a key.
//
// Everything from outside comes in by a setup:
//   store    as in store.js
//   network  a name, as the page has it
//   random   random(n) gives n bytes that nobody can foresee
//   subtle   WebCrypto's
//   now      milliseconds since 1970
// What goes wrong is a WalletError with a kind, see errors.js.
import { hex, schnorr } from '../../vendor/bitcoin/bitcoin.js';
import { Book, bookKey, takeKey } from './book.js';
import { assetsIn, balanceOf, coinsOf, free, outpointOf } from './coins.js';
import { readContract } from './contract.js';
import { discover } from './discover.js';
import { readDraft, signedDraft } from './draft.js';
import { fail } from './errors.js';
import { termsOf } from './firm.js';
import { historyOf } from './history.js';
import { accounts, firmAccount, Keys, scriptOf } from './keys.js';
import { labelsOf, readLabels, takeLabels } from './labels.js';
import { signMessage } from './message.js';
import { networkOf } from './networks.js';
import { plan } from './plan.js';
import { allowed, pledges, refund } from './pledge.js';
import { BookSeal, check, seal, unseal } from './seal.js';
import { replaceable, signed } from './sign.js';
import { newWords, positionsToAsk, readWords, seedOf } from './words.js';

const record = 'wallet'; // its key in the store
const older = ['p2sh', 'p2pkh']; // kinds of other wallets
const mostFirm = 200; // keys that adoptFirm looks at
const deep = 6; // confirmations
const asked = 3; // words, of who says he has written them down
const largestFile = 5_000_000; // characters

const utf8 = new TextEncoder();

// inPage is the setup of a page of a network, with the store it shall keep the
// wallet in. Browsers have WebCrypto on https and on this machine only. Kinds:
// insecure.
export function inPage(network, store) {
  return {
    network, store, subtle: crypto.subtle ?? fail('insecure'), random: (n) => crypto.getRandomValues(new Uint8Array(n)), now: () => Date.now(),
  };
}

export class Wallet {
  #setup;
  #record; // { envelope, fingerprint, confirmed, restored, created }
  #revision;
  #keys = null; // wiped when locked
  #book = null; // while unlocked
  #box = null; // seals what pages keep for it, while unlocked
  #fed = { height: 0, coins: [] };
  #toConfirm = null; // the words, until they are confirmed

  // exists reports whether this browser keeps a wallet.
  static async exists({ store }) {
    return (await store.get(record)) !== null;
  }

  // create makes a new wallet: it is unlocked, and words() shows what must be
  // written down before anything can be received. Kinds: wallet-exists,
  // passphrase-short, storage, network.
  static async create(setup, passphrase) {
    return Wallet.#make(setup, { words: newWords(setup.random), extra: '' }, passphrase, false);
  }

  // restore makes a wallet from words that were written down; call discover next.
  // Kinds: those of readWords and of create.
  static async restore(setup, text, passphrase, extra = '') {
    return Wallet.#make(setup, { words: readWords(text), extra }, passphrase, true);
  }

  // fromFile makes a wallet from a file that file() gave, with the passphrase it
  // had then; call discover next, as the file may be older than the last address
  // given out. Kinds: envelope, envelope-version, passphrase-wrong, wallet-exists,
  // storage.
  static async fromFile(setup, text, passphrase) {
    networkOf(setup.network);
    if (await Wallet.exists(setup)) fail('wallet-exists');
    const { envelope, books, confirmed, created } = readFile(text);
    const secret = await Wallet.#secret(setup, envelope, passphrase);
    const { fingerprint } = await Wallet.#keysOf(secret, setup.network);
    // Books first: without them, addresses would be given out a second time.
    for (const [network, book] of Object.entries(books)) {
      const key = bookKey(network, fingerprint);
      const there = await setup.store.get(key);
      await setup.store.put(key, book, there?.revision ?? 0);
    }
    await Wallet.#put(setup, { envelope, fingerprint, confirmed, restored: restoring(setup), created }, 0);
    return Wallet.#opened(setup, secret);
  }

  // unlock opens the wallet this browser keeps. Kinds: wallet-none,
  // passphrase-wrong, envelope.
  static async unlock(setup, passphrase) {
    const kept = (await setup.store.get(record)) ?? fail('wallet-none');
    return Wallet.#opened(setup, await Wallet.#secret(setup, kept.value.envelope, passphrase));
  }

  // remove forgets the wallet, and its books of these networks: only the words or
  // a file bring it back.
  static async remove({ store }, networks) {
    const kept = await store.get(record);
    if (!kept) return;
    await store.remove(record);
    for (const network of networks) await store.remove(bookKey(network, kept.value.fingerprint));
  }

  static async #make(setup, secret, passphrase, restored) {
    networkOf(setup.network);
    if (await Wallet.exists(setup)) fail('wallet-exists');
    const envelope = await seal(utf8.encode(JSON.stringify(secret)), passphrase, setup);
    const { fingerprint } = await Wallet.#keysOf(secret, setup.network);
    const created = setup.now();
    const origin = { confirmed: restored, restored: restored ? restoring(setup) : null };
    await Wallet.#put(setup, { envelope, fingerprint, ...origin, created }, 0);
    return Wallet.#opened(setup, secret);
  }

  static async #put({ store }, value, revision) {
    if (!await store.put(record, value, revision)) fail(revision === 0 ? 'wallet-exists' : 'storage-busy');
  }

  static async #secret(setup, envelope, passphrase) {
    const bytes = await unseal(envelope, passphrase, setup);
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  static async #keysOf({ words, extra }, network) {
    return new Keys(await seedOf(words, extra), network);
  }

  static async #opened(setup, { words, extra }) {
    const wallet = new Wallet();
    wallet.#setup = setup;
    await wallet.#reread();
    const seed = await seedOf(words, extra);
    wallet.#keys = new Keys(seed, setup.network);
    wallet.#book = await Book.open(setup.store, seed, setup.network, wallet.#keys.fingerprint, setup);
    wallet.#box = await BookSeal.of(seed, setup.network, setup, 'box');
    wallet.#toConfirm = wallet.#record.confirmed ? null : words;
    seed.fill(0);
    return wallet;
  }

  async #reread() {
    const kept = (await this.#setup.store.get(record)) ?? fail('wallet-none');
    [this.#record, this.#revision] = [kept.value, kept.revision];
  }

  // lock forgets the keys until unlock: everything but words and file fails then
  // (locked).
  lock() {
    this.#keys?.wipe();
    [this.#book, this.#box, this.#toConfirm] = [null, null, null];
    this.#fed = { height: 0, coins: [] };
  }

  get locked() {
    return this.#book === null;
  }

  get network() {
    return this.#setup.network;
  }

  // sealed keeps something for pages that only this wallet opens again, with unsealed:
  // { nonce, sealed } of anything that JSON holds. Kinds: locked; envelope for what is
  // of another wallet.
  sealed(value) {
    return (this.#box ?? fail('locked')).close(value);
  }

  unsealed(kept) {
    return (this.#box ?? fail('locked')).open(kept);
  }

  // words are shown once the passphrase was typed again: { words, extra }. Kinds:
  // passphrase-wrong.
  words(passphrase) {
    return Wallet.#secret(this.#setup, this.#record.envelope, passphrase);
  }

  // confirmed reports whether the words were written down.
  get confirmed() {
    return this.#record.confirmed;
  }

  // askWords are the positions of the words to ask for, from 1; of a wallet
  // that is confirmed, none.
  askWords() {
    return this.#toConfirm ? positionsToAsk(this.#toConfirm, asked, this.#setup.random) : [];
  }

  // confirm takes the words at the positions asked for, by position. Kinds:
  // words-wrong, locked.
  async confirm(answers) {
    this.#open();
    if (this.confirmed) return;
    const words = this.#toConfirm.split(' ');
    const given = Object.entries(answers);
    if (given.length < asked) fail('words-wrong', {});
    for (const [position, word] of given) {
      if (words[position - 1] !== word.trim().toLowerCase()) fail('words-wrong', { position: Number(position) });
    }
    await this.#rewrite({ confirmed: true });
    this.#toConfirm = null;
  }

  // changePassphrase keeps the words under another one. Kinds: passphrase-wrong,
  // passphrase-short.
  async changePassphrase(old, passphrase) {
    const bytes = await unseal(this.#record.envelope, old, this.#setup);
    await this.#rewrite({ envelope: await seal(bytes, passphrase, this.#setup) });
    bytes.fill(0);
  }

  async #rewrite(changed) {
    await this.#reread();
    await Wallet.#put(this.#setup, { ...this.#record, ...changed }, this.#revision);
    await this.#reread();
  }

  // file is the whole wallet as text, still encrypted: the words, and the books of
  // these networks.
  async file(networks = [this.network]) {
    const books = {};
    for (const network of networks) {
      const kept = await this.#setup.store.get(bookKey(network, this.#record.fingerprint));
      if (kept) books[network] = kept.value;
    }
    const { envelope, confirmed, created } = this.#record;
    return `${JSON.stringify({ envelope, confirmed, created, books }, null, 1)}\n`;
  }

  // address gives out a new address for a purpose, never one that was given out
  // before: { address, script, path }. Kinds: words-unconfirmed, undiscovered,
  // locked, storage.
  async address({ purpose, label = '', kind = 'p2tr', account = accounts.money, change = 0 }) {
    this.#givesOut();
    const at = this.#setup.now();
    return this.#book.change((draft) => takeKey(draft, this.#keys, { kind, account, change }, { purpose, label, at }));
  }

  // firmAddress gives out an address whose coins stay firm until a height, by the
  // terms of a campaign (see firm.js): { address, script, path, owner }, owner the
  // public key to tell the campaign. Kinds: firm, and those of address.
  async firmAddress({ keeper, until, purpose, label = '' }) {
    this.#givesOut();
    const branch = { kind: 'firm', account: firmAccount, change: 0, ...termsOf({ keeper, until }) };
    const at = this.#setup.now();
    const given = await this.#book.change((draft) => takeKey(draft, this.#keys, branch, { purpose, label, at }));
    return { ...given, owner: hex.encode(this.#keys.publicKey(given.path)) };
  }

  // adoptFirm takes a firm coin's script over that this wallet gave out before it was
  // restored from its words: a search with the campaign's terms. Kinds: firm when it
  // is not this wallet's.
  async adoptFirm({ keeper, until, script, label = '' }) {
    this.#open();
    const terms = termsOf({ keeper, until });
    const at = this.#setup.now();
    await this.#book.change((draft) => {
      if (draft.uses[script]) return;
      const path = Array.from({ length: mostFirm }, (_, index) => ({ kind: 'firm', account: firmAccount, change: 0, index, ...terms }))
        .find((one) => this.#keys.script(one) === script) ?? fail('firm');
      draft.uses[script] = { path, purpose: 'found', label, at };
      const branch = `firm/${firmAccount}/0`;
      draft.next[branch] = Math.max(draft.next[branch] ?? 0, path.index + 1);
    });
  }

  #givesOut() {
    this.#open();
    if (!this.confirmed) fail('words-unconfirmed');
    if (this.undiscovered) fail('undiscovered');
  }

  // undiscovered reports whether discover has to be called first.
  get undiscovered() {
    const { restored } = this.#record;
    return Boolean(restored) && this.#open().now.discovered !== restored;
  }

  // watchID is the name under which the server watches this wallet, the same
  // wherever its words are: 16 bytes in hexadecimal, which tell nothing about its keys.
  get watchID() {
    this.#open();
    return this.#keys.watchID;
  }

  // scripts are those the server shall watch, in hexadecimal.
  scripts() {
    return Object.keys(this.#open().now.uses);
  }

  // uses are the addresses given out: { script, address, purpose, label, at, path }.
  uses() {
    return Object.entries(this.#open().now.uses)
      .map(([script, use]) => ({ script, address: this.#keys.address(use.path), ...use }));
  }

  // discover finds the keys of restored words again, see discover.js. It resolves
  // with how many there are.
  async discover(used) {
    this.#open();
    const found = await discover(this.#keys, used, this.#setup.now());
    return this.#book.change((draft) => {
      for (const [branch, next] of Object.entries(found.next)) draft.next[branch] = Math.max(draft.next[branch] ?? 0, next);
      draft.uses = { ...found.uses, ...draft.uses };
      draft.discovered = this.#record.restored;
      return Object.keys(draft.uses).length;
    });
  }

  // feed tells which coins the watched scripts have, and at what height that was;
  // see coinsOf.
  feed(fed) {
    coinsOf(fed, this.#open().now); // refused as a whole
    this.#fed = structuredClone(fed);
  }

  // coins are all there are, held ones too; balance is their sum.
  coins() {
    return coinsOf(this.#fed, this.#open().now);
  }

  balance() {
    return balanceOf(this.coins());
  }

  // assets are what the coins hold of assets, see assetsIn.
  assets() {
    return assetsIn(this.coins());
  }

  // history is what happened to them, newest first; see historyOf.
  history() {
    return historyOf(this.#fed, this.#open().now);
  }

  // received are the scripts that ever had a coin.
  received() {
    this.#open();
    return [...new Set(this.#fed.coins.map(({ script }) => script))];
  }

  // height is that of the last feed.
  get height() {
    return this.#fed.height;
  }

  // hold keeps a coin out of payments: why is reserved or coloured. release gives
  // it back. Kinds: coin-unknown, coin-held for one that was sent.
  async hold(outpoint, why, label = '') {
    this.#coin(outpoint);
    await this.#book.change((draft) => {
      if (draft.holds[outpoint]?.why === 'sent') fail('coin-held', { outpoint, why: 'sent' });
      draft.holds[outpoint] = { why, label };
    });
  }

  async release(outpoint) {
    this.#open();
    await this.#book.change((draft) => {
      if (draft.holds[outpoint]?.why === 'sent') fail('coin-held', { outpoint, why: 'sent' });
      delete draft.holds[outpoint];
    });
  }

  // plan finds the coins for payments, without signing:
  //   pay    [{ address, value }]
  //   sweep  an address that gets everything, instead
  //   from   outpoints that are spent in any case, also held ones
  //   only   nothing else is added to them
  //   rate   in sat per 1,000 weight units; changeKind, anyFee as in plan.js
  // Kinds: those of plan.js, address, coin-unknown, coin-immature, coin-held for
  // one that was sent already, or is firm still; coin-old.
  plan({ pay = [], sweep, from = [], only = false, ...rest }) {
    const wanted = [...new Set(from)].map((outpoint) => {
      const coin = this.#coin(outpoint);
      if (coin.state === 'immature') fail('coin-immature', { outpoint });
      if (coin.held?.why === 'sent') fail('coin-held', { outpoint, why: 'sent' });
      if (coin.path.until > this.height) fail('coin-held', { outpoint, why: 'firm' });
      if (coin.path.kind === 'p2pkh') fail('coin-old', { outpoint });
      return coin;
    });
    const others = only ? [] : this.coins().filter((coin) => free(coin) && !from.includes(coin.outpoint));
    return plan({
      ...rest, from: wanted, coins: others,
      pay: pay.map(({ address, value }) => ({ script: scriptOf(address, this.network), value })),
      sweep: sweep && scriptOf(sweep, this.network),
    });
  }

  // send signs what was planned, and keeps the transaction and what it spends
  // before it gives it out to be broadcast: { hex, txid, fee, weight, change }.
  // Kinds: coin-held when another page was quicker, undiscovered, storage.
  async send(made, { label = '' } = {}) {
    this.#givesOut(); // the change's address
    const at = this.#setup.now();
    return this.#book.change((draft) => {
      const replaced = made.replaces && (draft.sent[made.replaces] ?? fail('unsent'));
      if (replaced?.by) fail('unsent');
      for (const { outpoint, held } of made.inputs) {
        const hold = draft.holds[outpoint];
        // Another page may have sent or pledged the coin since this was planned.
        const known = !hold || (hold.why === 'sent' ? replaced && hold.by === made.replaces : held?.why === hold.why);
        if (!known) fail('coin-held', { outpoint, why: hold.why });
      }
      const change = this.#change(draft, made, replaced, at);
      const outputs = ordered([...made.pay, ...change]);
      const lockTime = Math.max(0, ...made.inputs.map(({ path }) => path.until ?? 0)); // of firm coins
      const tx = signed({ lockTime, inputs: made.inputs.map((coin) => this.#input(coin)), outputs }, this.#setup.random);
      for (const { outpoint } of made.inputs) {
        const hold = draft.holds[outpoint];
        draft.holds[outpoint] = { why: 'sent', label, by: tx.txid, was: (hold?.why === 'sent' ? hold.was : hold) ?? null };
      }
      const { inputs, pay, swept, fee, weight } = made;
      draft.sent[tx.txid] = { hex: tx.hex, fee, weight, label, at, inputs, pay, swept, change: change[0] ?? null };
      if (replaced) draft.sent[made.replaces].by = tx.txid;
      return { ...tx, fee, change: made.change };
    });
  }

  // The change of a replacement goes where it went before.
  #change(draft, made, replaced, at) {
    if (made.change === 0) return [];
    if (replaced?.change) return [{ script: replaced.change.script, value: made.change }];
    const branch = { kind: made.changeKind, account: accounts.money, change: 1 };
    return [{ script: takeKey(draft, this.#keys, branch, { purpose: 'change', label: '', at }).script, value: made.change }];
  }

  // signDrafts signs this wallet's part of transactions that somebody else has put
  // together (readDraft in draft.js), each of which may spend what those before it
  // make, and gives the PSBTs back in base64: [{ psbt, txid }]. One that spends nothing
  // of this wallet's comes back as it is: somebody else makes a coin for it there.
  //   coins  outpoints that they may spend; they must spend nothing else of this wallet's
  //   loss   at most so many sat fewer are this wallet's afterwards
  //   draft  under which name it can be asked for, should they never be sent
  //   sells  signs for the output beside each coin alone: whoever pays that may take
  //          the coin. It is set aside then, and not sent
  // What they spend is kept before a signature is given out: call dropped with each
  // txid, the last first, when they were refused for good. Kinds: draft, coin-unknown,
  // coin-held, storage.
  async signDrafts(psbts, { coins, loss = 0, draft: name = '', sells = false, label = '' }) {
    this.#givesOut();
    const { uses } = this.#open().now;
    const known = new Map(this.coins().map((coin) => [coin.outpoint, coin]));
    const allowed = new Set(coins);
    const parts = psbts.map((psbt) => {
      const read = readDraft(psbt);
      const inputs = read.inputs.filter(({ outpoint }) => known.has(outpoint)).map(({ outpoint, value, script }) => {
        const coin = known.get(outpoint);
        if (!allowed.has(outpoint) || (value !== null && (value !== coin.value || script !== coin.script))) fail('draft');
        if (['sent', 'pledged', 'stream', 'firm'].includes(coin.held?.why)) fail('coin-held', { outpoint, why: coin.held.why });
        return coin;
      });
      if (sells && (inputs.length === 0 || !sold(read, known, uses))) fail('draft');
      const kept = made(read, uses);
      if (inputs.length === 0 && kept.length === 0) fail('draft');
      for (const coin of kept) {
        known.set(coin.outpoint, coin);
        allowed.add(coin.outpoint);
      }
      return { psbt, txid: read.txid, inputs, kept };
    });
    const balance = parts.reduce((sum, { inputs, kept }) => sum + worth(kept) - worth(inputs), 0);
    if (parts.every(({ inputs }) => inputs.length === 0) || (!sells && -balance > loss)) fail('draft');
    const at = this.#setup.now();
    return this.#book.change((book) => parts.map(({ psbt, txid, inputs, kept }) => {
      if (inputs.length === 0) return { psbt, txid };
      for (const { outpoint, held } of inputs) {
        const hold = book.holds[outpoint];
        if (hold && hold.why !== held?.why) fail('coin-held', { outpoint, why: hold.why });
      }
      const signed = signedDraft(psbt, new Map(inputs.map((coin) => [coin.outpoint, this.#input(coin)])), { sells }, this.#setup.random);
      for (const { outpoint } of inputs) {
        const was = book.holds[outpoint] ?? null;
        book.holds[outpoint] = sells ? { why: 'reserved', label } : { why: 'sent', label, by: txid, was };
      }
      if (!sells) book.sent[txid] = { hex: '', draft: name, fee: null, weight: 0, label, at, inputs, pay: kept, swept: false, change: null };
      return { psbt: signed.psbt, txid };
    }));
  }

  // mark says what an address is for, from now on: the coins of one that issues are
  // never money.
  async mark(script, { purpose, label }) {
    this.#open();
    await this.#book.change((draft) => {
      const use = draft.uses[script] ?? fail('coin-unknown', {});
      Object.assign(use, { purpose, label });
    });
  }

  // drafts are those signed by signDrafts: { txid, draft, at, label }, newest first.
  drafts() {
    return Object.entries(this.#open().now.sent).filter(([, { hex: raw }]) => raw === '')
      .map(([txid, { draft, at, label }]) => ({ txid, draft, at, label })).sort((a, b) => b.at - a.at);
  }

  // sent are the transactions this wallet signed alone, newest first: { txid, hex, fee,
  // label, at, by }, by the one that replaced it.
  sent() {
    return Object.entries(this.#open().now.sent).filter(([, { hex: raw }]) => raw !== '')
      .map(([txid, { hex, fee, label, at, by }]) => ({ txid, hex, fee, label, at, by }))
      .sort((a, b) => b.at - a.at);
  }

  // planFaster plans the same payments at a higher rate, for send. Kinds: unsent,
  // those of plan.js.
  planFaster(txid, rate) {
    const old = this.#open().now.sent[txid];
    if (!old?.hex || old.by || this.history().some((entry) => entry.txid === txid && entry.height > 0)) fail('unsent');
    const coins = this.coins().filter((coin) => free(coin) && coin.state === 'confirmed');
    const asked = old.swept ? { sweep: old.pay[0].script } : { pay: old.pay, coins };
    const { fee, weight } = old;
    return { ...plan({ ...asked, from: old.inputs, rate, replaced: { fee, weight } }), replaces: txid };
  }

  // overtaken are those whose coins another transaction has spent, in a block so deep
  // that nobody expects it to be undone: they will never be mined.
  overtaken() {
    const { sent } = this.#open().now;
    const spent = new Map(this.#fed.coins
      .filter((coin) => coin.spent?.height > 0 && this.#fed.height - coin.spent.height + 1 >= deep)
      .map((coin) => [outpointOf(coin), coin.spent.txid]));
    return Object.entries(sent).filter(([txid, { by, inputs }]) => !by
      && inputs.some(({ outpoint }) => spent.has(outpoint) && spent.get(outpoint) !== txid)).map(([txid]) => txid);
  }

  // dropped says that a transaction will never be mined: its coins are as before,
  // on their way still in the one that it should have replaced. Kinds: unsent.
  async dropped(txid) {
    this.#open();
    await this.#book.change((draft) => {
      if (!draft.sent[txid]) fail('unsent');
      delete draft.sent[txid];
      const [before, replaced] = Object.entries(draft.sent).find(([, { by }]) => by === txid) ?? [];
      if (replaced) delete replaced.by;
      const there = new Set(replaced?.inputs.map(({ outpoint }) => outpoint));
      for (const [outpoint, hold] of Object.entries(draft.holds)) {
        if (hold.by !== txid) continue;
        if (there.has(outpoint)) hold.by = before;
        else if (hold.was) draft.holds[outpoint] = hold.was;
        else delete draft.holds[outpoint];
      }
    });
  }

  // pledge signs a coin for contracts in hexadecimal: the goal, and its stretch
  // levels if there are any. The coin is held before the first signature is made.
  // See pledges for what it resolves with. again signs a coin that is pledged
  // already, for another campaign or level. Kinds: contract, contract-count,
  // coin-unknown, coin-immature, coin-held.
  async pledge({ outpoint, contracts, label = '', again = false }) {
    const coin = this.#coin(outpoint);
    const read = allowed(contracts.map(readContract));
    if (coin.state === 'immature') fail('coin-immature', { outpoint });
    if (older.includes(coin.path.kind)) fail('coin-old', { outpoint });
    await this.#book.change((draft) => {
      const held = draft.holds[outpoint] ?? this.#coin(outpoint).held;
      const same = held?.why === 'pledged' && again;
      if (held && !['reserved', 'firm'].includes(held.why) && !same) fail('coin-held', { outpoint, why: held.why });
      const before = same ? held.contracts ?? [] : [];
      const ids = [...new Set([...before, ...read.map(({ id }) => id)])];
      draft.holds[outpoint] = { why: 'pledged', label, contracts: ids };
    });
    return pledges(this.#input(coin), read, this.#setup.random);
  }

  // refund sends a pledged coin to a new address of this wallet's from a time on;
  // see refund in pledge.js. Kinds: coin-unknown, refund-time, refund-small.
  async refund({ outpoint, lockTime, rate, label = '' }) {
    const coin = this.#coin(outpoint);
    const to = await this.address({ purpose: 'refund', label, kind: coin.path.kind === 'firm' ? 'p2wpkh' : coin.path.kind });
    return { ...refund(this.#input(coin), { to: to.script, lockTime, rate }, this.#setup.random), address: to.address };
  }

  // innerKey is the x-only key within an address of this wallet (BIP-0341), in
  // hexadecimal, and innerSign signs 32 bytes with it: for scripts of other outputs that
  // name it. It spends no coin of the address itself, whose key is tweaked. Kinds:
  // coin-unknown.
  innerKey(script) {
    return hex.encode(this.#inner(script).publicKey.slice(1));
  }

  innerSign(script, message) {
    return schnorr.sign(message, this.#inner(script).privateKey, this.#setup.random(32));
  }

  #inner(script) {
    const { path } = this.#open().now.uses[script] ?? fail('coin-unknown', {});
    if (path.kind !== 'p2tr') fail('coin-unknown', {});
    return this.#input({ script, path });
  }

  // signMessage proves that this wallet has the key of a script (BIP-0322).
  // Kinds: coin-unknown, coin-old; firm for the script of a firm coin.
  signMessage(text, script) {
    const use = this.#open().now.uses[script] ?? fail('coin-unknown', {});
    if (use.path.kind === 'firm') fail('firm'); // it has no key of its own
    if (older.includes(use.path.kind)) fail('coin-old', {});
    return signMessage(text, this.#input({ script, path: use.path }), this.#setup.random);
  }

  // name gives a transaction a label; labels are all of them, for other wallets
  // (BIP-0329).
  async name(txid, label) {
    this.#open();
    await this.#book.change((draft) => { draft.names[txid] = label; });
  }

  labels() {
    return labelsOf(this.#open().now, this.#keys);
  }

  // readLabels takes those of a file over (BIP-0329), of this wallet's addresses, and
  // of transactions and coins that it knows; it resolves with how many. Kinds: labels.
  async readLabels(text) {
    this.#open();
    const read = readLabels(text);
    const txids = new Set(this.history().map(({ txid }) => txid));
    const outpoints = new Set(this.coins().map(({ outpoint }) => outpoint));
    return this.#book.change((draft) => takeLabels(draft, read, { keys: this.#keys, txids, outpoints }));
  }

  // refresh reads what other pages of this wallet have written.
  async refresh() {
    await this.#open().read();
  }

  // accountKey is the extended public key of an account, to watch it elsewhere.
  accountKey(kind = 'p2tr', account = accounts.money) {
    this.#open();
    return this.#keys.accountKey(kind, account);
  }

  #open() {
    return this.#book ?? fail('locked');
  }

  #coin(outpoint) {
    return this.coins().find((coin) => coin.outpoint === outpoint) ?? fail('coin-unknown', { outpoint });
  }

  #input({ txid, vout, value, script, path }) {
    return {
      txid, vout, value, script, kind: path.kind, sequence: replaceable, until: path.until,
      witnessScript: this.#keys.witnessScript(path), publicKey: this.#keys.publicKey(path), privateKey: this.#keys.privateKey(path),
    };
  }
}

const worth = (coins) => coins.reduce((sum, { value }) => sum + value, 0);

// made are the coins that a draft makes for this wallet.
function made({ txid, outputs }, uses) {
  return outputs.flatMap(({ value, script }, vout) => (Object.hasOwn(uses, script)
    ? [{ txid, vout, outpoint: `${txid}:${vout}`, value, script, path: uses[script].path, held: null, assets: [] }] : []));
}

// sold: each coin that is sold has an output of its owner's beside it, worth more.
function sold({ inputs, outputs }, known, uses) {
  return inputs.every(({ outpoint }, i) => !known.has(outpoint)
    || (outputs[i] && Object.hasOwn(uses, outputs[i].script) && outputs[i].value >= known.get(outpoint).value));
}

// ordered puts outputs in the order of BIP-0069, so that none can be told to be
// the change by its place.
function ordered(outputs) {
  return [...outputs].sort((a, b) => a.value - b.value || (a.script < b.script ? -1 : 1));
}

// restoring names one act of restoring: discover writes it into the book of each
// network.
function restoring({ random }) {
  return hex.encode(random(8));
}

function readFile(text) {
  if (text.length > largestFile) fail('envelope');
  let read;
  try {
    read = JSON.parse(text);
  } catch (error) {
    fail('envelope', {}, error);
  }
  check(read?.envelope);
  const books = read.books ?? {};
  for (const book of Object.values(books)) {
    if (typeof book?.nonce !== 'string' || typeof book?.sealed !== 'string') fail('envelope');
  }
  const { envelope, created } = read;
  return { envelope, books, confirmed: read.confirmed === true, created: Number(created) || 0 };
}
