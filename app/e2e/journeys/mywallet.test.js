// The wallet's page, as somebody uses it who has never owned a coin: made, paid to,
// paid from, locked, lost and found again.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { launch, shoot, visit } from '../browser.js';

const passphrase = 'correct horse';
const patience = 60_000; // ms until a block

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const dialog = (page) => page.locator('dialog.purse');
const step = (page, name) => page.locator(`dialog.purse form[data-step=${name}]`);

// wordsShown reads the words off the list.
const wordsShown = (page) => step(page, 'words').locator('[data-words] li').allTextContents();

// type fills in the words asked for.
async function typeAsked(page, words) {
  for (const field of await step(page, 'ask').locator('[data-ask]').all()) {
    const position = Number(await field.locator('[data-position]').textContent());
    await field.locator('input').fill(words[position - 1]);
  }
}

// create makes a wallet on a fresh page and gives its words.
async function create(page) {
  await page.goto('/wallet');
  await page.locator('[data-open=create]').click();
  await step(page, 'create').locator('[name=passphrase]').fill(passphrase);
  await step(page, 'create').locator('button[type=submit]').click();
  await step(page, 'words').waitFor();
  const words = await wordsShown(page);
  await step(page, 'words').locator('button[type=submit]').click();
  await typeAsked(page, words);
  await step(page, 'ask').locator('button[value=done]').click();
  await opened(page);
  return words;
}

const opened = (page) => page.locator('[data-when=open]').waitFor();

// paid has the faucet pay the wallet, and waits for the block.
async function paid(page, value) {
  const coins = await page.locator('[data-coins] li').count();
  await panel(page, 'receive');
  await page.locator(`form[data-faucet] button[value="${value}"]`).click();
  await page.locator('[data-coins] li').nth(coins).waitFor();
  await page.waitForFunction(() => !Array.from(document.querySelectorAll('[data-coins] [data-state]')).some((e) => e.textContent === 'on the way' || e.textContent === '在路上'), undefined, { timeout: patience });
}

async function panel(page, name) {
  const button = page.locator(`[data-panel=${name}]`);
  if (await button.getAttribute('aria-expanded') === 'false') await button.click();
  await page.locator(`[data-for=${name}]`).waitFor();
  if (name === 'receive') await page.locator('[data-for=receive] .qr').waitFor();
}

const address = (page) => page.locator('[data-for=receive] [data-text]').textContent();
const free = async (page) => Number((await page.locator('[data-free]').first().textContent()).replace(/\D/g, ''));

async function unlock(page, with_ = passphrase) {
  await page.locator('[data-when=locked] [data-open]').click();
  await step(page, 'unlock').locator('[name=passphrase]').fill(with_);
  await step(page, 'unlock').locator('button[type=submit]').click();
}

async function looks(page, name) {
  await shoot(page, name);
  const found = await new AxeBuilder({ page }).setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), [], name);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${name} scrolls sideways`);
}

test('made, paid to, paid from, locked, lost and found', async () => {
  const page = await visit(browser);
  const words = await create(page);
  assert.equal(words.length, 12);

  // A coin is seen before its block, and then confirmed.
  await panel(page, 'receive');
  const first = await address(page);
  assert.match(first, /^bcrt1p/);
  await page.locator('form[data-faucet] button[value="1000000"]').click();
  await page.locator('[data-coins] li').first().waitFor();
  await page.locator('[data-coins] [data-state]', { hasText: 'yours' }).waitFor({ timeout: patience });
  assert.equal(await free(page), 1_000_000);
  assert.match(await page.locator('[data-history] li').first().textContent(), /\+1,000,000 sat/);

  // The next address is another one; one that nobody paid to is offered again.
  await page.locator('[data-panel=receive]').click();
  await panel(page, 'receive');
  const second = await address(page);
  assert.notEqual(second, first);
  await page.locator('#purse-label').fill('rent');
  await page.locator('form[data-new-address] button').click();
  await page.waitForFunction((old) => document.querySelector('[data-for=receive] [data-text]').textContent !== old, second);
  const rent = await address(page);

  // Somebody else, in another browser.
  const other = await visit(browser, { locale: 'zh-CN', viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  await create(other);
  await panel(other, 'receive');
  const to = await address(other);

  // What makes no sense is said, and nothing is sent.
  await panel(page, 'send');
  const form = page.locator('form[data-payment]');
  const wrong = form.locator('[data-wrong]');
  await form.locator('[name=to]').fill('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'); // another network's
  await form.locator('[name=amount]').fill('1000');
  await form.locator('button[type=submit]').click();
  await wrong.filter({ hasText: 'no address of this network' }).waitFor();
  await form.locator('[name=to]').fill(to);
  await form.locator('[name=amount]').fill('0.5');
  await form.locator('button[type=submit]').click();
  await wrong.filter({ hasText: 'whole number' }).waitFor();
  await form.locator('[name=amount]').fill('2,000,000');
  await form.locator('button[type=submit]').click();
  await wrong.filter({ hasText: 'too little' }).waitFor();

  // A payment link fills the form.
  await form.locator('[name=to]').fill(`bitcoin:${to}?amount=0.0025&label=A%20tree`);
  await form.locator('[name=amount]').focus();
  assert.equal(await form.locator('[name=to]').inputValue(), to);
  assert.equal(await form.locator('[name=amount]').inputValue(), '250,000');
  await form.locator('[name=fee][value=slow]').check();
  await looks(page, 'mywallet-send-en');
  await form.locator('button[type=submit]').click();
  const review = page.locator('form[data-review]');
  assert.equal(await review.locator('[data-to]').textContent(), to);
  assert.equal(await review.locator('[data-value]').textContent(), '250,000 sat');
  await looks(page, 'mywallet-review-en');
  await review.locator('button[type=submit]').click();
  await page.locator('[data-sent]').waitFor();
  await other.locator('[data-coins] li').first().waitFor();
  await other.locator('[data-coins] [data-state]', { hasText: '可用' }).waitFor({ timeout: patience });
  assert.equal(await free(other), 250_000);
  await page.locator('[data-history] li', { hasText: 'A tree' }).filter({ hasText: 'in block' }).waitFor({ timeout: patience });
  const left = await free(page);
  assert.ok(left > 749_000 && left < 750_000, `${left} are left`);

  // A coin set aside is not spent.
  await page.locator('[data-coins] [data-hold]').first().click();
  await page.locator('[data-coins] [data-state]', { hasText: 'set aside' }).waitFor();
  assert.equal(await free(page), 0);
  await page.locator('[data-coins] [data-free]').first().click();
  await page.locator('[data-coins] [data-state]', { hasText: 'yours' }).waitFor();

  // Words once more only after the passphrase; a file, and labels.
  const fold = (text) => page.locator('summary', { hasText: text });
  await fold('Show the backup words').click();
  const again = page.locator('form[data-show-words]');
  await again.locator('[name=passphrase]').fill('wrong horse');
  await again.locator('button[type=submit]').click();
  await again.locator('[data-wrong]', { hasText: 'not the passphrase' }).waitFor();
  await again.locator('[name=passphrase]').fill(passphrase);
  await again.locator('button[type=submit]').click();
  await again.locator('[data-words] li').first().waitFor();
  assert.deepEqual(await again.locator('[data-words] li').allTextContents(), words);
  await fold('Show the backup words').click();
  assert.equal(await again.locator('[data-words] li').count(), 0);
  const download = async (selector) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator(selector).click()]);
    return readFile(await file.path());
  };
  await fold('Save the wallet file').click();
  const saved = await download('[data-save-file]');
  assert.ok(!words.some((word) => saved.includes(` ${word} `)), 'no word stands in the file');
  await fold('Notes for other wallets').click();
  const labels = (await download('[data-save-labels]')).toString();
  assert.ok(labels.split('\n').filter(Boolean).map(JSON.parse).some(({ type, ref, label }) => type === 'addr' && ref === rent && label === 'rent'), labels);
  await page.locator('#purse-labels').setInputFiles({ name: 'labels.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(`${JSON.stringify({ type: 'addr', ref: rent, label: 'the new rent' })}\n`) });
  await page.locator('form[data-labels] button[type=submit]').click();
  await page.locator('form[data-labels] [data-say]', { hasText: 'Notes read: 1' }).waitFor();
  assert.ok((await download('[data-save-labels]')).includes('the new rent'));
  await looks(page, 'mywallet-open-en');

  // Locked here is locked in every page of it.
  const twin = await page.context().newPage();
  await twin.goto('/wallet');
  await unlock(twin);
  await opened(twin);
  await page.locator('[data-lock]').click();
  await page.locator('[data-when=locked]').waitFor();
  await twin.locator('[data-when=locked]').waitFor();
  assert.equal(await page.locator('[data-coins] li').count(), 0);
  await twin.close();
  await unlock(page, 'wrong horse');
  await step(page, 'unlock').locator('[data-wrong]', { hasText: 'not the passphrase' }).waitFor();
  await looks(page, 'mywallet-unlock-en');
  await step(page, 'unlock').locator('a').click(); // forgotten?
  await page.locator('#forgotten form[data-remove]').waitFor();
  await unlock(page);
  await opened(page);
  await page.waitForFunction((sum) => Number(document.querySelector('[data-free]').textContent.replace(/\D/g, '')) === sum, left);

  // Found again in another browser, from the words alone.
  const found = await visit(browser);
  await found.goto('/wallet');
  await found.locator('[data-open=restore]').click();
  const restore = step(found, 'restore');
  await restore.locator('[name=words]').fill('abandon '.repeat(12)); // a checksum that does not hold
  await restore.locator('[name=passphrase]').fill('another horse');
  await restore.locator('button[type=submit]').click();
  await restore.locator('[data-wrong]:not([hidden])').waitFor();
  await restore.locator('[name=words]').fill(` ${words.join('  ').toUpperCase()}\n`);
  await restore.locator('button[type=submit]').click();
  await opened(found);
  await found.waitForFunction((sum) => Number(document.querySelector('[data-free]').textContent.replace(/\D/g, '')) === sum, left);
  assert.equal(await found.locator('[data-history] li').count(), 2);
  // It never gives an address out again.
  await panel(found, 'receive');
  assert.notEqual(await address(found), first);

  // Everything is sent back from there.
  await panel(found, 'send');
  await found.locator('form[data-payment] [name=to]').fill(to);
  await found.locator('form[data-payment] [name=all]').check();
  await found.locator('form[data-payment] button[type=submit]').click();
  await found.locator('form[data-review] button[type=submit]').click();
  await found.locator('[data-sent]').waitFor();
  await found.waitForFunction(() => document.querySelectorAll('[data-coins] li').length === 0);
  await page.waitForFunction(() => document.querySelectorAll('[data-coins] li').length === 0);
  await other.locator('[data-coins] li').nth(1).waitFor();
  await looks(other, 'mywallet-open-zh-360');

  // And from the file, in a third.
  const third = await visit(browser);
  await third.goto('/wallet');
  await third.locator('[data-open=file]').click();
  await step(third, 'file').locator('[name=file]').setInputFiles({ name: 'wallet.json', mimeType: 'application/json', buffer: saved });
  await step(third, 'file').locator('[name=passphrase]').fill(passphrase);
  await step(third, 'file').locator('button[type=submit]').click();
  await opened(third);
  await third.locator('[data-history] li', { hasText: 'A tree' }).waitFor();

  for (const one of [page, other, found, third]) {
    assert.deepEqual(one.troubles, []);
    await one.context().close();
  }
});

test('a payment in a hurry is made faster', async (t) => {
  const page = await visit(browser);
  await create(page);
  await paid(page, 1_000_000);
  await panel(page, 'receive');
  const own = await address(page);
  await panel(page, 'send');
  const form = page.locator('form[data-payment]');
  await form.locator('[name=to]').fill(own);
  await form.locator('[name=amount]').fill('300000');
  await form.locator('[name=fee][value=slow]').check();
  await form.locator('button[type=submit]').click();
  await page.locator('form[data-review] button[type=submit]').click();
  await page.locator('[data-sent]').waitFor();
  const entry = page.locator('[data-history] li').first();
  const before = await entry.getAttribute('data-txid');
  await entry.locator('summary').click();
  try {
    await entry.locator('[data-faster] button').click({ timeout: 3_000 });
  } catch {
    return t.skip('a block was quicker');
  }
  await page.waitForFunction((old) => !document.querySelector(`[data-history] li[data-txid="${old}"]`) && document.querySelectorAll('[data-history] li').length === 2, before)
    .catch(async () => assert.fail(`both are there, or: ${await entry.locator('[data-wrong]').textContent()}`));
  await page.locator('[data-history] li').first().filter({ hasText: 'in block' }).waitFor({ timeout: patience });
  assert.equal(await page.locator('[data-coins] li').count(), 2);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('who leaves before the words were written down sees them again', async () => {
  const page = await visit(browser);
  await page.goto('/wallet');
  await page.locator('[data-open=create]').click();
  await step(page, 'create').locator('[name=passphrase]').fill('short');
  await step(page, 'create').locator('button[type=submit]').click();
  assert.ok(await dialog(page).isVisible(), 'too short a passphrase goes no further');
  await step(page, 'create').locator('[name=passphrase]').fill(passphrase);
  await step(page, 'create').locator('button[type=submit]').click();
  await step(page, 'words').waitFor();
  const words = await wordsShown(page);
  await looks(page, 'mywallet-words-en');
  await page.keyboard.press('Escape');
  await page.locator('[data-when=locked]').waitFor();
  await unlock(page);
  await step(page, 'words').waitFor();
  assert.deepEqual(await wordsShown(page), words);
  await step(page, 'words').locator('button[type=submit]').click();
  for (const field of await step(page, 'ask').locator('input').all()) await field.fill('zebra');
  await step(page, 'ask').locator('button[value=done]').click();
  await step(page, 'ask').locator('[data-wrong]:not([hidden])').waitFor();
  await looks(page, 'mywallet-ask-en');
  await step(page, 'ask').locator('button[value=again]').click();
  await step(page, 'words').locator('button[type=submit]').click();
  await typeAsked(page, words);
  await step(page, 'ask').locator('button[value=done]').click();
  await opened(page);

  // Removed, it is gone from here.
  await page.locator('summary', { hasText: 'Remove the wallet' }).click();
  await page.locator('#purse-remove-open').check();
  await page.locator('form[data-remove]').last().locator('button').click();
  await page.locator('[data-when=none]').waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('a wallet that nobody uses locks itself', async () => {
  const page = await visit(browser);
  await page.clock.install();
  await create(page);
  await page.clock.fastForward('09:00');
  await page.keyboard.press('Tab'); // somebody is there
  await page.clock.fastForward('09:00');
  assert.ok(await page.locator('[data-when=open]').isVisible(), 'it is in use');
  await page.clock.fastForward('02:00');
  await page.locator('[data-when=locked]').waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  for (const locale of ['en-GB', 'zh-CN']) {
    for (const width of [360, 1280]) {
      test(`all of it, ${colorScheme}, ${locale}, ${width} px`, async () => {
        const page = await visit(browser, { colorScheme, locale, viewport: { width, height: 800 }, reducedMotion: 'reduce' });
        const guise = `${locale.slice(0, 2)}-${colorScheme}-${width}`;
        await create(page);
        await paid(page, 100_000);
        for (const fold of await page.locator('main summary').all()) if (await fold.isVisible()) await fold.click();
        await looks(page, `mywallet-receive-${guise}`);
        await panel(page, 'send');
        await looks(page, `mywallet-send-${guise}`);
        const small = await page.evaluate(() => Array.from(document.querySelectorAll('main a, main button, main summary, main input:not([type=hidden])'))
          .filter((e) => e.checkVisibility())
          .map((e) => (e.matches('[type=radio], [type=checkbox]') && e.closest('label')) || e)
          .filter((e) => e.getBoundingClientRect().height < 44).map((e) => `${e.tagName} ${e.textContent.trim()}`));
        assert.deepEqual(small, []);
        await page.locator('[data-lock]').click();
        await page.locator('[data-when=locked] [data-open]').click();
        await step(page, 'unlock').waitFor();
        await looks(page, `mywallet-unlock-${guise}`);
        assert.deepEqual(page.troubles, []);
        await page.context().close();
      });
    }
  }
}

test('without JavaScript the page says what it is', async () => {
  const page = await visit(browser, { javaScriptEnabled: false });
  await page.goto('/wallet');
  assert.match(await page.locator('main').textContent(), /The wallet needs JavaScript/);
  assert.equal(await page.locator('main button:visible').count(), 0);
  await page.context().close();
});
