// The counter's page: a code is read, what it is good for is shown, one button takes
// it, and the whole screen says yes or no. Green is only what the server has booked.
// Without network it is kept, which is amber, and booked when the network is back.
import { standBy } from '../standby.js';
import { wordsOf } from '../words.js';
import { face } from '../voucher/face.js';
import { Later, Refused } from '../voucher/server.js';
import { inWords, once, plain, typed } from '../voucher/units.js';
import { stayAwake } from './awake.js';
import { Kept } from './kept.js';
import { look, newRequest, redeem, undo } from './redeem.js';
import { Scanner } from './scanner.js';
import { ring } from './sound.js';
import { Taken } from './taken.js';

const counter = /^\/till\/[0-9a-f]{32}$/u;

export function bindTill() {
  const place = document.querySelector('[data-till]');
  // Without a network the page is that of no counter, and its address says which it is.
  const path = place?.dataset.till || counter.exec(location.pathname)?.[0];
  if (path) new Till(place, path).bind();
}

class Till {
  #place;
  #path;
  #say;
  #keys = null; // a promise of the module of vouchers' keys
  #kept;
  #taken;
  #scanner;
  #voucher = null; // { code, name, info, began } that is being taken; info is null while offline
  #undo = null; // { booking, until }
  #busy = false;
  #timer = 0;

  constructor(place, path) {
    [this.#place, this.#path, this.#say] = [place, path, wordsOf(place)];
    const part = (name) => this.#find(name);
    this.#kept = new Kept({ box: part('queue'), text: part('queue-text'), list: part('kept') }, this.#say, {
      path, shop: place.dataset.shop, keys: () => this.#load(), told: (...what) => this.#booked(...what),
    });
    this.#taken = new Taken({ box: part('recent'), list: part('rows') }, this.#say, {
      path, undo: (booking) => this.#run(() => this.#takeBack(booking)),
    });
    const parts = { box: part('camera'), start: part('start'), torch: part('torch'), turn: part('turn'), trouble: part('camera-trouble'), hint: part('say') };
    this.#scanner = new Scanner(parts, this.#say, {
      reader: place.dataset.reader, awaits: () => !this.#find('scan-view').hidden, found: (text) => this.#run(() => this.#code(text)),
    });
  }

  #find(name) {
    return this.#place.querySelector(name === 'scan-view' ? '[data-view=scan]' : `[data-${name}]`);
  }

  bind() {
    this.#find('typed').addEventListener('submit', (event) => {
      event.preventDefault();
      const { code } = event.target.elements;
      if (code.value.trim()) this.#run(() => this.#code(code.value));
    });
    this.#find('fewer').addEventListener('click', () => this.#step(-1));
    this.#find('more').addEventListener('click', () => this.#step(1));
    this.#find('units').addEventListener('input', () => this.#label());
    this.#find('redeem').addEventListener('click', () => this.#run(() => this.#take()));
    this.#find('cancel').addEventListener('click', () => this.#next());
    this.#find('next').addEventListener('click', () => this.#next());
    this.#find('undo-go').addEventListener('click', () => this.#run(() => this.#takeBack(this.#undo.booking)));
    this.#remember('sound', 'sound');
    this.#remember('at-once', 'at-once');
    this.#load(); // so that the first code need not wait
    this.#scanner.bind();
    this.#kept.open().catch((error) => console.warn(error));
    this.#taken.load().then(() => this.#net(true), (error) => this.#net(error instanceof Refused));
    addEventListener('online', () => this.#kept.replay());
    addEventListener('offline', () => this.#net(false));
    stayAwake();
    this.#standBy();
  }

  async #standBy() {
    this.#find('ready').hidden = !(await standBy('/till/'));
  }

  // remember keeps a choice of this browser.
  #remember(name, key) {
    const box = this.#find(name);
    try {
      box.checked = localStorage.getItem(`cairn.till.${key}`) === 'yes';
    } catch { /* a browser that keeps nothing */ }
    box.addEventListener('change', () => {
      try {
        localStorage.setItem(`cairn.till.${key}`, box.checked ? 'yes' : 'no');
      } catch { /* a browser that keeps nothing */ }
    });
  }

  #load() {
    this.#keys ??= import(this.#place.dataset.bearer).catch((error) => {
      this.#keys = null; // another try may do
      throw error;
    });
    return this.#keys;
  }

  // run does one thing at a time.
  async #run(act) {
    if (this.#busy) return;
    this.#busy = true;
    this.#place.setAttribute('aria-busy', 'true');
    try {
      await act();
    } catch (error) {
      console.warn(error);
      this.#answer('bad', this.#say('bad'), error instanceof Refused ? error.message : this.#say('unsure'));
    } finally {
      this.#busy = false;
      this.#place.removeAttribute('aria-busy');
    }
  }

  // net says whether the server answers.
  #net(answers) {
    this.#find('offline').hidden = answers;
  }

  #view(name) {
    for (const view of this.#place.querySelectorAll('[data-view]')) view.hidden = view.dataset.view !== name;
    if (name !== 'answer') clearInterval(this.#timer);
  }

  // code reads a code, and asks how the voucher is.
  async #code(text) {
    const began = performance.now();
    const hint = this.#find('say');
    const keys = await this.#load();
    const read = keys.read(text);
    if (!read) {
      hint.textContent = this.#say(/^https?:\/\//iu.test(text.trim()) ? 'no-code-link' : 'no-code');
      if (this.#find('sound').checked) ring('bad');
      return;
    }
    this.#scanner.took(text);
    hint.textContent = this.#say('looking');
    const name = keys.nameOf(keys.keysOf(read).script);
    let info = null;
    try {
      info = await look(this.#path, name);
      this.#net(true);
    } catch (error) {
      if (error instanceof Later) return this.#answer('wait', this.#say('later'), error.message);
      if (error instanceof Refused) return this.#no(this.#say('voucher', { Name: name.slice(0, 8) }), error.message);
      this.#net(false);
    }
    if (info?.refused) return this.#no(info.series.name, info.refused);
    this.#voucher = { code: text, name, info, began };
    await this.#show();
    if (this.#find('at-once').checked && info && (info.left === 1 || info.series.kind === 'stamp-card')) await this.#take();
    else this.#voucher.began = 0; // what a person thinks about is not counted
  }

  #no(title, why) {
    this.#taken.add('row-bad', title);
    this.#answer('bad', this.#say('bad'), why);
  }

  // show shows what the voucher is good for, and how much of it is taken.
  async #show() {
    const { info, name } = this.#voucher;
    const card = this.#find('face');
    const field = this.#find('units');
    const decimals = info?.series.decimals ?? 0;
    if (info) {
      face(card, info, this.#say);
      if (!once(info.series, info.units)) card.querySelector('[data-left]').textContent = this.#say('of', { Left: inWords(info.left, info.series, this.#say) });
    } else {
      const good = (await this.#kept.has(name)) ? this.#say('kept-twice') : this.#say('unknown-text');
      face(card, { series: { name: this.#say('unknown'), good, line: '', kind: '', colour: 'slate' }, units: 0, left: 0, until: '' }, this.#say);
      for (const part of ['left', 'until']) card.querySelector(`[data-${part}]`).textContent = '';
    }
    this.#view('amount');
    field.type = decimals > 0 ? 'text' : 'number';
    field.inputMode = decimals > 0 ? 'decimal' : 'numeric';
    const whole = info?.series.kind === 'gift-card' ? info.left : 1;
    field.value = plain(whole, decimals).replace(/,/gu, '');
    if (info && decimals === 0) field.max = info.left;
    else field.removeAttribute('max');
    this.#find('stepper').hidden = info?.left === 1;
    this.#label();
    card.querySelector('[data-name]').focus();
  }

  // wanted is how many units are to be taken; null for what is no number.
  #wanted() {
    const { info } = this.#voucher;
    const n = typed(this.#find('units').value, info?.series.decimals ?? 0);
    return n !== null && n >= 1 && n <= (info?.left ?? Number.MAX_SAFE_INTEGER) ? n : null;
  }

  #step(by) {
    const { info } = this.#voucher;
    const decimals = info?.series.decimals ?? 0;
    const n = (typed(this.#find('units').value, decimals) ?? 0) + by * 10 ** decimals;
    this.#find('units').value = plain(Math.max(1, Math.min(n, info?.left ?? n)), decimals).replace(/,/gu, '');
    this.#label();
  }

  #label() {
    const n = this.#wanted();
    const { info } = this.#voucher;
    const series = info?.series ?? {};
    const button = this.#find('redeem');
    button.disabled = n === null;
    if (!info) button.textContent = this.#say('keep', { Units: inWords(n ?? 0, series, this.#say) });
    else if (once(series, info.units)) button.textContent = this.#say('redeem-once');
    else button.textContent = this.#say(series.kind === 'stamp-card' ? 'stamp' : 'redeem', { Units: inWords(n ?? 0, series, this.#say) });
  }

  // take takes the units, or keeps that they were taken.
  async #take() {
    const units = this.#wanted();
    if (units === null) return;
    const { code, name, info } = this.#voucher;
    const began = this.#voucher.began || performance.now();
    const title = info?.series.name ?? this.#say('voucher', { Name: name.slice(0, 8) });
    const entry = { request: newRequest(), at: Date.now(), code, name, units, title, signed: '' };
    this.#kept.begin(entry);
    try {
      const told = await redeem(this.#path, entry, await this.#load(), { keep: this.#kept.put });
      await this.#kept.end(entry, { keep: false });
      this.#net(true);
      this.#good(told, title, info);
    } catch (error) {
      const no = error instanceof Refused || error instanceof Later;
      await this.#kept.end(entry, { keep: !no });
      if (error instanceof Later) this.#answer('wait', this.#say('later'), error.message);
      else if (no) this.#no(title, error.message);
      else {
        this.#net(false);
        this.#answer('wait', this.#say('kept'), this.#say('kept-text'));
      }
    }
    this.#place.querySelector('[data-view=answer]').dataset.took = Math.round(performance.now() - began);
  }

  #good(told, title, info) {
    const series = info?.series ?? {};
    const alone = info !== null && once(series, info.units);
    this.#taken.good(told, series, { title, alone });
    this.#answer('good', this.#say('good'), alone ? title : this.#say('good-text', { Units: inWords(told.units, series, this.#say), Name: title }));
    const rest = this.#find('rest');
    rest.textContent = told.left > 0 ? this.#say('left', { Left: inWords(told.left, series, this.#say) }) : this.#say('left-none');
    rest.hidden = alone;
    if (told.undo > 0) this.#countDown(told.booking, told.undo);
  }

  // booked hears what became of something that was kept.
  #booked(outcome, { title, units }, what) {
    this.#net(true);
    if (outcome === 'good') {
      const done = this.#say('queue-done', { Units: units, Name: title });
      this.#taken.add('row-good', done, { booking: what.booking, until: performance.now() + what.undo * 1000 });
      return;
    }
    this.#taken.add('row-bad', this.#say('queue-failed', { Name: title, Why: what }));
    if (this.#find('sound').checked) ring('bad');
  }

  #countDown(booking, seconds) {
    const button = this.#find('undo-go');
    this.#undo = { booking, until: performance.now() + seconds * 1000 };
    const tick = () => {
      const rest = Math.ceil((this.#undo.until - performance.now()) / 1000);
      button.hidden = rest <= 0;
      if (rest > 0) button.textContent = this.#say('undo', { Seconds: rest });
      else clearInterval(this.#timer);
    };
    clearInterval(this.#timer);
    this.#timer = setInterval(tick, 500);
    tick();
  }

  async #takeBack(booking) {
    clearInterval(this.#timer);
    try {
      await undo(this.#path, booking);
    } catch (error) {
      this.#answer('bad', this.#say('undo-late'), error instanceof Refused ? error.message : this.#say('unsure'));
      return;
    }
    this.#taken.undone(booking);
    this.#answer('wait', this.#say('undone'), this.#say('undone-text'));
  }

  #answer(tone, word, text) {
    const place = this.#place.querySelector('[data-view=answer]');
    place.dataset.tone = tone;
    delete place.dataset.took;
    [this.#find('word').textContent, this.#find('text').textContent] = [word, text];
    this.#find('rest').hidden = true;
    this.#find('undo-go').hidden = true;
    this.#view('answer');
    if (this.#find('sound').checked) ring(tone);
    this.#find('next').focus({ preventScroll: true });
    place.scrollIntoView({ block: 'nearest' });
  }

  #next() {
    this.#voucher = null;
    this.#scanner.again();
    this.#find('say').textContent = '';
    this.#find('typed').reset();
    this.#view('scan');
    if (!this.#scanner.running) this.#place.querySelector('#till-code').focus();
  }
}
