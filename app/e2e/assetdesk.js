// What journeys of those who issue and hold assets share.
import assert from 'node:assert/strict';
import { patience, unlockWallet, until } from './backers.js';

export const review = (page) => page.locator('[data-review]:visible');
export const draftOf = async (page, path) => (await page.request.get(path, { headers: { accept: 'application/json' } })).json();

// reviewed waits for what is to be signed, with what it says.
export async function reviewed(page) {
  await review(page).waitFor({ timeout: patience });
  return review(page).locator('[data-effects]').innerText();
}

// signed signs, has the sandbox pay the network fee where that is asked for, and waits
// for the block. It gives the draft as the server tells of it.
export async function signed(page) {
  await review(page).locator('[data-sign]').click();
  await page.waitForURL(/\/pay\/|\/assets\/drafts\//, { timeout: patience });
  if (page.url().includes('/pay/')) {
    await page.locator('form[data-play] button[value=lightning]:enabled').click({ timeout: patience });
    await page.locator('a[href^="/assets/drafts/"]').first().click({ timeout: patience });
    await page.waitForURL('**/assets/drafts/*', { timeout: patience });
  }
  return settled(page);
}

// settled waits on a draft's page until it is in a block.
export async function settled(page) {
  const path = new URL(page.url()).pathname;
  const draft = await until(() => draftOf(page, path), ({ state }) => ['confirmed', 'failed', 'ended'].includes(state), path);
  assert.equal(draft.state, 'confirmed');
  await page.locator('[data-draft=confirmed]').waitFor({ timeout: patience }); // the page has seen it too
  return draft;
}

// holds is what somebody's list says of an asset; null for none of it.
export async function holds(page, id) {
  await page.goto('/assets/mine');
  await page.locator('[data-open]').click();
  await unlockWallet(page);
  const row = page.locator(`[data-holdings] [data-id="${id}"]`);
  await page.locator('[data-holds]').waitFor({ timeout: patience });
  return (await row.count()) === 0 ? null : row.locator('[data-units]').innerText();
}

// receives is the link that somebody shows to be sent units, once his wallet is open
// on the page of what he holds.
export async function receives(page) {
  await page.locator('[data-receive]').click();
  await page.locator('[data-receiving] .qr').waitFor({ timeout: patience });
  return page.locator('[data-receiving] [data-text]').innerText();
}

// opened fills in a form and has the wallet open for it.
export async function asked(page, values, unlock = unlockWallet) {
  for (const [name, value] of Object.entries(values)) await page.locator(`#asset-${name}`).fill(String(value));
  await page.locator('[data-go]:visible').click();
  await unlock(page);
}
