// The counter through a loss of the network, with its page reloaded and closed, and
// with a camera.
import assert from 'node:assert/strict';
import { createServer, request as ask } from 'node:http';
import { after, before, test } from 'node:test';
import { makeWallet, patience, until } from '../backers.js';
import { base, launch, shoot, visit } from '../browser.js';
import { blind, lookingAt } from '../camera.js';
import { cashier, issue } from '../counter.js';
import { openShop } from '../issuing.js';

const phone = { viewport: { width: 390, height: 844 } };
let [browser, owner, desk, links] = [];

before(async () => {
  browser = await launch();
  owner = await visit(browser);
  await owner.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  desk = await openShop(owner, 'Offline Books');
  ({ links } = await issue(owner, desk, { name: 'Tea', good: 'A cup of tea', count: 12, unlock: makeWallet }));
});
after(() => browser.close());

const answer = (page) => page.locator('[data-view=answer]:not([hidden])');
const tone = (page) => answer(page).getAttribute('data-tone', { timeout: patience });
const next = (page) => page.locator('[data-next]').click();
const ready = (page) => page.locator('[data-ready]:not([hidden])').waitFor({ timeout: patience });

async function scan(page, link) {
  await page.locator('#till-code').fill(link);
  await page.locator('[data-typed] button[type=submit]').click();
}

// stored is all that a browser has put aside for the time without a network.
const stored = (page) => page.evaluate(async () => {
  const texts = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) texts.push(name, url, await (await cache.match(url, { ignoreVary: true })).text());
  }
  return texts.join('\n');
});

test('the counter opens without a network, and what it took is there after a reload and in another tab', async () => {
  const link = await cashier(owner, desk, 'Front');
  const page = await visit(browser, phone);
  const context = page.context();
  await page.goto(link);
  await ready(page);
  await context.setOffline(true);
  await page.reload();
  await page.locator('[data-offline]:not([hidden])').waitFor();
  await scan(page, links[0]);
  await page.getByText('Not checked').first().waitFor();
  await page.locator('[data-redeem]').click();
  assert.equal(await tone(page), 'wait', 'what nobody has checked is not green');
  await answer(page).getByText('Kept, not checked').waitFor();
  await shoot(page, 'counter-kept-en-390');
  await next(page);
  await page.locator('[data-queue]').getByText('1 is kept on this phone').waitFor();
  await page.reload();
  await page.locator('[data-queue]').getByText('1 is kept on this phone').waitFor();
  assert.equal(await page.locator('[data-kept] li').count(), 1);
  await scan(page, links[0]);
  await page.getByText('kept here once already').waitFor();
  await page.locator('[data-cancel]').click();
  await shoot(page, 'counter-offline-en-390');
  await page.close();

  const again = await context.newPage();
  await again.goto(link);
  await again.locator('[data-queue]').getByText('1 is kept on this phone').waitFor();
  const kept = await stored(again);
  const key = link.split('/').at(-1);
  assert.ok(kept.includes('Counter'), 'a frame is kept');
  assert.ok(!kept.includes(key) && !kept.includes('Offline Books'), 'and nothing of this counter');
  await context.setOffline(false);
  await again.locator('[data-queue]').waitFor({ state: 'hidden', timeout: patience });
  await again.locator('[data-rows] [data-state=row-good]').getByText('booked later').waitFor();
  await scan(again, links[0]);
  assert.equal(await tone(again), 'bad', 'it was booked');
  await context.close();
});

test('a link that was taken back keeps what it took for the next one', async () => {
  const page = await visit(browser, phone);
  await page.goto(await cashier(owner, desk, 'Garden'));
  await ready(page);
  await page.context().setOffline(true);
  await scan(page, links[1]);
  await page.locator('[data-redeem]').click();
  assert.equal(await tone(page), 'wait');
  await next(page);
  await owner.goto(`${desk}/staff`);
  await owner.locator('li, tr').filter({ hasText: 'Cashier Garden' }).locator('button').first().click();
  await page.context().setOffline(false);
  await page.getByText('This link was taken back. Ask the owner').waitFor({ timeout: patience });
  assert.equal(await page.locator('[data-kept] li').count(), 1);
  await page.goto(await cashier(owner, desk, 'Terrace'));
  await page.locator('[data-rows]').getByText('booked later').waitFor({ timeout: patience });
  await page.locator('[data-queue]').waitFor({ state: 'hidden' });
  await page.context().close();
});

test('what was taken can be undone after the next one, and after a reload', async () => {
  const page = await visit(browser, phone);
  await page.goto(await cashier(owner, desk, 'Hall'));
  await page.locator('[data-at-once]').check();
  for (const link of links.slice(2, 4)) {
    await scan(page, link);
    assert.equal(await tone(page), 'good');
    await next(page);
  }
  await page.reload();
  const undo = page.locator('[data-undo-row]');
  await undo.nth(1).click(); // the one before
  await answer(page).getByText('as it was before').waitFor();
  await next(page);
  await scan(page, links[3]);
  assert.equal(await tone(page), 'bad', 'the last one stays redeemed');
  await next(page);
  await scan(page, links[2]);
  assert.equal(await tone(page), 'good', 'the one before is good again');
  await page.context().close();
});

test('a voucher opens without a network once it was seen, and its code is stored nowhere', async () => {
  const holder = await visit(browser, phone);
  await holder.goto(links[4]);
  await holder.locator('[data-state][data-tone=good]').waitFor({ timeout: patience });
  const worker = () => holder.evaluate(async () => (await navigator.serviceWorker.getRegistration('/v/'))?.active?.state);
  await until(worker, (state) => state === 'activated', 'the worker');
  await holder.context().setOffline(true);
  await holder.reload();
  await holder.locator('.vou-code svg').waitFor();
  await holder.getByText('No network. Last checked').waitFor();
  await holder.locator('[data-face]').getByText('Tea', { exact: true }).waitFor();
  assert.ok(!(await stored(holder)).includes(links[4].split('#')[1]), 'no code is stored');
  await shoot(holder, 'voucher-offline-en-390');
  await holder.context().setOffline(false);
  await holder.reload();
  await holder.locator('[data-state][data-tone=good]').waitFor({ timeout: patience });
  await holder.context().close();
});

// between stands between a browser and Cairn: it can be another product, or nobody.
async function between() {
  const change = { down: false, product: '' };
  const server = createServer((from, to) => {
    if (change.down) return from.socket.destroy();
    const headers = { ...from.headers, 'accept-encoding': 'identity' };
    const on = ask(new URL(from.url, base), { method: from.method, headers }, (got) => {
      const chunks = [];
      got.on('data', (chunk) => chunks.push(chunk));
      got.on('end', () => {
        let body = Buffer.concat(chunks);
        const kind = got.headers['content-type'] ?? '';
        if (change.product && kind.startsWith('text/html')) body = Buffer.from(body.toString().replace('data-shop=', `data-product="${change.product}" data-shop=`));
        if (change.product && from.url.endsWith('standin.js')) body = Buffer.from(body.toString().replace('"version":"', `"version":"${change.product}`));
        const { 'content-length': _, ...rest } = got.headers;
        to.writeHead(got.statusCode, { ...rest, 'content-length': body.length }).end(body);
      });
    });
    on.on('error', () => to.destroy());
    from.pipe(on);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { change, origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

test('a new product is shown at once, and is the one that opens without a network', async () => {
  const way = await between();
  const page = await visit(browser, { ...phone, baseURL: way.origin });
  const path = new URL(await cashier(owner, desk, 'Cellar')).pathname;
  const product = () => page.locator('[data-till]').getAttribute('data-product');
  try {
    await page.goto(path);
    await ready(page);
    way.change.product = 'second';
    await page.reload();
    assert.equal(await product(), 'second', 'the network is asked first');
    await until(() => page.evaluate(() => caches.keys()), (names) => names.length === 1 && names[0].includes('second'), 'the new worker');
    way.change.down = true;
    await page.reload();
    await page.locator('[data-offline]:not([hidden])').waitFor();
    assert.equal(await product(), 'second', 'the old one is gone');
  } finally {
    await page.context().close();
    way.close();
  }
});

test('the camera reads a voucher, and says what else it sees', async (t) => {
  const till = await cashier(owner, desk, 'Camera');
  const elsewhere = await openShop(owner, 'Another Shop');
  const { links: [other] } = await issue(owner, elsewhere, { name: 'Soup', good: 'A soup', count: 1 });
  const sees = async (text, check, options = {}) => {
    const camera = options.browser ?? await lookingAt(text);
    const page = await visit(camera, { ...phone, ...(options.browser ? {} : { permissions: ['camera'] }) });
    await page.addInitScript(() => localStorage.setItem('cairn.till.at-once', 'yes'));
    await page.goto(till);
    if (options.browser) await page.locator('[data-start]').click();
    await check(page);
    await camera.close();
  };
  const says = (kind, text) => async (page) => {
    assert.equal(await tone(page), kind, text);
    await answer(page).getByText(text).waitFor();
  };
  await sees(links[5], async (page) => {
    assert.equal(await tone(page), 'good');
    t.diagnostic(`the camera's code to green: ${await answer(page).getAttribute('data-took')} ms`);
    await shoot(page, 'counter-green-en-390');
    await next(page);
    await page.getByText('This code was just here').waitFor();
    assert.ok(await page.locator('[data-camera]').isVisible(), 'the camera stays open');
  });
  await sees(links[5], says('bad', 'redeemed already'));
  await sees(other, says('bad', 'for another shop'));
  await sees('https://example.org/menu', (page) => page.getByText('a link to a web page, not a voucher').waitFor({ timeout: patience }));
  await sees('BEGIN:VCARD', (page) => page.getByText('This is not the code of a voucher.').waitFor({ timeout: patience }));
  await sees('', (page) => page.getByText('The camera was not allowed.').waitFor(), { browser: await blind('denied') });
  await sees('', (page) => page.getByText('There is no camera here').waitFor(), { browser: await blind('none') });
});
