// What journeys of creators share: a campaign that is written and opened as a
// person does it.
import assert from 'node:assert/strict';
import { makeWallet } from './backers.js';

// write fills the form in, with an address of the page's wallet unless one is
// given, and resolves with the desk's path.
export async function write(page, { title, amount, blocks, address, story = 'We **walk** there.' }) {
  await page.goto('/campaigns/new');
  await page.locator('#title').fill(title);
  await page.locator('#story').fill(story);
  await page.locator('#risks').fill('Rain.');
  await page.locator('#payee-amount-0').fill(String(amount));
  if (address) {
    await page.locator('#payee-address-0').fill(address);
  } else {
    await page.locator('[data-from-wallet] button').first().click();
    await makeWallet(page);
    await page.waitForFunction(() => document.querySelector('#payee-address-0').value.startsWith('bcrt1'));
  }
  await page.locator('#blocks').fill(String(blocks));
  await page.locator('#name').fill('Ann');
  await page.locator('.write-end button').click();
  await page.waitForURL(/\/campaigns\/desk\/[0-9a-f]{32}/);
  return new URL(page.url()).pathname;
}

// open lets pledges in, and resolves with the campaign's ID.
export async function open(page, desk) {
  await page.goto(desk);
  await page.locator(`form[action="${desk}/open"] button`).click();
  await page.waitForURL(/done=opened/);
  const path = await page.locator('#share .hash').first().textContent();
  const [, id] = /\/campaigns\/([a-z2-7]{16})$/.exec(path.trim());
  return id;
}

// pass lets time pass on the desk, as far as a button says.
export async function pass(page, desk, to) {
  await page.goto(desk);
  await page.locator(`form[action="${desk}/time"] button[value=${to}]`).click();
  await page.waitForURL(/done=mined/);
}

// tipOf is the height that a desk was checked at.
export async function tipOf(page) {
  const text = await page.locator('.desk-head > p.soft').last().textContent();
  const height = Number(/[\d,]+/.exec(text)[0].replaceAll(',', ''));
  assert.ok(height > 0);
  return height;
}
