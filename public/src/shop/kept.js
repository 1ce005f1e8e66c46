// A series' page says when this browser still has its codes unsaved.
import { codesOf } from './codes.js';

export async function bindKept() {
  const note = document.querySelector('[data-kept]');
  if (!note) return;
  const desk = note.dataset.where.replace(/\/issue$/u, '');
  const batches = await codesOf(desk).catch(() => []);
  note.hidden = !batches.some(({ series }) => series === note.dataset.kept);
}
