// File names stay in this browser: the server knows digests only. A map of
// digest to name lives in localStorage, the oldest giving way.
const key = 'cairn.names';
const most = 500;

function read() {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

export function rememberName(digest, name) {
  const names = read();
  delete names[digest];
  names[digest] = name;
  for (const old of Object.keys(names).slice(0, -most)) delete names[old];
  try {
    localStorage.setItem(key, JSON.stringify(names));
  } catch { /* storage is full or forbidden: the page shows the digest alone */ }
}

// [data-name-of=digest] shows the name; [data-names-file=digest] is a
// download link that takes it.
export function bindNames() {
  const names = read();
  for (const place of document.querySelectorAll('[data-name-of]')) {
    const name = names[place.dataset.nameOf];
    if (typeof name !== 'string') continue;
    place.textContent = name;
    place.hidden = false;
  }
  for (const link of document.querySelectorAll('a[data-names-file]')) {
    const name = names[link.dataset.namesFile];
    if (typeof name === 'string') link.download = `${name}.ots`;
  }
}
