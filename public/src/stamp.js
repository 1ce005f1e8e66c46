// The home page's main job: files are digested here and only their digests are
// posted. One file leads to its proof; several become a list with a link to
// each, and all are remembered by this browser.
import { fetchProofs, save, today } from './download.js';
import { bindDropped } from './drop.js';
import { bindPaste } from './paste.js';
import { check } from './proof.js';
import { Queue, unfinished } from './queue.js';
import { remember } from './remembered.js';
import { Rows } from './rows.js';
import { Purse } from './purse.js';
import { post } from './send.js';
import { walk } from './walk.js';
import { number, size, span, wordsOf } from './words.js';
import { zip } from './zip.js';

const often = 250; // ms between two looks at the queue
const quiet = 10_000; // ms between two announcements to screen readers
const memory = 5000; // ms over which the speed is measured

export function bindStamp() {
  const area = document.querySelector('[data-stamp]');
  if (area) new Stamp(area);
}

class Stamp {
  #words;
  #queue = new Queue({ post: (digests) => post(digests, (trouble) => { this.#trouble = trouble; }, this.#purse), stored: (items) => this.#stored(items) });
  #rows;
  #purse;
  #trouble = '';
  #walking = 0;
  #timer;
  #samples = [];
  #announced = 0;
  #alone; // the item that leads to its proof when nothing is added to it

  constructor(area) {
    const part = (name) => document.querySelector(`[data-run-${name}]`);
    this.panel = document.querySelector('[data-run]');
    this.#words = wordsOf(this.panel);
    for (const name of ['title', 'say', 'bar', 'trouble', 'pause', 'resume', 'cancel', 'retry', 'drop', 'zip', 'done', 'live']) this[name] = part(name);
    this.#rows = new Rows({
      list: part('list'), more: part('more'), template: document.querySelector('template[data-row]'), words: this.#words,
      act: (what, item) => this.#act(what, item),
    });
    this.#purse = new Purse({
      words: this.#words, count: () => this.#queue.items.filter(unfinished).length,
      parts: { panel: part('pay'), say: part('pay-say'), link: part('pay-link'), not: part('pay-not'), wait: part('pay-wait') },
    });
    bindDropped(area, (entries) => this.#take(walk(entries)));
    for (const input of document.querySelectorAll('input[data-choose]')) {
      if (input.webkitdirectory === undefined) input.closest('[data-folder]')?.remove();
      input.addEventListener('change', () => {
        this.#take(walk(Array.from(input.files)));
        input.value = '';
      });
    }
    bindPaste((entries) => this.#take([entries]));
    this.#bindButtons();
    addEventListener('beforeunload', (event) => {
      if (this.#queue.active || this.#walking > 0) event.preventDefault();
    });
  }

  #bindButtons() {
    const queue = this.#queue;
    const on = (button, act) => button.addEventListener('click', () => { act(); this.#look(); });
    on(this.pause, () => queue.pause());
    on(this.resume, () => queue.resume());
    on(this.cancel, () => queue.cancelAll());
    on(this.retry, () => queue.items.filter((item) => item.state === 'failed').forEach((item) => queue.retry(item)));
    on(this.drop, () => queue.removeAll((item) => ['cancelled', 'failed', 'proof'].includes(item.state)));
    this.zip.addEventListener('click', () => this.#download());
  }

  // take adds what walk() finds as it finds it.
  async #take(found) {
    this.#walking += 1;
    this.#watch();
    let count = 0;
    for await (const some of found) {
      count += some.length;
      this.#queue.add(some);
      this.#alone = this.#queue.items.length === 1 ? this.#queue.items[0] : undefined;
    }
    this.#walking -= 1;
    if (count === 0) this.#empty();
    this.#watch();
  }

  #empty() {
    this.panel.hidden = false;
    this.live.textContent = this.say.textContent = this.#words('empty');
  }

  #act(what, item) {
    if (what === 'check') check(item.file);
    else this.#queue[what](item);
    this.#look();
  }

  // watch looks at the queue now and again while something moves.
  #watch() {
    this.#timer ??= setInterval(() => this.#look(), often);
    this.#look();
  }

  async #stored(items) {
    const at = Date.now();
    try {
      await remember(items.map(({ digest, name, size: bytes, file }) => (
        { digest, ...(name && { name }), ...(file && { size: bytes }), at })));
    } catch {
      this.forgetful = true;
    }
    if (this.#alone && items[0] === this.#alone && this.#queue.items.length === 1) this.#leave = `/proof/${items[0].digest}`;
  }

  set #leave(url) {
    // The queue calls the item done after this; only then may the page go.
    setTimeout(() => location.assign(url));
  }

  #look() {
    const { items } = this.#queue;
    const sum = { files: items.length, settled: 0, done: 0, failed: 0, cancelled: 0, proof: 0, bytes: 0, read: 0, total: 0 };
    for (const item of items) {
      if (!unfinished(item)) sum.settled += 1;
      if (item.state in sum) sum[item.state] += 1;
      // What is not going to be read does not count.
      if (['failed', 'proof', 'cancelled'].includes(item.state)) continue;
      sum.total += item.size;
      sum.read += item.read;
    }
    const moving = this.#walking > 0 || sum.settled < sum.files;
    const [only] = items;
    if (sum.files === 1 && only.state === 'proof' && this.#walking === 0) {
      check(only.file);
      this.#stop();
      return;
    }
    this.panel.hidden = sum.files === 0 && this.#walking === 0;
    this.#rows.show(items);
    this.#measure(sum.read);
    this.#show(sum, moving);
    this.#announce(sum, moving);
    if (!moving) this.#stop();
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#samples = [];
  }

  #measure(read) {
    const now = performance.now();
    this.#samples.push([now, read]);
    while (this.#samples.length > 2 && now - this.#samples[0][0] > memory) this.#samples.shift();
  }

  get #speed() { // bytes a second
    const [[t0, r0], [t1, r1]] = [this.#samples[0], this.#samples.at(-1)];
    return t1 - t0 < 500 ? 0 : Math.max(0, ((r1 - r0) * 1000) / (t1 - t0));
  }

  #show(sum, moving) {
    const stopped = this.#queue.paused || (!moving && sum.cancelled > 0);
    const words = this.#words;
    this.title.textContent = words(moving ? (this.#queue.paused ? 'paused' : 'running') : 'finished');
    this.say.textContent = this.#sentence(sum, moving);
    this.bar.hidden = !moving;
    // Many small files take their time though they are few bytes.
    const byFiles = sum.files > 0 ? sum.settled / sum.files : 0;
    this.bar.value = sum.total > 0 ? (sum.read / sum.total + byFiles) / 2 : byFiles;
    this.#warn(sum);
    this.#offer(this.pause, moving && !this.#queue.paused);
    this.#offer(this.resume, stopped);
    this.#offer(this.cancel, moving);
    this.#offer(this.retry, !moving && sum.failed > 0);
    this.#offer(this.drop, !moving && sum.cancelled + sum.failed + sum.proof > 0);
    this.done.hidden = moving || sum.done === 0;
  }

  // offer shows or hides a button; one that goes while it has the focus hands
  // it to the next.
  #offer(button, shown) {
    if (button.hidden !== shown) return;
    const held = document.activeElement === button;
    button.hidden = !shown;
    if (held && !shown) this.#handOn = true;
    if (shown && this.#handOn) {
      button.focus();
      this.#handOn = false;
    }
  }

  #handOn = false;

  #sentence(sum, moving) {
    const words = this.#words;
    const parts = [words('count', { Done: number(moving ? sum.settled : sum.done), Count: number(sum.files) })];
    if (moving && sum.total > 0) {
      const speed = this.#speed;
      parts.push(words('bytes', { Read: size(sum.read), Total: size(sum.total) }));
      if (speed > 1e5 && !this.#queue.paused) {
        parts.push(words('speed', { Size: size(speed) }), words('left', { Time: span((sum.total - sum.read) / speed) }));
      }
    }
    return parts.join(' · ');
  }

  #warn(sum) {
    const words = this.#words;
    const said = [];
    if (this.#trouble) said.push(words(this.#trouble));
    if (sum.failed > 0) said.push(words('failed', { Count: number(sum.failed) }));
    if (sum.cancelled > 0) said.push(words('stopped', { Count: number(sum.cancelled) }));
    if (sum.proof > 0) said.push(words('proofs', { Count: number(sum.proof) }));
    if (this.forgetful) said.push(words('forgetful'));
    this.trouble.hidden = said.length === 0;
    const text = said.join(' ');
    if (this.trouble.textContent !== text) this.trouble.textContent = text;
  }

  #announce(sum, moving) {
    const now = performance.now();
    if (moving && now - this.#announced < quiet) return;
    this.#announced = now;
    const text = [this.title.textContent, this.say.textContent, this.trouble.textContent].filter(Boolean).join(' ');
    if (sum.files > 0 && this.live.textContent !== text) this.live.textContent = text;
  }

  // download makes one archive of all proofs.
  async #download() {
    const label = this.zip.textContent;
    const names = new Map();
    for (const item of this.#queue.items) if (item.state === 'done') names.set(item.digest, item.name || item.digest);
    this.zip.disabled = true;
    try {
      const files = [];
      await fetchProofs(Array.from(names.keys()), (digest, bytes) => {
        if (bytes) files.push({ name: `${names.get(digest)}.ots`, bytes });
      }, (count) => { this.zip.textContent = this.#words('fetching', { Done: number(count), Count: number(names.size) }); });
      save(zip(files, new Date()), `proofs-${today()}.zip`);
    } catch {
      this.live.textContent = this.trouble.textContent = this.#words('unfetched');
      this.trouble.hidden = false;
    } finally {
      this.zip.disabled = false;
      this.zip.textContent = label;
    }
  }
}
