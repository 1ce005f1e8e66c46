// The counter's camera: one button opens it, and from then on it stays open.
import { Camera, canScan } from '../camera.js';

const sameFor = 2_500; // ms that a code has to be out of sight to count as new
const troubles = { NotAllowedError: 'refused', NotReadableError: 'camera-busy', AbortError: 'camera-busy' };

export class Scanner {
  #place; // { box, start, torch, turn, trouble, hint }
  #say;
  #camera;
  #awaits; // whether a code is looked for just now
  #found; // found(text)
  #seen = { text: '', at: 0, taken: false };

  constructor(place, say, { reader, awaits, found }) {
    [this.#place, this.#say, this.#awaits, this.#found] = [place, say, awaits, found];
    this.#camera = new Camera(place.box.querySelector('video'), reader);
  }

  get running() {
    return this.#camera.running;
  }

  bind() {
    const { start, torch, turn } = this.#place;
    start.addEventListener('click', () => this.open());
    torch.addEventListener('click', () => this.#torch());
    turn.addEventListener('click', () => this.#turn());
    addEventListener('pagehide', () => this.#close());
    if (!canScan()) {
      start.hidden = true;
      this.#trouble(this.#say('no-camera'));
    } else this.#openAllowed();
  }

  // openAllowed opens it at once where that was allowed before.
  async #openAllowed() {
    try {
      const { state } = await navigator.permissions.query({ name: 'camera' });
      if (state === 'granted') await this.open();
    } catch { /* a browser that does not tell: the button does */ }
  }

  async open() {
    this.#trouble('');
    this.#place.start.hidden = true;
    this.#place.box.hidden = false;
    await this.#try(() => this.#camera.start((text) => this.#sees(text)));
  }

  async #try(act) {
    try {
      await act();
      this.#place.torch.hidden = !this.#camera.torch;
      this.#place.turn.hidden = (await this.#camera.others()).length === 0;
    } catch (error) {
      console.info(error);
      this.#close();
      this.#trouble(this.#say(troubles[error.name] ?? 'no-camera'));
    }
  }

  #close() {
    this.#camera.stop();
    this.#place.box.hidden = true;
    this.#place.start.hidden = false;
  }

  #trouble(text) {
    const { trouble } = this.#place;
    [trouble.textContent, trouble.hidden] = [text, text === ''];
  }

  async #torch() {
    const { torch } = this.#place;
    const on = torch.getAttribute('aria-pressed') !== 'true';
    await this.#camera.light(on).catch(() => {});
    this.#lit(on);
  }

  #lit(on) {
    const { torch } = this.#place;
    torch.setAttribute('aria-pressed', String(on));
    torch.textContent = this.#say(on ? 'torch-off' : 'torch-on');
  }

  async #turn() {
    this.#lit(false);
    await this.#try(() => this.#camera.turn());
  }

  // took says that a code was taken: it is left alone until it was out of sight.
  took(text) {
    this.#seen = { text, at: performance.now(), taken: true };
  }

  // again begins the time anew for which the code that was taken is left alone.
  again() {
    this.#seen.at = performance.now();
  }

  // sees hears of a code in the picture, again and again.
  #sees(text) {
    if (!this.#awaits()) return;
    const now = performance.now();
    const same = text === this.#seen.text && now - this.#seen.at < sameFor;
    this.#seen = { text, at: now, taken: same && this.#seen.taken };
    if (!same) this.#found(text);
    else if (this.#seen.taken) this.#place.hint.textContent = this.#say('same');
  }
}
