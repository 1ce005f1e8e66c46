// The home page's main job: files are digested here, one after the other, and
// only their digests are posted. One file leads to its proof; several become
// a list with a link to each.
import { digestOf } from './digest.js';
import { bindDrop } from './drop.js';
import { rememberName } from './names.js';

export function bindStamp() {
  const area = document.querySelector('[data-stamp]');
  if (!area) return;
  const input = area.querySelector('input[type=file]');
  const list = document.querySelector('[data-stamp-list]');
  const row = document.querySelector('template[data-stamp-row]');
  let busy = false;

  const take = async (files) => {
    if (busy || files.length === 0) return;
    busy = true;
    area.classList.add('busy');
    input.disabled = true;
    const rows = files.map((file) => addRow(list, row, file));
    try {
      for (const [i, file] of files.entries()) {
        const url = await stamp(file, rows[i], area.dataset);
        if (url && files.length === 1) location.assign(url);
      }
    } finally {
      busy = false;
      area.classList.remove('busy');
      input.disabled = false;
      input.value = '';
    }
  };
  bindDrop(area, take);
  input.addEventListener('change', () => take(Array.from(input.files)));
}

function addRow(list, template, file) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.querySelector('[data-file]').textContent = file.name;
  list.append(row);
  list.hidden = false;
  return row;
}

async function stamp(file, row, words) {
  const say = row.querySelector('[data-say]');
  const bar = row.querySelector('progress');
  try {
    say.textContent = words.reading;
    const digest = await digestOf(file, (part) => { bar.value = part; });
    bar.value = 1;
    say.textContent = words.sending;
    rememberName(digest, file.name);
    const url = await post(digest);
    const link = row.querySelector('a');
    link.href = url;
    link.hidden = false;
    say.textContent = words.stored;
    row.classList.add('done');
    return url;
  } catch (error) {
    say.textContent = error instanceof Refused ? error.message : error instanceof TypeError ? words.offline : words.unreadable;
    row.classList.add('failed');
    return null;
  } finally {
    bar.hidden = true;
  }
}

class Refused extends Error {}

async function post(digest) {
  const answer = await fetch('/stamp', {
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: new URLSearchParams({ digest }),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Refused(said.error);
  return said.proofs[0].url;
}
