// What the server tells of a wallet's coins, for as long as a page wants to know.
import { news, watch } from '../keys/server.js';

const pause = 3000; // ms after the server could not be reached

export class Feed {
  #wallet;
  #stop = new AbortController();
  #watched = 0;
  used = new Set(); // scripts that ever had a coin

  constructor(wallet) {
    this.#wallet = wallet;
  }

  stop() {
    this.#stop.abort();
  }

  // watch has the addresses watched that were given out since the last time.
  async watch() {
    const scripts = this.#wallet.scripts();
    await watch(this.#wallet.watchID, scripts.slice(this.#watched));
    this.#watched = scripts.length;
  }

  // run calls changed at each news, until stop.
  async run(changed) {
    await this.watch();
    this.#loop(changed);
  }

  async #loop(changed) {
    let tag = '';
    while (!this.#stop.signal.aborted && !this.#wallet.locked) {
      try {
        const told = await news(this.#wallet.watchID, tag, this.#stop.signal);
        if (this.#stop.signal.aborted || this.#wallet.locked) return;
        tag = told.tag;
        this.#wallet.feed({ height: told.height, coins: told.coins });
        this.used = new Set(told.coins.map(({ script }) => script));
        await changed();
      } catch (error) {
        if (error.name === 'AbortError') return;
        await new Promise((go) => { setTimeout(go, pause); });
      }
    }
  }
}
