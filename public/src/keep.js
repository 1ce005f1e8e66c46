// The page that adds proofs to a vault: names and proofs that this browser
// remembers go into its fields, as if they had been typed and chosen there.
import { find, list } from './remembered.js';

const form = document.querySelector('form[data-keep]');
const field = form.querySelector('textarea[name=list]');
const files = form.querySelector('input[type=file]');
const most = 10000; // the server takes so many at once

// line is an entry as sha256sum writes it.
function line({ digest, name }) {
  if (!name) return digest;
  const odd = /[\\\n\r]/.test(name);
  const plain = odd ? name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r') : name;
  return `${odd ? '\\' : ''}${digest}  ${plain}`;
}

async function fillOne() {
  const entry = await find(field.value.trim());
  if (entry?.name) field.value = line(entry);
}

async function offerAll() {
  const entries = (await list()).slice(0, most);
  if (entries.length === 0) return;
  const place = form.querySelector('[data-remembered]');
  place.hidden = false;
  place.querySelector('button').addEventListener('click', () => {
    field.value = entries.filter(({ ots }) => !ots).map(line).join('\n');
    const own = new DataTransfer();
    for (const { name, digest, ots } of entries) {
      if (ots) own.items.add(new File([ots], `${name ?? digest}.ots`));
    }
    files.files = own.files;
    place.querySelector('[role=status]').textContent = new Intl.NumberFormat(document.documentElement.lang).format(entries.length);
  });
}

try {
  await (form.hasAttribute('data-one') ? fillOne() : offerAll());
} catch { /* storage is forbidden here: the fields stay as they are */ }
