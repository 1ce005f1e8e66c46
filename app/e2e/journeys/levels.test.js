// Stretch levels and a matching sponsor: one signature for each sum a campaign may
// come to, made by the page at once; the money goes by the highest that is reached.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pledgeByWallet, patience, stateOf, until } from '../backers.js';
import { open, write } from '../campaigns.js';
import { launch, shoot, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// confirmed waits until a pledge counts.
const confirmed = (page, path) => until(() => stateOf(page, path), ({ state }) => state === 'confirmed', path);

// signedFor tells for which levels each pledge is signed, by its amount.
async function signedFor(page, id) {
  const { pledges } = await (await page.request.get(`/api/v1/campaigns/${id}/pledges`)).json();
  return Object.fromEntries(pledges.map((pledge) => [pledge.amount_sat, pledge.levels]));
}

// collect presses the creator's button and waits for the block.
async function collect(page) {
  await page.locator('.next input[name=sure]').check();
  await page.getByRole('button', { name: 'Collect the money' }).click();
  await page.waitForURL(/done=claimed/);
  await page.locator('.steps li', { hasText: 'In a block' }).and(page.locator('.done')).waitFor({ timeout: patience });
}

test('beyond the goal, with somebody who doubles it', async () => {
  const creator = await visit(browser);
  const path = await write(creator, { title: `Two bridges ${Math.random()}`, amount: 100_000, blocks: 2000 });
  await creator.goto(`${path}/edit`);
  await creator.locator('summary', { hasText: 'stretch levels' }).click();
  await creator.getByRole('button', { name: 'Add a level' }).click();
  await creator.locator('#level-title-0').fill('A second bridge');
  await creator.locator('#level-amount-0').fill('200000');
  await creator.locator('.write-end button').click();
  await creator.waitForURL((url) => url.pathname === path);
  const id = await open(creator, path);

  // One backer signs for the goal and for the level at once.
  const backer = await visit(browser, { viewport: { width: 360, height: 760 }, hasTouch: true });
  const first = await pledgeByWallet(backer, id, 110_000, { name: 'Mira' });
  await confirmed(backer, first);

  // The sponsor follows the creator's link, and signs for the level alone.
  await creator.goto(path);
  const link = await creator.locator('a[href*="match=1"]').first().getAttribute('href');
  const sponsor = await visit(browser, { locale: 'zh-CN' });
  const matching = await pledgeByWallet(sponsor, id, 120_000, { name: '赞助人', match: new URL(link, 'http://any').searchParams.get('match') });
  await confirmed(sponsor, matching);
  assert.deepEqual(await signedFor(sponsor, id), { 110_000: [0, 1], 120_000: [1] });
  await shoot(sponsor, 'pledge-matching');

  // Both together reach the level, and the money goes by it.
  await creator.goto(path);
  await creator.getByRole('button', { name: 'Collect the money' }).waitFor({ timeout: patience });
  await shoot(creator, 'desk-matched');
  await collect(creator);
  for (const [page, own] of [[backer, first], [sponsor, matching]]) {
    await until(() => stateOf(page, own), ({ state }) => state === 'taken', own);
  }
  for (const page of [creator, backer, sponsor]) {
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  }
});
