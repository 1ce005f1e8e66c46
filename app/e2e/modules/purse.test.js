// Paying for lists, without a page: the server is a stand-in that answers as
// the test says.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

globalThis.document = { documentElement: { lang: 'en', dataset: {} }, hidden: false, addEventListener() {} };
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};
let store;
globalThis.localStorage = {
  getItem: (key) => store.get(key) ?? null, setItem: (key, value) => store.set(key, value), removeItem: (key) => store.delete(key),
};
const { Purse } = await import('../../../public/src/purse.js');
const { post } = await import('../../../public/src/send.js');

let asked; // what was posted: [path, header, body]
let states; // by quote
let answers; // to lists, in order
let quotes; // how many were made
globalThis.fetch = async (path, { headers = {}, body } = {}) => {
  asked.push([path, headers, body]);
  const json = (status, value) => ({ ok: status < 400, status, json: async () => value, headers: new Headers() });
  if (path === '/stamps/price') {
    quotes += 1;
    const digests = Number(body.get('digests'));
    return json(201, { quote: `q${quotes}`, checkout: `/pay/q${quotes}`, sat: digests * 2, digests });
  }
  if (path.startsWith('/pay/')) return json(200, { state: states[path.slice('/pay/'.length)] ?? 'active' });
  return answers.shift()(headers, json);
};
const element = () => ({ hidden: true, textContent: '', href: '', focus() { this.focused = true; }, addEventListener(_, act) { this.act = act; } });
let parts;
let purse;
const digests = ['a', 'b'].map((c) => c.repeat(64));
const words = (key, values = {}) => `${key} ${Object.values(values).join(' ')}`.trim();

beforeEach(() => {
  [store, asked, states, answers, quotes] = [new Map(), [], {}, [], 0];
  parts = { panel: element(), say: element(), link: element(), not: element(), wait: element() };
  purse = new Purse({ words, count: () => 2500, parts });
});

const taken = (_, json) => json(201, {});
const pay = (freeAgain) => (_, json) => json(402, { payment: { free_again_in: freeAgain } });
const paidBy = (quote) => (headers, json) => {
  assert.equal(headers.Authorization, `Bearer ${quote}`);
  return json(201, {});
};
const lists = () => asked.filter(([path]) => path === '/api/v1/stamps');

async function until(ready) {
  for (let i = 0; !ready() && i < 500; i += 1) await new Promise((go) => { setTimeout(go, 10); });
  assert.ok(ready());
}

test('nothing is asked for while it is free', async () => {
  answers = [taken];
  await post(digests, () => {}, purse);
  assert.equal(asked.length, 1);
  assert.equal(parts.panel.hidden, true);
});

test('a list waits for its payment and goes on', async () => {
  answers = [pay(7200), paidBy('q1'), paidBy('q1')];
  const done = post(digests, () => {}, purse);
  await until(() => !parts.panel.hidden);
  assert.match(parts.say.textContent, /price 2,500 5,000 sat again 2 hours/);
  assert.equal(parts.link.href, '/pay/q1');
  assert.ok(parts.link.focused);
  states.q1 = 'processing';
  await until(() => parts.wait.textContent === 'arriving');
  states.q1 = 'settled';
  await done;
  assert.equal(parts.panel.hidden, true);
  const [first, second] = lists();
  assert.equal(first[1]['Idempotency-Key'], second[1]['Idempotency-Key']);
  await post(digests, () => {}, purse); // the rest of what was paid for
  assert.equal(quotes, 1);
  assert.equal(store.get('cairn-stamps'), 'q1');
});

test('what was paid for on an earlier day is used first, but after what is free', async () => {
  store.set('cairn-stamps', 'old');
  answers = [taken, pay(), paidBy('old')];
  await post(digests, () => {}, purse);
  assert.equal(lists()[0][1].Authorization, undefined);
  await post(digests, () => {}, purse);
  assert.equal(quotes, 0);
});

test('what is used up is forgotten and paid for anew', async () => {
  store.set('cairn-stamps', 'old');
  states.q1 = 'used'; // the leader was quicker
  answers = [pay(), pay(), paidBy('q1')];
  await post(digests, () => {}, purse);
  assert.equal(store.get('cairn-stamps'), 'q1');
  store.set('cairn-stamps', 'stranger');
  states.q2 = 'settled';
  answers = [(_, json) => json(401, {}), paidBy('q2')];
  await post(digests, () => {}, purse);
  assert.equal(quotes, 2);
});

test('a price that has run out is made anew', async () => {
  [states.q1, states.q2] = ['expired', 'settled'];
  answers = [pay(), paidBy('q2')];
  await post(digests, () => {}, purse);
  assert.equal(quotes, 2);
  assert.match(parts.say.textContent, /^renewed /);
});

test('who would rather not pay is told so, and may try again', async () => {
  answers = [pay()];
  const done = post(digests, () => {}, purse);
  await until(() => !parts.panel.hidden);
  parts.not.act();
  await assert.rejects(done, { message: 'declined' });
  assert.equal(parts.panel.hidden, true);
  states.q2 = 'settled';
  answers = [pay(), paidBy('q2')];
  await post(digests, () => {}, purse);
});
