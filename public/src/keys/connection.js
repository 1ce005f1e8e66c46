// An open wallet and the server: its scripts are watched before they are given to
// anybody, it is fed what happens to its coins, and what it signs is passed on.
//
//   const connection = connect(wallet, { changed, trouble });
//   await connection.ready;                     // the first feed is there
//   const { address } = await connection.receive({ purpose: 'deposit' });
//   await connection.pay(wallet.plan({ … }));   // signed, kept, broadcast
//
// changed(told) is called after each feed, trouble(error) while the server cannot be
// reached and trouble(null) when it can again. It ends when the wallet is locked.
import { news, Refused, send, watch } from './server.js';

const [first, longest] = [1_000, 30_000]; // ms between tries

export function connect(wallet, hooks = {}) {
  return new Connection(wallet, hooks);
}

class Connection {
  #wallet;
  #hooks;
  #watched = new Set();
  #ending = new AbortController();
  #tag = '';
  ready;

  constructor(wallet, { changed = () => {}, trouble = () => {} }) {
    this.#wallet = wallet;
    this.#hooks = { changed, trouble };
    this.ready = new Promise((resolve) => { this.#run(resolve); });
  }

  // end stops it; the wallet stays open.
  end() {
    this.#ending.abort();
  }

  // receive gives out an address as wallet.address does, once it is watched.
  async receive(wanted) {
    const given = await this.#wallet.address(wanted);
    await this.watch();
    return given;
  }

  // watch has all scripts watched that were given out since; before one is shown or
  // paid to.
  async watch(search = false) {
    const fresh = this.#wallet.scripts().filter((script) => !this.#watched.has(script));
    if (fresh.length === 0 && this.#watched.size > 0) return;
    await watch(this.#wallet.watchID, fresh, search);
    for (const script of fresh) this.#watched.add(script);
  }

  // pay signs what was planned and passes it on: { txid, fee, later }. What was
  // refused is undone. An answer that does not come leaves it sent for all anybody
  // knows; it is passed on again when the wallet is opened next.
  async pay(made, options) {
    const tx = await this.#wallet.send(made, options);
    await this.watch();
    try {
      return { ...tx, ...await send(tx.hex) };
    } catch (error) {
      if (refused(error)) await this.#wallet.dropped(tx.txid);
      throw error;
    }
  }

  async #run(ready) {
    let pause = first;
    while (!this.#ended) {
      try {
        if (this.#watched.size === 0) await this.watch(true);
        const told = await news(this.#wallet.watchID, this.#tag, this.#ending.signal);
        if (this.#ended) return;
        await this.#wallet.refresh();
        this.#wallet.feed(told);
        const fresh = told.tag !== this.#tag;
        this.#tag = told.tag;
        this.#hooks.trouble(null);
        if (fresh) this.#tell(told);
        if (ready) {
          ready();
          ready = null;
          await this.#again();
        }
        pause = first;
      } catch (error) {
        if (this.#ended) return;
        if (error instanceof Refused && error.status === 404) this.#watched.clear(); // forgotten there
        else this.#hooks.trouble(error);
        await new Promise((go) => { setTimeout(go, pause); });
        pause = Math.min(longest, 2 * pause);
      }
    }
  }

  // A page that cannot show something is still told the next time.
  #tell(told) {
    try {
      this.#hooks.changed(told);
    } catch (error) {
      reportError(error);
    }
  }

  get #ended() {
    return this.#ending.signal.aborted || this.#wallet.locked;
  }

  // again passes on what was signed before and no block has, and drops what a block
  // has made impossible. A refusal says nothing here: it may be out already.
  async #again() {
    for (const txid of this.#wallet.overtaken()) await this.#wallet.dropped(txid);
    const waiting = new Set(this.#wallet.history().filter(({ height }) => height === 0).map(({ txid }) => txid));
    for (const tx of this.#wallet.sent().reverse()) {
      if (tx.by || !waiting.has(tx.txid)) continue;
      try {
        await send(tx.hex);
      } catch (error) {
        if (!(error instanceof Refused)) return; // another time
      }
    }
  }
}

// refused: nobody has taken what was sent for the first time.
function refused(error) {
  return error instanceof Refused && error.status >= 400 && error.status < 500 && error.status !== 408;
}
