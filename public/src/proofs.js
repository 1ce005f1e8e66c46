// The page of the browser's own list: found by name, sorted, removed, exported
// and imported; what became of each proof is asked for those in sight.
import { digestOf } from './digest.js';
import { save, today, fetchProofs } from './download.js';
import { bindDrop } from './drop.js';
import { readList, writeList } from './listfile.js';
import { forget, list, remember } from './remembered.js';
import { Stages } from './stages.js';
import { lang, number, size, wordsOf } from './words.js';
import { zip } from './zip.js';

const atOnce = 50;
const largest = 512 << 20; // bytes of a list that is imported

export function bindList() {
  const root = document.querySelector('[data-mylist]');
  if (root) new List(root).load();
}

const nameOf = (entry) => entry.name || '';
const orders = {
  new: (a, b) => b.at - a.at,
  old: (a, b) => a.at - b.at,
  name: (() => {
    const collator = new Intl.Collator(lang, { numeric: true, sensitivity: 'base' });
    return (a, b) => collator.compare(nameOf(a), nameOf(b)) || b.at - a.at;
  })(),
};

class List {
  #words;
  #entries = [];
  #shown = atOnce;
  #stages;

  constructor(root) {
    this.#words = wordsOf(root);
    const part = (name) => root.querySelector(`[data-${name}]`);
    for (const name of ['some', 'none', 'list', 'count', 'more', 'find', 'order', 'live', 'trouble', 'entry', 'lost', 'lost-say', 'import-say', 'sure', 'export', 'zip']) this[name] = part(name);
    this.#stages = new Stages(this.#words, (text) => this.#complain(text));
    this.find.addEventListener('input', () => this.#show());
    this.order.addEventListener('change', () => this.#show());
    this.more.addEventListener('click', () => {
      const first = this.list.children.length;
      this.#shown += atOnce * 2;
      this.#show(false);
      this.list.children[first]?.querySelector('a').focus();
    });
    part('empty').addEventListener('click', () => this.sure.showModal());
    part('no').addEventListener('click', () => this.sure.close());
    part('yes').addEventListener('click', () => { this.sure.close(); this.#empty(); });
    this.export.addEventListener('click', () => this.#export());
    this.zip.addEventListener('click', () => this.#archive());
    const chosen = (input, take) => input.addEventListener('change', () => {
      if (input.files[0]) take(input.files[0]);
      input.value = '';
    });
    chosen(part('import'), (file) => this.#import(file));
    chosen(part('look'), (file) => this.#look(file));
    bindDrop(this.lost, ([file]) => file && this.#look(file));
  }

  async load() {
    try {
      this.#entries = await list();
    } catch {
      this.#complain(this.#words('forbidden'));
    }
    this.#show();
  }

  #show(anew = true) {
    if (anew) this.#shown = atOnce;
    const wanted = this.find.value.trim().toLowerCase();
    const matches = this.#entries.filter((entry) => nameOf(entry).toLowerCase().includes(wanted) || entry.digest.startsWith(wanted));
    matches.sort(orders[this.order.value]);
    const visible = matches.slice(0, this.#shown);
    this.some.hidden = this.#entries.length === 0;
    this.none.hidden = this.#entries.length > 0;
    const [shown, count] = [number(matches.length), number(this.#entries.length)];
    this.count.textContent = matches.length === this.#entries.length
      ? this.#words('count', { Count: count }) : this.#words('matches', { Shown: shown, Count: count });
    this.more.hidden = visible.length === matches.length;
    this.more.textContent = this.#words('more', { Count: number(matches.length - visible.length) });
    this.list.replaceChildren(...visible.map((entry) => this.#row(entry)));
    this.#stages.show(visible, this.list.children);
    if (wanted) this.live.textContent = this.count.textContent;
  }

  #row(entry) {
    const row = this.entry.content.firstElementChild.cloneNode(true);
    const part = (name) => row.querySelector(`[data-${name}]`);
    const name = nameOf(entry) || this.#words('nameless');
    part('name').textContent = name;
    part('name').href = `/proof/${entry.digest}`;
    part('name').title = entry.digest;
    const at = new Date(entry.at);
    part('at').dateTime = at.toISOString();
    part('at').textContent = at.toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' });
    part('size').textContent = entry.size === undefined ? '' : ` · ${size(entry.size)}`;
    part('file').href = `/proof/${entry.digest}.ots`;
    part('file').download = `${(nameOf(entry) || entry.digest).split('/').at(-1)}.ots`;
    part('file').setAttribute('aria-label', `.ots: ${name}`);
    part('file').addEventListener('click', (event) => {
      if (!entry.ots || part('stage').dataset.stage !== 'unknown') return;
      event.preventDefault();
      save(new Blob([entry.ots]), part('file').download);
    });
    part('forget').setAttribute('aria-label', `${part('forget').textContent}: ${name}`);
    part('forget').addEventListener('click', () => this.#forget(entry, row));
    return row;
  }

  async #forget(entry, row) {
    await forget([entry.digest]);
    this.#entries = this.#entries.filter((other) => other !== entry);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const digest = next?.querySelector('[data-name]').title;
    this.#show(false);
    this.live.textContent = this.#words('forgotten', { Name: nameOf(entry) || entry.digest });
    Array.from(this.list.querySelectorAll('[data-name]')).find((link) => link.title === digest)?.focus();
  }

  async #empty() {
    await forget(this.#entries.map((entry) => entry.digest));
    this.#entries = [];
    this.find.value = '';
    this.#show();
    this.live.textContent = this.#words('emptied');
  }

  // collect fetches the proofs of the whole list; what is not known here is
  // taken from the list itself.
  async #collect(button) {
    const label = button.textContent;
    const proofs = new Map(this.#entries.map((entry) => [entry.digest, entry.ots]));
    button.disabled = true;
    this.trouble.hidden = true;
    try {
      await fetchProofs(this.#entries.map((entry) => entry.digest), (digest, bytes) => bytes && proofs.set(digest, bytes), (count) => {
        button.textContent = this.#words('exporting', { Done: number(count), Count: number(this.#entries.length) });
      });
      return proofs;
    } catch {
      this.#complain(this.#words('offline'));
      return null;
    } finally {
      button.disabled = false;
      button.textContent = label;
    }
  }

  async #export() {
    const proofs = await this.#collect(this.export);
    if (!proofs) return;
    save(writeList(this.#entries, proofs, new Date()), `my-proofs-${today()}.json`);
    this.live.textContent = this.#words('exported', { Count: number(this.#entries.length) });
  }

  async #archive() {
    const proofs = await this.#collect(this.zip);
    if (!proofs) return;
    const files = this.#entries.filter((entry) => proofs.get(entry.digest))
      .map((entry) => ({ name: `${nameOf(entry) || entry.digest}.ots`, bytes: proofs.get(entry.digest) }));
    save(zip(files, new Date()), `proofs-${today()}.zip`);
  }

  async #import(file) {
    const say = this['import-say'];
    if (file.size > largest) {
      say.textContent = this.#words('too-large');
      return;
    }
    const entries = readList(await file.text().catch(() => ''));
    if (!entries) {
      say.textContent = this.#words('not-a-list');
      return;
    }
    try {
      await remember(entries);
      await this.load();
      say.textContent = this.#words('imported', { Count: number(entries.length) });
    } catch {
      say.textContent = this.#words('forbidden');
    }
  }

  // look finds the proof of a file that was stamped here, and remembers it.
  async #look(file) {
    const say = this['lost-say'];
    const words = (key) => this.#words(key, { Name: file.name });
    say.textContent = words('looking');
    let digest;
    try {
      digest = await digestOf(file);
    } catch {
      say.textContent = words('unreadable');
      return;
    }
    try {
      const states = await this.#stages.ask([digest]);
      if (!states.has(digest)) {
        say.textContent = words('not-found');
        return;
      }
      await remember([{ digest, name: file.name, size: file.size }]);
      await this.load();
      const link = document.createElement('a');
      link.href = `/proof/${digest}`;
      link.textContent = words('found');
      say.replaceChildren(link);
    } catch {
      say.textContent = words('offline');
    }
  }

  #complain(text) {
    this.trouble.hidden = !text;
    this.trouble.textContent = text;
  }
}
