// What the pages about assets ask of the server.
import { Refused, Unreachable } from '../keys/server.js';

// Wrong is a form that the server does not take: its sentences by field.
export class Wrong extends Error {
  constructor(fields) {
    super('form');
    this.fields = fields;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { Accept: 'application/json', ...options.headers } });
  } catch (error) {
    throw new Unreachable(path, { cause: error });
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (content.wrong) throw new Wrong(content.wrong);
  if (typeof content.error !== 'string') throw new Unreachable(path);
  throw new Refused(content.error, answer.status);
}

const posted = (path, body) => ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

// prepare posts a form, with what the wallet adds, and gives the draft.
export function prepare(form, more, action = form.action) {
  const data = new FormData(form);
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  data.set('do', 'wallet');
  // A file stays a file only in the form that has one.
  const body = form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data);
  return ask(action, { method: 'POST', body });
}

// handIn posts signed PSBTs, in base64, and gives how the draft stands.
export const handIn = (path, psbts) => posted(path, { psbts });

// withdraw takes an offer out of the book, with a message signed by its coin's key.
export const withdraw = (path, signature) => posted(path, { signature });

// draftOf is how a draft stands.
export const draftOf = (id) => ask(`/assets/drafts/${id}`);

// namesOf are assets by their ids, as people see them: [{ id, name, picture, decimals,
// hue, path, … }].
export async function namesOf(ids) {
  if (ids.length === 0) return [];
  return (await posted('/assets/names', { ids: ids.slice(0, 200) })).assets;
}

// issuedBy are the assets that scripts may issue.
export async function issuedBy(scripts) {
  return (await posted('/assets/names', { scripts: scripts.slice(-100) })).assets;
}
