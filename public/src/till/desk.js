// The counter's page: a code is read, what it is good for is shown, one button takes
// it, and the whole screen says yes or no. Without network it is kept, and booked when
// the network is back.
import { wordsOf } from '../words.js';
import { face } from '../voucher/face.js';
import { Refused } from '../voucher/server.js';
import { inWords, once, plain, typed } from '../voucher/units.js';
import { stayAwake } from './awake.js';
import { Camera, canScan } from '../camera.js';
import { Queue } from './queue.js';
import { look, newRequest, redeem, undo } from './redeem.js';
import { ring } from './sound.js';

const [again, rowsShown, sameFor] = [5_000, 8, 2_500]; // ms between tries; rows; ms

export function bindTill() {
  const place = document.querySelector('[data-till]');
  if (place) new Till(place).bind();
}

class Till {
  #place;
  #path;
  #say;
  #keys = null; // the module of vouchers' keys
  #queue = null;
  #camera;
  #voucher = null; // { code, name, info } that is being taken; info is null while offline
  #undo = null; // { booking, until }
  #busy = false;
  #seen = { text: '', at: 0 };
  #timer = 0;

  constructor(place) {
    this.#place = place;
    this.#path = place.dataset.till;
    this.#say = wordsOf(place);
    this.#camera = new Camera(this.#find('camera').querySelector('video'), place.dataset.reader);
  }

  #find(name) {
    return this.#place.querySelector(`[data-${name}]`);
  }

  bind() {
    this.#find('typed').addEventListener('submit', (event) => {
      event.preventDefault();
      const { code } = event.target.elements;
      if (code.value.trim()) this.#run(() => this.#code(code.value));
    });
    this.#find('start').addEventListener('click', () => this.#scan());
    this.#find('torch').addEventListener('click', () => this.#torch());
    this.#find('fewer').addEventListener('click', () => this.#step(-1));
    this.#find('more').addEventListener('click', () => this.#step(1));
    this.#find('units').addEventListener('input', () => this.#label());
    this.#find('redeem').addEventListener('click', () => this.#run(() => this.#take()));
    this.#find('cancel').addEventListener('click', () => this.#next());
    this.#find('next').addEventListener('click', () => this.#next());
    this.#find('undo-go').addEventListener('click', () => this.#run(() => this.#takeBack()));
    this.#remember('sound', 'sound');
    this.#remember('at-once', 'at-once');
    if (!canScan()) {
      this.#find('start').hidden = true;
      this.#trouble(this.#say('no-camera'));
    }
    import(this.#place.dataset.bearer).then((keys) => { this.#keys = keys; }); // so that the first code need not wait
    Queue.open(this.#path).then(async (queue) => {
      this.#queue = queue;
      await this.#replay();
    }, (error) => console.warn(error));
    addEventListener('online', () => this.#replay());
    addEventListener('pagehide', () => this.#camera.stop());
    stayAwake();
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

  async #load() {
    this.#keys ??= await import(this.#place.dataset.bearer);
    this.#queue ??= await Queue.open(this.#path);
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

  #view(name) {
    for (const view of this.#place.querySelectorAll('[data-view]')) view.hidden = view.dataset.view !== name;
    if (name !== 'answer') clearInterval(this.#timer);
  }

  #trouble(text) {
    const place = this.#find('camera-trouble');
    [place.textContent, place.hidden] = [text, text === ''];
  }

  async #scan() {
    this.#trouble('');
    this.#find('start').hidden = true;
    this.#find('camera').hidden = false;
    try {
      await this.#camera.start((text) => this.#sees(text));
      this.#find('torch').hidden = !this.#camera.torch;
    } catch (error) {
      console.warn(error);
      this.#camera.stop();
      this.#find('camera').hidden = true;
      this.#find('start').hidden = false;
      this.#trouble(this.#say(error.name === 'NotAllowedError' ? 'refused' : 'no-camera'));
    }
  }

  async #torch() {
    const button = this.#find('torch');
    const on = button.getAttribute('aria-pressed') !== 'true';
    await this.#camera.light(on).catch(() => {});
    button.setAttribute('aria-pressed', String(on));
    button.textContent = this.#say(on ? 'torch-off' : 'torch-on');
  }

  // sees hears of a code in the picture, again and again. The one that was just taken
  // is left alone until it was out of sight for a while.
  #sees(text) {
    if (this.#find('typed').closest('[data-view]').hidden) return;
    const now = performance.now();
    const same = text === this.#seen.text && now - this.#seen.at < sameFor;
    this.#seen = { text, at: now };
    if (same) {
      this.#find('say').textContent = this.#say('same');
      return;
    }
    this.#run(() => this.#code(text));
  }

  // code reads a code, and asks how the voucher is.
  async #code(text) {
    const began = performance.now();
    const keys = await this.#load();
    const read = keys.read(text);
    if (!read) {
      this.#find('say').textContent = this.#say('no-code');
      return;
    }
    this.#seen = { text, at: performance.now() };
    this.#find('say').textContent = this.#say('looking');
    const name = keys.nameOf(keys.keysOf(read).script);
    let info = null;
    try {
      info = await look(this.#path, name);
    } catch (error) {
      if (error instanceof Refused) {
        this.#row('row-bad', name.slice(0, 8));
        this.#answer('bad', this.#say('bad'), error.message);
        return;
      }
    }
    this.#voucher = { code: text, name, info, began };
    if (info && info.refused) {
      this.#row('row-bad', info.series.name);
      this.#answer('bad', this.#say('bad'), info.refused);
      return;
    }
    this.#show();
    if (this.#find('at-once').checked && info && (info.left === 1 || info.series.kind === 'stamp-card')) await this.#take();
    else this.#voucher.began = 0; // what a person thinks about is not counted
  }

  // show shows what the voucher is good for, and how much of it is taken.
  #show() {
    const { info } = this.#voucher;
    const card = this.#find('face');
    const field = this.#find('units');
    const decimals = info?.series.decimals ?? 0;
    this.#view('amount');
    if (info) {
      face(card, info, this.#say);
      if (!once(info.series, info.units)) card.querySelector('[data-left]').textContent = this.#say('of', { Left: inWords(info.left, info.series, this.#say) });
    } else {
      face(card, { series: { name: this.#say('kept'), good: this.#say('kept-text'), line: '', kind: '', colour: 'slate' }, units: 0, left: 0, until: '' }, this.#say);
      for (const part of ['left', 'until']) card.querySelector(`[data-${part}]`).textContent = '';
    }
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
    if (info && once(series, info.units)) button.textContent = this.#say('redeem-once');
    else button.textContent = this.#say(series.kind === 'stamp-card' ? 'stamp' : 'redeem', { Units: inWords(n ?? 0, series, this.#say) });
  }

  // take takes the units, or keeps that they were taken.
  async #take() {
    const units = this.#wanted();
    if (units === null) return;
    const { code, name, info } = this.#voucher;
    const began = this.#voucher.began || performance.now();
    const entry = { request: newRequest(), at: Date.now(), code, name, units, title: info?.series.name ?? name.slice(0, 8), signed: '' };
    const keep = (signed) => this.#queue.put(signed);
    try {
      const told = await redeem(this.#path, entry, this.#keys, { keep });
      await this.#queue.remove(entry.request);
      this.#good(told, entry, info);
    } catch (error) {
      if (error instanceof Refused) {
        await this.#queue.remove(entry.request);
        this.#row('row-bad', entry.title);
        this.#answer('bad', this.#say('bad'), error.message);
      } else {
        const kept = (await this.#queue.all()).find(({ request }) => request === entry.request);
        await this.#queue.put(kept ?? entry);
        this.#row('row-kept', entry.title);
        this.#answer('wait', this.#say('kept'), this.#say('kept-text'));
        await this.#count();
        setTimeout(() => this.#replay(), again);
      }
    }
    this.#find('word').closest('[data-view]').dataset.took = Math.round(performance.now() - began);
  }

  #good({ units, left, booking, undo: seconds }, { title }, info) {
    const series = info?.series ?? {};
    const alone = info !== null && once(series, info.units);
    const what = alone ? title : this.#say('good-text', { Units: inWords(units, series, this.#say), Name: title });
    this.#row('row-good', what);
    this.#answer('good', this.#say('good'), what);
    const rest = this.#find('rest');
    rest.textContent = left > 0 ? this.#say('left', { Left: inWords(left, series, this.#say) }) : this.#say('left-none');
    rest.hidden = alone;
    if (seconds > 0) this.#countDown(booking, seconds);
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

  async #takeBack() {
    clearInterval(this.#timer);
    try {
      await undo(this.#path, this.#undo.booking);
    } catch (error) {
      this.#answer('bad', this.#say('undo-late'), error instanceof Refused ? error.message : this.#say('unsure'));
      return;
    }
    this.#row('row-undone', '');
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
    this.#seen.at = performance.now();
    this.#find('say').textContent = '';
    this.#find('typed').reset();
    this.#view('scan');
    if (!this.#camera.running) this.#place.querySelector('#till-code').focus();
  }

  #row(state, title) {
    const list = this.#find('rows');
    const [row, what, time] = [document.createElement('li'), document.createElement('div'), document.createElement('small')];
    what.textContent = [this.#say(state), title].filter(Boolean).join(' · ');
    time.textContent = new Date().toLocaleTimeString();
    what.append(time);
    row.append(what);
    row.dataset.state = state;
    list.prepend(row);
    while (list.children.length > rowsShown) list.lastChild.remove();
    this.#find('recent').hidden = false;
  }

  // replay books what was kept, the oldest first, as long as the server answers.
  #replaying = null;

  #replay() {
    this.#replaying ??= this.#replayAll().catch((error) => console.warn(error)).finally(() => { this.#replaying = null; });
    return this.#replaying;
  }

  async #replayAll() {
    const keys = await this.#load();
    for (const entry of await this.#queue.all()) {
      if (this.#busy && this.#voucher && Date.now() - entry.at < again) continue; // it is being taken just now
      try {
        const told = await redeem(this.#path, entry, keys, { offline: true, keep: (signed) => this.#queue.put(signed) });
        await this.#queue.remove(entry.request);
        this.#row('row-good', this.#say('queue-done', { Units: told.units, Name: entry.title }));
      } catch (error) {
        if (!(error instanceof Refused)) {
          setTimeout(() => this.#replay(), again);
          break;
        }
        await this.#queue.remove(entry.request);
        this.#row('row-bad', this.#say('queue-failed', { Name: entry.title, Why: error.message }));
        if (this.#find('sound').checked) ring('bad');
      }
    }
    await this.#count();
  }

  async #count() {
    const { length } = await this.#queue.all();
    const place = this.#find('queue');
    place.hidden = length === 0;
    place.textContent = length === 1 ? this.#say('queue-one') : this.#say('queue', { Count: length });
  }
}
