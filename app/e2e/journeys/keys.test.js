// The wallet in the page, in a real browser: under the policy of the pages, kept
// in IndexedDB, locked, opened by a second page and after a reload.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, sha256, visit } from '../browser.js';

// Served files carry the hash of their content in their names.
const script = readFileSync(new URL('../../../public/js/keys.js', import.meta.url));
const path = `/static/js/keys.${sha256(script).slice(0, 10)}.js`;

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// within runs act in the page, with the wallet's module and a setup of it.
function within(page, act, given) {
  return page.evaluate(async ([url, source, value]) => {
    const module = await import(url);
    const setup = module.inPage('devnet', await module.browserStore(indexedDB));
    return globalThis[source](module, setup, value);
  }, [path, act, given]);
}

async function open(context) {
  const page = await context.newPage();
  await page.goto('/');
  await ready(page);
  return page;
}

// What is done in the page; functions cannot be sent to it as text under its
// policy.
function ready(page) {
  return page.evaluate(() => {
    globalThis.make = async ({ Wallet }, setup, passphrase) => {
      const wallet = await Wallet.create(setup, passphrase);
      const words = (await wallet.words(passphrase)).words.split(' ');
      await wallet.confirm(Object.fromEntries(wallet.askWords().map((position) => [position, words[position - 1]])));
      return { address: (await wallet.address({ purpose: 'deposit', label: 'first' })).address, words: words.length };
    };
    globalThis.five = async ({ Wallet }, setup, passphrase) => {
      const wallet = await Wallet.unlock(setup, passphrase);
      return Promise.all(Array.from({ length: 5 }, async () => (await wallet.address({ purpose: 'deposit' })).address));
    };
    globalThis.look = async ({ Wallet }, setup, passphrase) => {
      try {
        return (await Wallet.unlock(setup, passphrase)).uses().map(({ address, label }) => ({ address, label }));
      } catch (error) {
        return error.kind;
      }
    };
    globalThis.pledge = async ({ Wallet }, setup, { passphrase, contract }) => {
      const wallet = await Wallet.unlock(setup, passphrase);
      const [{ script: own }] = wallet.uses();
      const txid = 'ab'.repeat(32);
      wallet.feed({ height: 200, coins: [{ txid, vout: 0, value: 50_000, script: own, height: 150 }] });
      const [made] = await wallet.pledge({ outpoint: `${txid}:0`, contracts: [contract] });
      return made.witness;
    };
  });
}

test('the wallet lives in the browser', async () => {
  const first = await visit(browser);
  await first.goto('/');
  await ready(first);
  const passphrase = 'correct horse';
  const { address, words } = await within(first, 'make', passphrase);
  assert.equal(words, 12);
  assert.match(address, /^bcrt1p/);

  // Two pages at once never give out the same address.
  const second = await open(first.context());
  const given = (await Promise.all([within(first, 'five', passphrase), within(second, 'five', passphrase)])).flat();
  assert.equal(new Set([address, ...given]).size, 11);

  await first.reload();
  await ready(first);
  assert.equal(await within(first, 'look', 'wrong horse'), 'passphrase-wrong');
  const uses = await within(first, 'look', passphrase);
  assert.equal(uses.length, 11);
  assert.deepEqual(uses.find(({ label }) => label === 'first'), { address, label: 'first' });

  const contract = `020000000001${'40420f0000000000'}160014${'11'.repeat(20)}00000000`;
  const [signature] = await within(first, 'pledge', { passphrase, contract });
  assert.match(signature, /^[0-9a-f]{128}81$/);
  assert.deepEqual(first.troubles, []);
  await first.context().close();
});
