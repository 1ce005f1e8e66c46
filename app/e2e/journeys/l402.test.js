// Programs pay, too: an npm client that knows nothing of Cairn reads the 402 of
// the API, has the invoice paid over Lightning by the sandbox's second node, and
// is let in, by L402 and by the "Payment" scheme.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fetch402 } from '@getalby/lightning-tools/402';
import { fetchWithL402 } from '@getalby/lightning-tools/402/l402';
import { fetchWithMpp } from '@getalby/lightning-tools/402/mpp';
import { base, sha256 } from '../browser.js';

const api = `${base}/api/v1`;

// order asks for a transaction of its own for a document nobody has seen.
const order = (digest = sha256(`l402 ${Math.random()}`)) => [`${api}/express`, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ digest }),
}];

// The client's fetch, to remember which invoice has which checkout. scheme, when
// set, is the one whose challenge comes first: the client's own function for the
// Payment scheme looks at no other.
const checkouts = new Map();
const plainFetch = globalThis.fetch;
let scheme;
globalThis.fetch = async (...request) => {
  const answer = await plainFetch(...request);
  if (answer.status !== 402) return answer;
  const { payment } = await answer.clone().json();
  if (payment?.lightning) checkouts.set(payment.lightning.invoice, payment.checkout);
  if (!scheme) return answer;
  const challenges = answer.headers.get('www-authenticate').split(/, (?=L402 |Payment )/);
  challenges.sort((a, b) => b.startsWith(scheme) - a.startsWith(scheme));
  const headers = new Headers(answer.headers);
  headers.set('www-authenticate', challenges.join(', '));
  return new Response(answer.body, { status: 402, headers });
};

// wallet is what the client asks to pay: it has the sandbox pay at the checkout.
function wallet() {
  const paid = [];
  return {
    paid,
    async payInvoice({ invoice }) {
      const checkout = checkouts.get(invoice);
      assert.ok(checkout, 'the invoice of the challenge is that of the answer');
      paid.push(invoice);
      const answer = await plainFetch(`${checkout}/sandbox`, { method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ way: 'lightning' }) });
      assert.equal(answer.status, 204, await answer.text());
      const { preimage } = await (await plainFetch(`${checkout}/receipt.json`)).json();
      assert.match(preimage, /^[0-9a-f]{64}$/);
      return { preimage };
    },
  };
}

let sandbox;
before(async () => {
  const { status, json } = await ask(order());
  assert.equal(status, 402);
  // It opens its channels in the first seconds.
  for (const until = Date.now() + 90000; Date.now() < until;) {
    const page = await (await plainFetch(json.payment.checkout)).text();
    sandbox = page.includes('data-play');
    if (!sandbox || !/<button[^>]*value="lightning"[^>]*disabled/.test(page)) break;
    await new Promise((go) => { setTimeout(go, 1000); });
  }
});

async function ask([url, options]) {
  const answer = await plainFetch(url, options);
  return { status: answer.status, json: await answer.json(), challenges: answer.headers.get('www-authenticate') };
}

test('a price names every way that is open, and who is not paid does nothing', async () => {
  const { status, json, challenges } = await ask(order());
  assert.equal(status, 402);
  assert.equal(json.type, 'https://paymentauth.org/problems/payment-required');
  assert.equal(json.kind, 'payment-required');
  assert.ok(json.payment.sat >= 1000);
  assert.match(json.payment.on_chain.address, /^bcrt1/);
  assert.match(json.payment.uri, /^bitcoin:/i);
  if (json.payment.lightning) {
    assert.match(challenges, /^L402 version="0", token="[^"]+", macaroon="[^"]+", invoice="lnbcrt[^"]+"/);
    assert.match(challenges, /, Payment id="[^"]+", realm="[^"]+", method="lightning", intent="charge"/);
  }
});

for (const [name, pay] of [['L402', fetchWithL402], ['the Payment scheme', fetchWithMpp], ['whichever it likes', fetch402]]) {
  test(`@getalby/lightning-tools pays by ${name}`, async (t) => {
    if (!sandbox) return t.skip('this Cairn has no sandbox payer');
    const digest = sha256(`l402 ${name} ${Math.random()}`);
    const [url, options] = order(digest);
    const purse = wallet();
    scheme = pay === fetchWithMpp ? 'Payment' : undefined;
    const answer = await pay(url, options, { wallet: purse });
    const proof = await answer.json();
    assert.equal(answer.status, 202, JSON.stringify(proof));
    assert.equal(proof.digest, digest);
    assert.equal(answer.payment.paid, true);
    assert.ok(answer.payment.amountSat >= 1000);
    assert.equal(purse.paid.length, 1);

    // The credential is good again, and nothing is paid twice.
    const again = await pay(url, options, { wallet: purse, credentials: answer.payment.credentials });
    assert.equal(again.status, 202, await again.text());
    assert.equal(purse.paid.length, 1);

    // And it opens nothing else.
    const other = await pay(...order(), { wallet: purse, credentials: answer.payment.credentials });
    assert.equal(other.status, 401);
    assert.equal((await other.json()).kind, 'other-purchase');
    assert.equal(purse.paid.length, 1);

    // What was paid for is made: in a block, by a transaction of its own.
    for (const until = Date.now() + 60000; ;) {
      const { json } = await ask([`${api}/proofs/${digest}`]);
      if (json.stage === 'complete') break;
      assert.ok(Date.now() < until, `still ${json.stage} after a minute`);
      await new Promise((go) => { setTimeout(go, 500); });
    }
  });
}

test('a credential that was changed opens nothing', async () => {
  const { challenges } = await ask(order());
  const token = challenges?.match(/token="([^"]+)"/)?.[1];
  for (const [authorization, kind] of [
    [`L402 ${token ?? 'AAAA'}:${'00'.repeat(32)}`, token ? 'token-preimage' : 'token-syntax'],
    ['L402 nonsense', 'token-syntax'],
    ['Basic eDp5', 'authorization'],
    [`Bearer ${'0'.repeat(32)}`, 'unknown-payment'],
  ]) {
    const [url, options] = order();
    const { status, json } = await ask([url, { ...options, headers: { ...options.headers, Authorization: authorization } }]);
    assert.equal(status, 401, authorization);
    assert.equal(json.kind, kind);
    assert.ok(json.title.length > 10);
  }
});
