// Shops and their counters, for journeys.
import { patience, unlockWallet, until } from './backers.js';

// openShop opens a shop: the path of its desk.
export async function openShop(owner, name) {
  await owner.goto('/shop');
  await owner.locator('#name').fill(name);
  await owner.locator('#place').fill('Mill Lane 4');
  await owner.locator('.vou-start button[type=submit]').click();
  await owner.waitForURL('**/shop/*fresh=1');
  return new URL(owner.url()).pathname;
}

// issue makes vouchers in the owner's browser: their links, once a block has them.
// fill may fill in more of the form.
export async function issue(owner, desk, { name, good, count, fill = async () => {}, unlock = unlockWallet }) {
  await owner.goto(`${desk}/issue`);
  await owner.locator('#name').fill(name);
  await owner.locator('#good').fill(good);
  await owner.locator('#count').fill(String(count));
  await fill(owner);
  await owner.locator('[data-go]').click();
  await unlock(owner);
  const faucet = owner.locator('[data-do=faucet]');
  const agree = owner.locator('[data-do=agree-go]');
  await faucet.or(agree).first().waitFor({ timeout: patience });
  if (await faucet.isVisible()) await faucet.click();
  await agree.click({ timeout: patience });
  const rows = owner.locator('[data-code-rows] li');
  await rows.nth(count - 1).waitFor({ timeout: patience });
  const links = await rows.evaluateAll((list) => list.map(({ dataset }) => dataset.code));
  await owner.locator('[data-sure]').check();
  await owner.locator('[data-finish] button[type=submit]').click();
  await owner.waitForURL('**/series/*');
  await until(async () => {
    await owner.reload();
    return owner.locator('tbody .badge-soft.good').count();
  }, (n) => n >= Math.min(count, 1), 'the vouchers');
  return links;
}

// cashier is the link of a new cashier at a new counter.
export async function cashier(owner, desk, name) {
  await owner.goto(`${desk}/staff`);
  await owner.locator('#name').fill(`Cashier ${name}`);
  await owner.locator('#till').fill(name);
  await owner.locator('form.card button[type=submit]').click();
  return owner.locator('[data-link]').textContent();
}
