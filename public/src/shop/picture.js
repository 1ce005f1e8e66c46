// A shop's own picture: made small here, so that a photograph does not take a minute to
// send, and made anew by the server, which keeps nothing else of the file.
import { Refused, Unreachable } from '../keys/server.js';

const widest = 960; // pixels
const [largestFile, largestSide] = [20_000_000, 12_000]; // bytes, pixels
const kinds = ['image/png', 'image/jpeg', 'image/webp'];

export class Picture {
  #form;
  #desk;
  #say;
  #changed;
  name = ''; // under which the server keeps it
  path = '';

  constructor(form, desk, say, changed) {
    [this.#form, this.#desk, this.#say, this.#changed] = [form, desk, say, changed];
  }

  bind() {
    const [file, remove] = [this.#form.elements.own, this.#form.querySelector('[data-own-remove]')];
    file.addEventListener('change', () => this.#take(file));
    remove.addEventListener('click', () => {
      file.value = '';
      this.#is({ own: '', path: '' });
      file.focus();
    });
  }

  #is({ own, path }, said = '') {
    [this.name, this.path] = [own, path];
    this.#form.querySelector('[data-own-remove]').hidden = own === '';
    this.#form.querySelector('[data-own-said]').textContent = said;
    this.#changed();
  }

  async #take({ files: [file] }) {
    if (!file) return this.#is({ own: '', path: '' });
    this.#is({ own: '', path: '' }, this.#say('own-wait'));
    try {
      this.#is(await sent(`${this.#desk}/picture`, await small(file)), this.#say('own-there'));
    } catch (error) {
      const said = error instanceof Refused ? error.message : this.#say(error instanceof Unreachable ? 'unreachable' : 'own-wrong');
      this.#is({ own: '', path: '' }, said);
    }
    return undefined;
  }
}

// small draws a picture anew, at most so wide, as JPEG. It throws for what is none.
async function small(file) {
  if (!kinds.includes(file.type) || file.size > largestFile) throw new Error('kind');
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const { width, height } = bitmap;
    if (width < 1 || height < 1 || width > largestSide || height > largestSide) throw new Error('size');
    const scale = Math.min(1, widest / width, (2 * widest) / height);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    const paint = canvas.getContext('2d', { alpha: false });
    paint.fillStyle = '#fff';
    paint.fillRect(0, 0, canvas.width, canvas.height);
    paint.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((made) => (made ? resolve(made) : reject(new Error('jpeg'))), 'image/jpeg', 0.86);
    });
  } finally {
    bitmap.close();
  }
}

// sent gives the picture to the server: { own, path }.
async function sent(path, jpeg) {
  let answer;
  try {
    answer = await fetch(path, { method: 'POST', body: jpeg, headers: { Accept: 'application/json', 'Content-Type': 'image/jpeg' }, cache: 'no-store' });
  } catch (error) {
    throw new Unreachable(path, { cause: error });
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (typeof content.error !== 'string') throw new Unreachable(path);
  throw new Refused(content.error, answer.status);
}
