// The files of the stamp page on their way: waiting → reading → ready →
// sending → done, or failed, cancelled, or set aside because they are proofs.
// The queue knows no elements of the page; whoever shows it looks at items.
//
// An item is {name, size, file, state, read, digest, saved, why}: read counts
// bytes, saved is what a cancelled digest goes on from, and why is, of a failed
// one, 'unreadable', 'desk' (no worker could be had) or the server's sentence.
import { Desk } from './desk.js';
import { digestOf } from './digest.js';
import { isProof } from './proof.js';

const small = 8 << 20; // bytes up to which files are digested in batches
const batchFiles = 256;
const batchBytes = 16 << 20;
const desks = Math.max(1, Math.min(navigator.hardwareConcurrency || 2, 4));
const most = 10_000; // digests in one post
const patience = 2000; // ms after which what is ready is posted

export const unfinished = (item) => ['waiting', 'reading', 'ready', 'sending'].includes(item.state);

export class Queue {
  items = [];
  paused = false;
  #post;
  #stored;
  #waiting = []; // to be read, from #head on
  #head = 0;
  #ready = [];
  #readySince = 0;
  #reading = 0; // items
  #idle = []; // desks
  #busy = 0; // desks
  #sending = false;
  #timer;

  // post(digests) resolves when the server has stored them, and rejects with a
  // sentence for people; stored(items) is awaited after it.
  constructor({ post, stored }) {
    this.#post = post;
    this.#stored = stored;
  }

  // add takes {name, file}, {name} for what cannot be read, and {name, digest}
  // for what was digested elsewhere.
  add(found) {
    for (const { name, file, digest } of found) {
      const item = { name, file, digest, size: file?.size ?? 0, read: 0, state: 'waiting' };
      this.items.push(item);
      if (digest) this.#isReady(item);
      else if (file) this.#waiting.push(item);
      else this.#fail(item, 'unreadable');
    }
    this.#go();
  }

  get active() {
    return this.items.some(unfinished);
  }

  pause() {
    this.paused = true;
    for (const item of this.items) item.desk?.stop();
  }

  // resume goes on with everything that was paused or cancelled.
  resume() {
    this.paused = false;
    for (const item of this.items) {
      item.cancelled = false; // what has not stopped yet need not
      if (item.state === 'cancelled') this.#again(item);
    }
    this.#go();
  }

  cancel(item) {
    if (item.state === 'reading') {
      item.cancelled = true;
      item.desk?.stop();
    } else if (item.state === 'waiting') {
      item.state = 'cancelled';
    }
  }

  cancelAll() {
    this.paused = false;
    for (const item of this.items) this.cancel(item);
  }

  // retry takes up one that was cancelled or failed.
  retry(item) {
    this.#again(item);
    this.paused = false;
    this.#go();
  }

  remove(item) {
    item.state = 'removed';
    this.items = this.items.filter((other) => other !== item);
  }

  // removeAll removes what match() says.
  removeAll(match) {
    this.items = this.items.filter((item) => {
      const gone = match(item);
      if (gone) item.state = 'removed';
      return !gone;
    });
  }

  #again(item) {
    item.cancelled = false;
    if (item.digest) {
      this.#isReady(item);
      return;
    }
    if (!item.file) return; // a folder that could not be opened: choose it again
    if (item.state === 'failed') [item.saved, item.read] = [undefined, 0];
    item.state = 'waiting';
    this.#waiting.push(item);
  }

  #go() {
    while (this.#busy < desks && this.#head < this.#waiting.length && !this.paused) this.#work(this.#idle.pop());
    this.#send();
  }

  // take gives what one desk does next, marked as being read: a large file, or a
  // batch of small ones.
  #take() {
    const batch = [];
    let bytes = 0;
    while (!this.paused && this.#head < this.#waiting.length && batch.length < batchFiles) {
      const item = this.#waiting[this.#head];
      const fits = item.size <= small && bytes + item.size <= batchBytes;
      if (item.state === 'waiting' && batch.length > 0 && !fits) break;
      this.#head += 1;
      if (item.state !== 'waiting') continue;
      item.state = 'reading';
      batch.push(item);
      bytes += item.size;
      if (!fits) break;
    }
    if (this.#head === this.#waiting.length) [this.#waiting, this.#head] = [[], 0];
    return batch;
  }

  async #work(desk) {
    this.#busy += 1;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      this.#reading += batch.length;
      try {
        if (batch[0].size > small) await this.#readLarge(desk ??= new Desk(), batch[0]);
        else desk = await this.#readSmall(desk, batch);
      } catch (error) {
        for (const item of batch) if (item.state === 'reading') this.#fail(item, error.name === 'DeskError' ? 'desk' : 'unreadable');
        if (error.name === 'DeskError') desk = undefined;
      }
      this.#reading -= batch.length;
      this.#send();
    }
    this.#busy -= 1;
    if (desk) this.#idle.push(desk);
    this.#send();
  }

  async #readLarge(desk, item) {
    item.desk = desk;
    try {
      const { digest, saved } = await desk.one(item.file, item.saved, (read) => { item.read = read; });
      if (digest) this.#digested(item, digest);
      else this.#stopped(item, saved);
    } finally {
      item.desk = undefined;
      item.cancelled = false;
    }
  }

  #stopped(item, saved) {
    [item.saved, item.read] = [saved, saved.length];
    item.state = item.cancelled ? 'cancelled' : 'waiting';
    if (item.state === 'waiting') this.#waiting.splice(this.#head, 0, item);
  }

  // readSmall gives the desk that it used: a few files need none where the
  // page may digest by itself.
  async #readSmall(desk, batch) {
    const proofs = await Promise.all(batch.map((item) => isProof(item.file)));
    batch.forEach((item, i) => { if (proofs[i]) item.state = 'proof'; });
    const left = batch.filter((item) => item.state === 'reading');
    if (!desk && left.length <= 8 && globalThis.crypto?.subtle) {
      for (const item of left) this.#digested(item, await digestOf(item.file).catch(() => null));
      return desk;
    }
    desk ??= new Desk();
    const digests = await desk.many(left.map((item) => item.file));
    left.forEach((item, i) => this.#digested(item, digests[i]));
    return desk;
  }

  #digested(item, digest) {
    if (item.state !== 'reading') return; // removed meanwhile
    if (!digest) {
      this.#fail(item, 'unreadable');
      return;
    }
    [item.digest, item.read, item.saved] = [digest, item.size, undefined];
    if (item.cancelled) item.state = 'cancelled';
    else this.#isReady(item);
  }

  #isReady(item) {
    item.state = 'ready';
    if (this.#ready.length === 0) this.#readySince = Date.now();
    this.#ready.push(item);
  }

  #fail(item, why) {
    [item.state, item.why] = ['failed', why];
  }

  // send posts what is ready, one post at a time: when enough has come
  // together, or has waited for long enough, or nothing more comes.
  async #send() {
    if (this.#sending || this.#ready.length === 0) return;
    const wait = this.#readySince + patience - Date.now();
    const coming = this.#reading > 0 || (!this.paused && this.#head < this.#waiting.length);
    if (this.#ready.length < most && coming && wait > 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#send(), wait);
      return;
    }
    this.#sending = true;
    const batch = this.#ready.splice(0, most).filter((item) => item.state === 'ready');
    this.#readySince = Date.now();
    for (const item of batch) item.state = 'sending';
    try {
      await this.#post(Array.from(new Set(batch.map((item) => item.digest))));
      await this.#stored(batch);
      for (const item of batch) [item.state, item.file] = ['done', undefined];
    } catch (error) {
      for (const item of batch) this.#fail(item, error.message);
    }
    this.#sending = false;
    this.#send();
  }
}
