// The pledge file's door takes what is dropped on it.
import { bindDrop } from '../drop.js';

export function bindFiles(form) {
  const area = form.querySelector('[data-pledge-drop]');
  if (!area) return;
  const field = area.querySelector('input[type=file]');
  bindDrop(area.closest('section'), (files) => {
    if (files.length === 0) return;
    const list = new DataTransfer();
    for (const file of files.slice(0, 20)) list.items.add(file);
    field.files = list.files;
    field.closest('details').open = true;
    field.focus();
  });
}
