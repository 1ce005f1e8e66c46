// Paying: the code says what the copy button says, a payment shows at once, and
// everything that can happen to a price has its page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, launch, sha256, shoot, visit } from '../browser.js';

let browser;
let phone; // a page that reads codes
let sandbox; // there is a payer of play money
before(async () => {
  browser = await launch();
  phone = await (await browser.newContext()).newPage();
  await phone.addScriptTag({ path: new URL('../node_modules/jsqr/dist/jsQR.js', import.meta.url).pathname });
  const page = await visit(browser);
  const path = await quoted(page);
  // It opens its channels in the first seconds.
  for (const until = Date.now() + 90000; Date.now() < until;) {
    await page.goto(path);
    sandbox = await page.locator('form[data-play]').count() > 0;
    if (!sandbox || await page.locator('form[data-play] button[value=lightning]:enabled').count() > 0) break;
    await page.waitForTimeout(1000);
  }
  await page.context().close();
});
after(() => browser.close());

// quoted asks for the price of an own transaction for a new document, as the
// proof page's form does, and gives the path of its checkout.
async function quoted(page) {
  const digest = sha256(`checkout ${Math.random()}`);
  await page.request.post('/stamp', { form: { digest } });
  const answer = await page.request.post(`/proof/${digest}/express`, { form: { form: 'plain' } });
  const path = new URL(answer.url()).pathname;
  assert.match(path, /^\/pay\/[0-9a-f]{32}$/, `a price was asked for, and the answer is ${answer.status()} ${answer.url()}`);
  return path;
}

// scanned is what a phone reads off the page as it is seen.
async function scanned(page) {
  const png = await page.locator('.pay-code').screenshot();
  return phone.evaluate(async (url) => {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return window.jsQR(data, width, height, { inversionAttempts: 'dontInvert' })?.data;
  }, `data:image/png;base64,${png.toString('base64')}`);
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [360, 1280]) {
    test(`the code says what is copied, ${colorScheme}, ${width} px`, async () => {
      const page = await visit(browser, { colorScheme, viewport: { width, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] });
      const path = await quoted(page);
      for (const [query, begins] of [['', /^bitcoin:BCRT1/], ['?only=lightning', /^LIGHTNING:LNBCRT/], ['?only=chain', /^bitcoin:BCRT1[^&]*$/]]) {
        await page.goto(path + query);
        await page.locator('.pay-code .btn').click();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        assert.match(copied, begins);
        assert.equal(await scanned(page), copied);
        assert.equal((await page.locator('.pay-what a.btn:not(.quiet)').getAttribute('href')).toLowerCase(), copied.toLowerCase());
      }
      assert.deepEqual(page.troubles, []);
      await page.context().close();
    });
  }
}

test('the price counts down by the server’s clock', async () => {
  const page = await visit(browser);
  await page.clock.install({ time: Date.now() + 3600e3 }); // this one is an hour wrong
  const path = await quoted(page);
  await page.goto(path);
  const count = page.locator('[data-count-down]');
  const seconds = async () => {
    const [, m, s] = /(\d+):(\d\d)/.exec(await count.textContent());
    return Number(m) * 60 + Number(s);
  };
  const state = await (await page.request.get(path, { headers: { accept: 'application/json' } })).json();
  const left = (new Date(state.expires_at) - Date.now()) / 1000;
  assert.ok(Math.abs(await seconds() - left) < 5, `${await seconds()} s are shown, ${left} s are left`);
  const before = await seconds();
  await page.clock.fastForward(3000);
  assert.ok(await seconds() < before);
  await page.clock.fastForward((await seconds() - 30) * 1000);
  assert.match(await page.locator('[data-soon]').textContent(), /one more minute/);
  await page.context().close();
});

test('a wallet of the browser is offered where there is one', async () => {
  const page = await visit(browser);
  await page.addInitScript(() => {
    window.paid = [];
    window.webln = { enable: async () => {}, sendPayment: async (invoice) => { window.paid.push(invoice); if (window.paid.length === 1) throw new Error('no'); } };
  });
  const path = await quoted(page);
  await page.goto(path);
  const state = await (await page.request.get(path, { headers: { accept: 'application/json' } })).json();
  await page.locator('[data-webln]').click();
  await page.getByRole('alert').getByText('The wallet did not pay').waitFor();
  await page.locator('[data-webln]').click();
  await page.waitForFunction(() => window.paid.length === 2);
  assert.equal(await page.evaluate(() => window.paid[1]), state.invoice);
  assert.ok(await page.locator('[data-trouble]').isHidden());
  await page.context().close();

  const other = await visit(browser);
  await other.goto(path);
  assert.ok(await other.locator('[data-webln]').isHidden());
  await other.context().close();
});

test('pay from the sandbox, and see the receipt at once', async (t) => {
  if (!sandbox) return t.skip('no sandbox payer here');
  for (const [locale, width] of [['en-GB', 1280], ['zh-CN', 360]]) {
    const page = await visit(browser, { locale, viewport: { width, height: 800 } });
    const path = await quoted(page);
    await page.goto(path);
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {}); // its stream stays open
    const settled = page.waitForResponse(`**${path}/sandbox`).then(() => Date.now());
    await page.locator('form[data-play] button[value=lightning]').click();
    await page.locator('.receipt').waitFor();
    const took = Date.now() - await settled; // negative: the page knew before the payer
    t.diagnostic(`the receipt was there ${took} ms after the payer had been told`);
    assert.ok(took < 2000, `${took} ms`);
    await page.waitForFunction(() => /^(Receipt|收据) · Cairn$/.test(document.title));
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'the focus is on what is new');
    await shoot(page, `receipt-${locale.slice(0, 2)}-${width}`);
    assert.equal(page.url(), base + path, 'the page stays');

    const receipt = await (await page.request.get(`${path}/receipt.json`)).json();
    assert.equal(sha256(Buffer.from(receipt.preimage, 'hex')), receipt.payment_hash);
    const text = await (await page.request.get(`${path}/receipt.txt`)).text();
    assert.ok(text.includes(receipt.preimage));
    assert.ok(await page.getByText(receipt.preimage).isVisible());

    // Whoever is sent the page does not see the proof.
    const friend = await visit(browser);
    await friend.goto(path);
    await friend.locator('.receipt').waitFor();
    assert.ok(!(await friend.content()).includes(receipt.preimage));
    await friend.context().close();

    // A closed tab loses nothing.
    await page.goto('/purchases');
    await page.locator(`a[href="${path}"]`).click();
    await page.locator('.receipt').waitFor();
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  }
});

test('pay without scripts', async (t) => {
  if (!sandbox) return t.skip('no sandbox payer here');
  const page = await visit(browser, { javaScriptEnabled: false });
  const path = await quoted(page);
  await page.goto(path);
  assert.equal(await page.locator('noscript meta[http-equiv=refresh]').count(), 1);
  await page.getByRole('link', { name: 'Lightning only' }).click();
  await page.waitForURL('**?only=lightning');
  await page.getByText('Details').click();
  await page.locator('form[data-play] button[value=lightning]').click();
  await page.locator('.receipt').waitFor();
  await page.context().close();
});

test('pay on chain, and watch it confirm', async (t) => {
  if (!sandbox) return t.skip('no sandbox payer here');
  const page = await visit(browser);
  const path = await quoted(page);
  await page.goto(path);
  const chain = page.locator('form[data-play] button[value=chain]');
  if (await chain.count() === 0) return t.skip('the price is too small for the chain');
  await chain.click();
  await page.locator('.verdict').waitFor({ timeout: 60000 });
  await page.locator('.receipt').waitFor({ timeout: 90000 });
  const receipt = await (await page.request.get(`${path}/receipt.json`)).json();
  assert.equal(receipt.payments[0].way, 'chain');
  assert.equal(receipt.preimage, undefined);
  await page.context().close();
});
