// Counters of shops, for journeys.
import { unlockWallet, until } from './backers.js';
import { payByLightning, saved } from './issuing.js';

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
  await payByLightning(owner);
  const links = await owner.locator('[data-code-rows] li').evaluateAll((list) => list.map(({ dataset }) => `${location.origin}/v#${dataset.code}`));
  const series = await saved(owner);
  await until(async () => {
    await owner.reload();
    return owner.locator('tbody .badge-soft.good').count();
  }, (n) => n > 0, 'the vouchers');
  return { links, series };
}

// cashier is the link of a new cashier at a new counter.
export async function cashier(owner, desk, name) {
  await owner.goto(`${desk}/staff`);
  await owner.locator('#name').fill(`Cashier ${name}`);
  await owner.locator('#till').fill(name);
  await owner.locator('form.card button[type=submit]').click();
  return owner.locator('[data-link]').textContent();
}
