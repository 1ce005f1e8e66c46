// What journeys of backers share: the wallet in the page, as somebody opens it who
// has none yet.
import { visit } from './browser.js';

export const passphrase = 'correct horse';
export const patience = 60_000; // ms until a block

const step = (page, name) => page.locator(`dialog.purse form[data-step=${name}]`);

// makeWallet answers the dialog that asks for a wallet: a passphrase, twelve words,
// three of them typed again. It gives the words.
export async function makeWallet(page) {
  const choose = step(page, 'choose');
  await choose.waitFor();
  await choose.locator('button[value=create]').click();
  await step(page, 'create').locator('[name=passphrase]').fill(passphrase);
  await step(page, 'create').locator('button[type=submit]').click();
  await step(page, 'words').waitFor();
  const words = await step(page, 'words').locator('[data-words] li').allTextContents();
  await step(page, 'words').locator('button[type=submit]').click();
  for (const field of await step(page, 'ask').locator('[data-ask]').all()) {
    const position = Number(await field.locator('[data-position]').textContent());
    await field.locator('input').fill(words[position - 1]);
  }
  await step(page, 'ask').locator('button[value=done]').click();
  return words;
}

// unlockWallet answers the dialog that asks for the passphrase.
export async function unlockWallet(page) {
  await step(page, 'unlock').locator('[name=passphrase]').fill(passphrase);
  await step(page, 'unlock').locator('button[type=submit]').click();
}

// pledgeByWallet pledges an amount from a browser that has no wallet yet, with money
// from the sandbox; with match for that stretch level alone. It gives the page's
// address.
export async function pledgeByWallet(page, campaign, amount, { name = '', match = 0 } = {}) {
  await page.goto(`/campaigns/${campaign}/pledge${match ? `?match=${match}` : ''}`);
  await page.locator('#amount').fill(String(amount));
  if (name) {
    await page.locator('.pledge-amount summary').click();
    await page.locator('#name').fill(name);
  }
  await page.locator('[data-wallet-door] [data-go]').click();
  await makeWallet(page);
  await page.locator('[data-faucet]').click();
  await page.waitForURL('**/pledges/*', { timeout: patience });
  return new URL(page.url()).pathname;
}

// backer is a browser of somebody's own.
export const backer = (browser, options) => visit(browser, options);

// state is how a pledge is, by its page's address.
export async function stateOf(page, path) {
  return (await page.request.get(path, { headers: { accept: 'application/json' } })).json();
}

// until asks again and again, until what is told is as wanted.
export async function until(ask, wanted, what = 'it') {
  let told;
  for (const end = Date.now() + patience; Date.now() < end;) {
    told = await ask();
    if (wanted(told)) return told;
    await new Promise((go) => { setTimeout(go, 300); });
  }
  throw new Error(`${what} did not come: ${JSON.stringify(told)}`);
}
