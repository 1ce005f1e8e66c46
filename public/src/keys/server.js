// What a wallet asks of the server: to watch its scripts, which coins they have,
// to pass on a transaction. The server sees scripts and transactions, never a key.

const atOnce = 200; // scripts in one request
const patience = 25; // seconds that the server waits for news

// Refused is an answer of the server's that says why, in the page's language.
export class Refused extends Error {
  told = true;

  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

// Unreachable: no answer. Whatever was asked may have been done.
export class Unreachable extends Error {
  kind = 'unreachable';
}

async function ask(path, body, signal) {
  let answer;
  try {
    answer = await fetch(path, {
      method: body ? 'POST' : 'GET', signal,
      headers: { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Unreachable(path, { cause: error });
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (typeof content.error !== 'string') throw new Unreachable(path);
  throw new Refused(content.error, answer.status);
}

// watch has scripts of a wallet watched (wallet.watchID). With search, blocks of
// before are searched for those it did not know.
export async function watch(id, scripts, search = false) {
  for (let i = 0; i === 0 || i < scripts.length; i += atOnce) { // a wallet without any is watched too
    await ask('/wallet/watch', { id, scripts: scripts.slice(i, i + atOnce), search });
  }
}

// news resolves with what wallet.feed takes, and
//   tag        to be given the next time: the answer waits until it is another
//   searching  how many scripts are still being searched for
//   from       the block down to which was searched
export function news(id, tag = '', signal = undefined) {
  return ask('/wallet/coins', { id, since: tag, wait: tag ? patience : 0 }, signal);
}

// send passes on a transaction in hexadecimal. A Refused one was not taken; after
// Unreachable, nobody knows.
export function send(hex) {
  return ask('/wallet/send', { hex });
}

// rates are what a place in a block costs: [{ name, rate, minutes }], slow, normal and
// fast, in sat per 1,000 weight units.
export async function rates() {
  return (await ask('/wallet/rates')).rates;
}

// faucet pays play money to an address, on the devnet: { txid }.
export function faucet(address, amount) {
  return ask('/wallet/faucet', { address, amount });
}

const svg = 'http://www.w3.org/2000/svg';

// code draws a text as a QR code, with a label for those who cannot see it.
export async function code(text, label) {
  const { side, path } = await ask('/wallet/code', { text });
  const drawing = element('svg', { class: 'qr', viewBox: `0 0 ${Number(side)} ${Number(side)}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' });
  drawing.append(element('rect', { width: '100%', height: '100%', fill: '#fff' }), element('path', { stroke: '#000', d: path }));
  return drawing;
}

function element(name, attributes) {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
