// Signing in with a Lightning wallet (LUD-04): the page shows a code, a wallet
// signs what is in it, and the page goes on by itself.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { base, launch, visit } from '../browser.js';

const require = createRequire(import.meta.url);
const { bech32 } = require('bech32');
const { ec: Curve } = require('elliptic');

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// A wallet has one key for this site. answer opens a code's link, signed.
function wallet() {
  const key = new Curve('secp256k1').genKeyPair();
  const link = (code) => new URL(Buffer.from(bech32.fromWords(bech32.decode(code.toLowerCase(), 4096).words)).toString());
  return {
    link,
    answer: async (code, spoil = () => {}) => {
      const url = link(code);
      url.searchParams.set('key', key.getPublic(true, 'hex'));
      url.searchParams.set('sig', key.sign(url.searchParams.get('k1'), 'hex').toDER('hex'));
      spoil(url.searchParams);
      return (await fetch(url)).json();
    },
  };
}

// codeOf is the code that a page shows.
async function codeOf(page) {
  await page.goto('/account');
  await page.getByRole('button', { name: 'Show the code' }).click();
  await page.waitForURL('**/account/wallet');
  const link = await page.locator('a[href^="lightning:"]').getAttribute('href');
  return link.slice('lightning:'.length);
}

test('a wallet signs in, and the page goes on by itself', async () => {
  const page = await visit(browser);
  const own = wallet();
  const code = await codeOf(page);
  assert.equal(own.link(code).host, new URL(base).host, 'the link is for this site');
  assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, []);
  assert.equal((await own.answer(code, (q) => q.set('k1', '00'.repeat(32)))).status, 'ERROR', 'another value');
  assert.equal((await own.answer(code, (q) => q.set('action', 'link'))).status, 'ERROR', 'another action');
  assert.deepEqual(await own.answer(code), { status: 'OK' });
  await page.waitForURL('**/vault');
  assert.equal((await own.answer(code)).status, 'ERROR', 'the same again');
  assert.deepEqual(page.troubles, []);

  const elsewhere = await visit(browser, { javaScriptEnabled: false });
  const again = await codeOf(elsewhere);
  assert.deepEqual(await own.answer(again), { status: 'OK' });
  await elsewhere.getByRole('button', { name: 'I have confirmed in my wallet' }).click();
  await elsewhere.waitForURL('**/vault');
  await page.goto('/account');
  await page.getByText('Lightning wallets').waitFor();
  assert.equal(await page.locator('text=This browser').count() > 0 || await page.locator('.rows li').count() >= 2, true, 'both browsers are signed in');
});

test('who only saw the code does not come in', async () => {
  const page = await visit(browser);
  const thief = await visit(browser);
  const own = wallet();
  const code = await codeOf(page);
  await page.goto('/'); // its owner looks elsewhere
  assert.deepEqual(await own.answer(code), { status: 'OK' });
  const answer = await thief.request.post('/account/wallet/enter', { headers: { Origin: base }, maxRedirects: 0 });
  assert.equal(answer.status(), 403);
  await page.goto('/account/wallet');
  await page.waitForURL('**/vault');
});
