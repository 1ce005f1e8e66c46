// A transaction of its own: bought on a proof's page, paid from the sandbox, and
// found again in the proof; and money that came twice is there for the next.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, sha256, shoot, visit } from '../browser.js';

let browser;
let sandbox; // there is a payer of play money
before(async () => {
  browser = await launch();
  const page = await visit(browser);
  // It opens its channels in the first seconds.
  for (const until = Date.now() + 90000; Date.now() < until;) {
    await page.goto(await ordered(page, `a first one ${Math.random()}`));
    sandbox = await page.locator('form[data-play]').count() > 0;
    if (!sandbox || await page.locator('form[data-play] button[value=lightning]:enabled').count() > 0) break;
    await page.waitForTimeout(5000);
  }
  await page.context().close();
});
after(() => browser.close());

// ordered stamps something and asks for a transaction of its own, as the form
// of its page does; it gives the path of the checkout.
async function ordered(page, what) {
  const digest = sha256(what);
  await page.request.post('/stamp', { form: { digest } });
  const answer = await page.request.post(`/proof/${digest}/express`, { form: { form: 'plain' } });
  const path = new URL(answer.url()).pathname;
  assert.match(path, /^\/pay\/[0-9a-f]{32}$/, `a price was asked for, and the answer is ${answer.status()} ${answer.url()}`);
  return path;
}

for (const [locale, width, record] of [['en-GB', 1280, 'Public record (DOCPROOF)'], ['zh-CN', 360, 'DOCPROOF']]) {
  test(`from the proof to the receipt and back, ${locale}, ${width} px`, async (t) => {
    if (!sandbox) return t.skip('no sandbox payer here');
    const page = await visit(browser, { locale, viewport: { width, height: 800 } });
    const digest = sha256(`express ${Math.random()}`);
    await page.request.post('/stamp', { form: { digest } });
    await page.goto(`/proof/${digest}`);
    await page.locator('.steps li:last-child.done').waitFor({ timeout: 90000 }); // the page stands still from here
    const offer = page.locator('form[action$="/express"]:has(input[value=docproof])');
    await page.locator('details:has(form[action$="/express"]) > summary').click();
    await shoot(page, `express-offer-${locale.slice(0, 2)}-${width}`);
    await offer.locator('button').click();
    await page.waitForURL('**/pay/*');
    const bought = new URL(page.url()).pathname;
    await page.locator('form[data-play] button[value=lightning]').click();
    await page.locator('.receipt').waitFor();

    // The receipt leads back to the proof, which has it in a block soon.
    await page.locator(`main a[href^="/proof/${digest}"]`).first().click();
    await page.waitForURL(`**/proof/${digest}*`);
    const ots = async () => (await page.request.get(`/proof/${digest}.ots`)).body();
    for (const until = Date.now() + 60000; !(await ots()).includes('DOCPROOF') && Date.now() < until;) await page.waitForTimeout(500);
    assert.ok((await ots()).includes('DOCPROOF'), 'the proof leads through the record');
    await page.reload();
    await page.locator('main details').evaluateAll((folds) => folds.forEach((fold) => { fold.open = true; }));
    await shoot(page, `express-proof-${locale.slice(0, 2)}-${width}`);
    assert.ok((await page.locator('main').textContent()).includes(record), 'the page says so');

    // It was delivered, once, and is not sold twice.
    const state = await (await page.request.get(bought, { headers: { accept: 'application/json' } })).json();
    assert.equal(state.state, 'used');
    const again = await page.request.post(`/proof/${digest}/express`, { form: { form: 'docproof' } });
    assert.equal(new URL(again.url()).pathname, `/proof/${digest}`);
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}

test('what came twice is credit, and pays for the next', async (t) => {
  if (!sandbox) return t.skip('no sandbox payer here');
  const page = await visit(browser);
  let credited = false;
  for (let i = 0; i < 3 && !credited; i++) {
    const path = await ordered(page, `twice ${Math.random()}`);
    await Promise.all(['lightning', 'chain'].map((way) => page.request.post(`${path}/sandbox`, { form: { way } })));
    for (const until = Date.now() + 30000; Date.now() < until && !credited; await page.waitForTimeout(500)) {
      const state = await (await page.request.get(path, { headers: { accept: 'application/json' } })).json();
      credited = state.received_msat === 2 * state.price_msat;
      if (state.state === 'used' && state.arriving_msat === 0 && !credited) break; // one was quicker: no race
    }
  }
  assert.ok(credited, 'both ways were taken');
  const path = await ordered(page, `from credit ${Math.random()}`);
  await page.goto(path);
  await page.locator(`form[action="${path}/credit"] button`).click();
  await page.locator('.receipt').waitFor();
  await shoot(page, 'express-from-credit');
  const state = await (await page.request.get(path, { headers: { accept: 'application/json' } })).json();
  assert.equal(state.received_msat, state.price_msat);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
