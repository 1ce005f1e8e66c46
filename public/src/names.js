// Names of files on pages that know digests only: they come from the browser's
// own list.
import { find } from './remembered.js';

export { find, forget, list, remember } from './remembered.js';

const known = new Map(); // digest to name, so that a live update shows it at once

// [data-name-of=digest] shows the name; [data-names-file=digest] is a
// download link that takes it.
export async function bindNames() {
  const places = document.querySelectorAll('[data-name-of], a[data-names-file]');
  show(places);
  const missing = new Set(Array.from(places, digestOf).filter((digest) => !known.has(digest)));
  for (const digest of missing) {
    try {
      const entry = await find(digest);
      if (entry?.name) known.set(digest, entry.name);
    } catch { /* storage is forbidden: the page shows the digest alone */ }
  }
  if (missing.size > 0) show(places);
}

const digestOf = (place) => place.dataset.nameOf ?? place.dataset.namesFile;

function show(places) {
  for (const place of places) {
    const name = known.get(digestOf(place));
    if (name === undefined) continue;
    if (place.dataset.namesFile) {
      const plain = name.split('/').at(-1);
      const end = place.dataset.namesEnd ?? '.ots';
      place.download = `${plain}${end}`;
    } else {
      place.textContent = name;
      place.hidden = false;
    }
  }
}
