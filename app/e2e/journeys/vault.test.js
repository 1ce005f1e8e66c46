// A vault: made with a passkey, filled, shared, left, entered again, recovered
// after the passkey was lost, and gone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { launch, sha256, shoot, visit } from '../browser.js';
import { authenticator, createVault, named } from '../passkeys.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// stampAs stamps a file of a name in the page and opens its proof.
async function stampAs(page, name) {
  const buffer = Buffer.from(`${name} ${Math.random()}`);
  await page.goto(`${named}/`);
  await page.setInputFiles('input[type=file]:not([webkitdirectory])', { name, mimeType: 'text/plain', buffer });
  const digest = sha256(buffer);
  await page.waitForURL(`**/proof/${digest}`);
  return digest;
}

test('a vault from its making to its end', async (t) => {
  const page = await visit(browser, { baseURL: named });
  const key = await authenticator(page);
  // The key answers at once, so its suggestion would be taken before a click.
  await page.addInitScript(() => {
    if (sessionStorage.getItem('no-suggestions')) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  let shared;
  let code;

  await t.test('one tap makes it', async () => {
    await createVault(page, 'Ada');
    assert.equal(await page.locator('h1').textContent(), 'Ada');
    assert.equal(await key.count(), 1);
    await page.locator('text=only a recovery code lets you in').waitFor();
  });

  await t.test('a proof is kept with its name, in a group', async () => {
    const digest = await stampAs(page, 'rental-contract.txt');
    await page.locator(`a[href="/vault/add?digest=${digest}"]`).click();
    const field = page.locator('textarea[name=list]');
    await page.waitForFunction(() => document.querySelector('textarea[name=list]').value.includes('rental-contract.txt'));
    assert.equal(await field.inputValue(), `${digest}  rental-contract.txt`);
    await page.locator('input[name=new-group]').fill('Rental');
    await page.locator('form[data-keep] button[type=submit]').click();
    await page.waitForURL('**/vault?added=1');
    await page.locator('.kept .name', { hasText: 'rental-contract.txt' }).click();
    await page.locator('#name').fill('The lease');
    await page.locator('#note').fill('signed in Bern');
    await page.locator('main form.stack button').click();
    await page.locator('.vault-tools input[type=search]').fill('bern');
    await page.keyboard.press('Enter');
    await page.locator('.kept .name', { hasText: 'The lease' }).waitFor();
  });

  await t.test('what the browser remembers goes in at once', async () => {
    await stampAs(page, 'north-ridge.txt');
    await page.goto(`${named}/vault/add`);
    await page.locator('[data-remembered] button').click();
    await page.locator('form[data-keep] button[type=submit]').click();
    await page.locator('.kept .name', { hasText: 'north-ridge.txt' }).waitFor();
    assert.equal(await page.locator('.kept li').count(), 2);
    await page.locator('.kept li', { hasText: 'north-ridge.txt' }).locator('input[type=checkbox]').check();
    await page.locator('.bulk select').selectOption({ label: 'Rental' });
    await page.locator('.bulk button[value=move]').click();
    await page.locator('.chip', { hasText: 'Rental' }).click();
    assert.equal(await page.locator('.kept li').count(), 2);
  });

  await t.test('a link shows the group to somebody without a vault', async () => {
    await page.locator('form[action="/vault/share"] button').first().click();
    shared = await page.locator('[data-link]').textContent();
    const guest = await visit(browser);
    await guest.goto(shared);
    assert.equal(await guest.locator('h1').textContent(), 'Rental');
    await guest.locator('.kept .name', { hasText: 'The lease' }).waitFor();
    assert.equal(await guest.locator('text=signed in Bern').count(), 0);
    const [download] = await Promise.all([guest.waitForEvent('download'), guest.locator('a[href$="/proofs.zip"]').click()]);
    assert.equal(download.suggestedFilename(), 'proofs.zip');
    await guest.locator('a.name', { hasText: 'The lease' }).click();
    await guest.locator('h1.say').waitFor();
    assert.deepEqual(guest.troubles, []);
    await guest.context().close();
  });

  await t.test('a webhook into a private network is refused', async () => {
    await page.goto(`${named}/webhooks`);
    for (const address of ['https://192.168.1.1/hook', 'https://127.0.0.1/', 'https://localhost/']) {
      await page.locator('#url').fill(address);
      await page.locator('form[action="/webhooks"] button').click();
      await page.locator('#url-error', { hasText: 'private network' }).waitFor();
      assert.equal(await page.locator('#url').inputValue(), address);
    }
    page.troubles = page.troubles.filter((trouble) => !/status of 422/.test(trouble));
  });

  await t.test('signing out, and in again with the passkey', async () => {
    await page.goto(`${named}/account`);
    await page.evaluate(() => sessionStorage.setItem('no-suggestions', 'yes'));
    await page.locator('form[action="/account/leave"] button').click();
    await page.locator('form[data-passkey=enter]').waitFor();
    await page.goto(`${named}/vault?q=lease`);
    await page.waitForURL('**/account?next=*');
    await page.locator('form[data-passkey=enter] button').click();
    await page.waitForURL('**/vault?q=lease');
    await page.locator('.kept .name', { hasText: 'The lease' }).waitFor();
    await page.evaluate(() => sessionStorage.clear());
  });

  await t.test('the field suggests the passkey, without a button', async () => {
    await page.goto(`${named}/account`);
    await page.locator('form[action="/account/leave-everywhere"] button').click();
    await page.waitForURL('**/vault');
    await page.locator('.kept .name', { hasText: 'The lease' }).waitFor();
  });

  await t.test('a recovery code, once, after the passkey is lost', async () => {
    await page.goto(`${named}/account`);
    await page.locator('form[action="/account/recovery"] button').click();
    code = await page.locator('[data-recovery-code]').textContent();
    assert.match(code, /^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/);
    await shoot(page, 'recovery');
    await key.lose();
    await page.context().clearCookies();
    await page.goto(`${named}/account`);
    await page.locator('summary', { hasText: 'Lost your passkeys?' }).click();
    await page.locator('#code').fill(code.toLowerCase().replaceAll('-', ' '));
    await page.locator('form[action="/account/recover"] button').click();
    await page.locator('form[data-passkey=add] input[name=name]').fill('New phone');
    await page.locator('form[data-passkey=add] button').click();
    await page.locator('.rows b', { hasText: 'New phone' }).waitFor();
    assert.equal(await key.count(), 1);
    const again = await visit(browser, { baseURL: named });
    const answer = await again.request.post('/account/recover', { form: { code } });
    assert.equal(answer.status(), 422);
    await again.context().close();
  });

  await t.test('a link that is taken back', async () => {
    await page.goto(`${named}/vault/links`);
    await page.locator('form[action="/vault/unshare"] button').first().click();
    await page.locator('.empty').waitFor();
    assert.equal((await page.request.get(shared)).status(), 404);
  });

  await t.test('deleting it', async () => {
    await page.goto(`${named}/account`);
    await page.locator('summary', { hasText: 'Delete the vault' }).click();
    await page.locator('form[action="/account/delete"] button').click();
    await page.waitForURL(`${named}/`);
    await page.goto(`${named}/vault`);
    await page.locator('form[data-passkey=enter] button').click();
    await page.locator('[data-say]', { hasText: 'No vault here belongs to this passkey.' }).waitFor();
    page.troubles = page.troubles.filter((trouble) => !/status of 422/.test(trouble));
  });

  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('without passkeys the page says what to do', async () => {
  const page = await visit(browser);
  await page.goto('/account');
  if (new URL(page.url()).hostname === '127.0.0.1') {
    assert.equal(await page.locator('.notice a').getAttribute('href'), `${named}/account`);
    assert.equal(await page.locator('form[data-passkey=create] button').isDisabled(), true);
  }
  const plain = await visit(browser, { baseURL: named, javaScriptEnabled: false });
  await plain.goto('/account');
  await plain.locator('noscript p').first().waitFor();
  assert.match(await plain.locator('noscript p').first().textContent(), /Passkeys need JavaScript/);
  assert.equal(await plain.locator('form[data-passkey=create]').isVisible(), false);
  await page.context().close();
  await plain.context().close();
});

// What a client of OpenTimestamps got from the calendar is only known to the
// calendar by its commitment: the vault asks for it until it is complete.
test('a proof made by a client completes in the vault', async (t) => {
  const page = await visit(browser, { baseURL: named });
  const digest = Buffer.from(sha256(`a client ${Math.random()}`), 'hex');
  const answer = await page.request.post('/digest', { data: digest, headers: { 'Content-Type': 'application/octet-stream' } });
  const timestamp = await answer.body();
  if (timestamp.subarray(0, 8).toString() === 'calendar') {
    t.skip('these are pages over a fake notary');
    return;
  }
  const magic = Buffer.from('004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e892940108', 'hex');
  await authenticator(page);
  await createVault(page);
  await page.goto('/vault/add');
  await page.setInputFiles('#file', { name: 'by-a-client.txt.ots', mimeType: '', buffer: Buffer.concat([magic, digest, timestamp]) });
  await page.locator('form[data-keep] button[type=submit]').click();
  await page.locator('.kept li', { hasText: 'by-a-client.txt' }).waitFor();
  await page.locator('.kept li', { hasText: 'Made elsewhere' }).waitFor();
  for (const until = Date.now() + 120_000; Date.now() < until;) {
    await page.reload();
    if (await page.locator('.kept li', { hasText: 'Complete: its proof ends in block' }).count() > 0) break;
    await page.waitForTimeout(2000);
  }
  await page.locator('.kept .name').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[download$=".ots"]').click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  await page.goto('/verify');
  await page.setInputFiles('#proof', { name: 'by-a-client.txt.ots', mimeType: '', buffer: Buffer.concat(chunks) });
  await page.locator('form[data-verify] button[type=submit]').click();
  await page.locator('.verdict.good').waitFor();
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  for (const locale of ['en-GB', 'zh-CN']) {
    for (const width of [360, 1280]) {
      test(`pages of a vault, ${colorScheme}, ${locale}, ${width} px`, async () => {
        const page = await visit(browser, { baseURL: named, colorScheme, locale, viewport: { width, height: 800 }, reducedMotion: 'reduce' });
        const look = async (name) => {
          await shoot(page, `${name}-${locale.slice(0, 2)}-${colorScheme}-${width}`);
          const found = await new AxeBuilder({ page }).setLegacyMode(true)
            .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
          assert.deepEqual(found.violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), []);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.equal(wide, 0, `${name} scrolls sideways`);
        };
        await authenticator(page);
        await page.goto('/account');
        await look('account-outside');
        await createVault(page, locale === 'zh-CN' ? '我的存证' : 'Ada');
        await look('account');
        await page.goto('/vault');
        await look('vault-empty');
        const digests = await Promise.all(['contract.pdf', 'a/rather/long/path/to/a/photograph/of-the-north-ridge.jpg', '租房合同.pdf'].map(async (name) => {
          const digest = sha256(`${name} ${Math.random()}`);
          await page.request.post('/stamp', { form: { digest } });
          return `${digest}  ${name}`;
        }));
        await page.goto('/vault/add');
        await page.locator('textarea[name=list]').fill(digests.join('\n'));
        await page.locator('input[name=new-group]').fill(locale === 'zh-CN' ? '租房' : 'Rental');
        await look('vault-add');
        await page.locator('form[data-keep] button[type=submit]').click();
        await page.locator('.kept').waitFor();
        await look('vault');
        await page.locator('.chip').nth(1).click();
        await look('vault-group');
        await page.locator('.kept .name').first().click();
        await look('vault-item');
        await page.locator('form[action="/vault/share"] button').click();
        const link = await page.locator('[data-link]').textContent();
        await look('vault-links');
        await page.goto(link);
        await look('shared');
        await page.goto('/webhooks');
        await page.locator('#url').fill('https://10.0.0.1/');
        await page.locator('form[action="/webhooks"] button').click();
        await page.locator('#url-error').waitFor();
        await look('webhooks');
        assert.deepEqual(page.troubles.filter((trouble) => !/status of 422/.test(trouble)), []);
        await page.context().close();
      });
    }
  }
}
