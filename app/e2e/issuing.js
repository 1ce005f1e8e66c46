// What journeys of shops share: making vouchers in the browser.
import { patience, unlockWallet } from './backers.js';

// payByLightning agrees to what making vouchers costs, has the sandbox pay it, comes
// back, and has the wallet show the codes: by a shop that owns no coin.
export async function payByLightning(page) {
  await page.locator('[data-do=agree-pay]').click({ timeout: patience });
  await page.waitForURL('**/pay/*', { timeout: patience });
  await page.locator('form[data-play] button[value=lightning]:enabled').click({ timeout: patience });
  await page.locator('a[href$="/issue"]').first().click({ timeout: patience });
  await page.waitForURL('**/issue', { timeout: patience });
  await page.locator('[data-do=show]').click({ timeout: patience });
  await unlockWallet(page);
  await page.locator('[data-code-rows] li').first().waitFor({ timeout: patience });
}

// linksOf copies all links of the codes that are shown.
export async function linksOf(page) {
  await page.locator('[data-copy-all]').click();
  return (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
}

// saved says that they are, and gives the path of the series.
export async function saved(page) {
  await page.locator('[data-sure]').check();
  await page.locator('[data-finish] button[type=submit]').click();
  await page.waitForURL('**/series/*');
  return new URL(page.url()).pathname;
}

// openShop opens one, and gives the path of its desk.
export async function openShop(page, name) {
  await page.goto('/shop');
  await page.locator('#name').fill(name);
  await page.locator('#place').fill('Mill Lane 4');
  await page.locator('.vou-start button[type=submit]').click();
  await page.waitForURL('**/shop/*fresh=1');
  return new URL(page.url()).pathname;
}
