// SHA-256 of one file in the page: by the browser's own digest if it is small
// and the page may use it (https, or this machine), else in a worker.
import { Desk } from './desk.js';

const small = 8 << 20;

// digestOf gives 64 hexadecimal digits; progress hears the part read, 0 to 1.
export async function digestOf(file, progress) {
  if (file.size <= small && globalThis.crypto?.subtle) {
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
    return Array.from(sum, (b) => b.toString(16).padStart(2, '0')).join('');
  }
  const desk = new Desk();
  try {
    return (await desk.one(file, null, (read) => progress?.(read / file.size))).digest;
  } finally {
    desk.close();
  }
}
