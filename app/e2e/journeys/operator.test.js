// The person who runs this comes in with a passkey, sends and receives, keeps
// his words, and finds it all in a log that holds.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launch, visit } from '../browser.js';
import { becomeOperator, wanted } from '../operator.js';
import { named } from '../passkeys.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// until reloads the page until it says one of these.
async function until(page, texts, limit = 60000) {
  const end = Date.now() + limit;
  for (;;) {
    const said = await page.locator('main').innerText();
    if ([texts].flat().some((text) => said.includes(text))) return;
    assert.ok(Date.now() < end, `the page never said ${texts}`);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    await page.reload();
  }
}

const options = { skip: wanted ? false : 'needs CAIRN_OPERATOR_LINK or CAIRN_SETUP', timeout: 240000 };

test('an operator with passkeys', options, async (t) => {
  const page = await visit(browser, { baseURL: named });
  const key = await becomeOperator(page, 'Ada');

  await t.test('is told to have a second passkey and a recovery code', async () => {
    assert.match(await page.locator('main').innerText(), /You have one passkey[\s\S]*no recovery code/);
    await page.locator('form[action="/account/recovery"] button').click();
    const code = await page.locator('[data-recovery-code]').innerText();
    assert.match(code, /^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/);
    await page.locator('main a.btn').click();
    await page.waitForURL('**/operator/access');
    await key.lose(); // another device
    await page.locator('form[data-passkey=add] button').click();
    await page.waitForFunction(() => document.querySelectorAll('form[action="/account/passkeys/remove"]').length === 2);
    assert.doesNotMatch(await page.locator('main').innerText(), /You have one passkey/);
  });

  await t.test('signs out, and in again', async () => {
    await page.locator('form[action="/operator/leave"] button').click();
    await page.waitForURL(`${named}/`);
    await page.goto('/operator/wallet');
    await page.waitForURL('**/operator/login?next=*');
    const enter = page.locator('form[data-passkey=enter] button');
    // The browser may have offered the passkey by itself already.
    await Promise.race([page.waitForURL('**/operator/wallet'), enter.click().then(() => page.waitForURL('**/operator/wallet'))]);
  });

  await t.test('receives, and sends once', async () => {
    await page.goto('/operator/wallet');
    await until(page, 'What the wallet holds');
    await page.goto('/operator/wallet/receive');
    await page.locator('form[action="/operator/wallet/receive"] input[name=label]').fill('from myself');
    await page.locator('form[action="/operator/wallet/receive"] button').click();
    await page.locator('.receive svg').first().waitFor();
    const address = (await page.locator('.receive .hash').innerText()).trim();
    assert.match(address, /^bcrt1p/);

    await page.goto('/operator/wallet');
    const send = async (to, amount) => {
      await page.locator('#send-to').fill(to);
      await page.locator('#send-amount').fill(amount);
      await page.locator('#send-label').fill('rent');
      await page.locator('form[action="/operator/wallet/send"] button').click();
    };
    await send('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', '20000');
    assert.match(await page.locator('#send-problem').innerText(), /address of/);
    page.troubles.length = 0; // the browser tells of the 422
    await send(address, '20000');
    await page.waitForURL('**/operator/wallet/payments/*');
    const choice = await page.locator('input[name=choice]:checked').getAttribute('value');
    const form = page.locator('form[data-authorise]').first();
    await form.locator('button').click();
    await until(page, ['waits for a block', 'in block']); // on the sandbox one comes within seconds
    // Once more, as a second click would: it is the same payment.
    const again = await page.request.post(page.url(), { form: { choice }, headers: { Origin: named } });
    assert.ok(again.ok(), `the second click: ${again.status()}`);
    await page.request.post('/demo/mine', { form: {}, headers: { Origin: named } });
    await until(page, 'in block');
    await page.goto('/operator/wallet');
    const sent = page.locator('table').filter({ has: page.locator('a[href*="/operator/wallet/payments/"]') }).locator('tbody tr');
    assert.equal(await sent.count(), 1);
  });

  await t.test('keeps the words', async () => {
    await page.goto('/operator/seed');
    await page.locator('form[action="/operator/seed/show"] button').click();
    await page.locator('[data-words] li').nth(23).waitFor();
    const words = await page.locator('[data-words] li').allInnerTexts();
    assert.equal(words.length, 24);
    await page.locator('summary', { hasText: 'written them down' }).click();
    for (const input of await page.locator('form[action="/operator/seed/confirm"] input').all()) {
      const place = Number((await input.getAttribute('name')).replace('word-', ''));
      await input.fill(words[place - 1]);
    }
    await page.locator('form[action="/operator/seed/confirm"] button').click();
    await until(page, 'were written down');
    const drill = async (text) => {
      await page.locator('#drill-words').fill(text);
      await page.locator('form[action="/operator/seed/drill"] button').click();
    };
    await drill(['zoo', ...words.slice(1)].join(' '));
    await page.getByText('These are not the words of this wallet').waitFor();
    page.troubles.length = 0;
    await drill(words.map((w, i) => `${i + 1}. ${w}`).join('\n'));
    await page.getByText('They are right').waitFor();
  });

  await t.test('lets another operator in, and out', async () => {
    await page.goto('/operator/access');
    await page.locator('form[action="/operator/access/link"] button').click();
    const link = await page.locator('[data-setup-link]').innerText();
    const other = await visit(browser, { baseURL: named });
    await becomeOperator(other, 'Bob', link.replace(/^https?:\/\/[^/]+/, named));
    assert.match(await other.locator('main').innerText(), /Bob/);
    await page.goto('/operator/access');
    await page.locator('li', { hasText: 'Bob' }).locator('form[action="/operator/access/remove"] button').click();
    await page.waitForFunction(() => !document.querySelector('main').innerText.includes('Bob'));
    const refused = await other.goto('/operator');
    assert.equal(refused.status(), 403);
    await other.context().close();
  });

  await t.test('finds it all in the log, which holds', async () => {
    await page.goto('/operator/audit');
    const said = await page.locator('main').innerText();
    for (const deed of ['in one chain', 'Payment sent', 'Backup words shown', 'Backup words tried', 'Passkey added', 'Signed in', 'Operator removed']) {
      assert.ok(said.includes(deed), `the log does not say ${deed}`);
    }
    const file = await (await page.request.get('/operator/audit.ndjson')).text();
    let prev = '0'.repeat(64);
    for (const [i, line] of file.trimEnd().split('\n').entries()) {
      const entry = JSON.parse(line);
      assert.equal(entry.seq, i + 1);
      assert.equal(entry.prev, prev);
      prev = createHash('sha256').update(line).digest('hex');
    }
    await page.getByRole('button', { name: 'Hand it to the notary now' }).click();
    await until(page, 'can have been changed since block', 120000);
    // The proof is about the SHA-256 of a line of the file.
    const href = await page.locator('a[href^="/proof/"]').first().getAttribute('href');
    assert.equal(href, `/proof/${prev}`);
  });

  await t.test('sees the figures', async () => {
    await page.goto('/operator/figures?days=7');
    const csv = await (await page.request.get('/operator/figures.csv?days=7')).text();
    assert.equal(csv.trim().split('\n').length, 8);
    assert.match(csv, /^day,earned_msat,lightning_msat,/);
  });

  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
