// What the backer's pages ask of the server.
import { Refused, Unreachable } from '../keys/server.js';

async function ask(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
  } catch (error) {
    throw new Unreachable(path, { cause: error });
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (typeof content.error !== 'string') throw new Unreachable(path);
  throw new Refused(content.error, answer.status);
}

// handIn posts a signed pledge, and answers where its page is: { path, key }.
export const handIn = (action, body) => ask(action, body);

// stateOf is how a pledge is, by the secret of its owner.
export const stateOf = (key) => ask(`/pledges/${key}`);

// pledgesOf are the pledges of coins: [{ outpoint, campaign, title, amount, state,
// checked }].
export async function pledgesOf(outpoints) {
  const found = [];
  for (let i = 0; i < outpoints.length; i += 100) {
    found.push(...(await ask('/pledges/of', { outpoints: outpoints.slice(i, i + 100) })).pledges);
  }
  return found;
}
