// The first visit is light: at most 50 KB over the wire and 8 requests.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, sha256, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const which of ['home', 'proof', 'verify', 'campaigns', 'campaign']) {
  test(`first visit: ${which}`, async (t) => {
    const page = await visit(browser);
    let path = { home: '/', verify: '/verify', campaigns: '/campaigns', campaign: '/gallery/campaign?state=funded-by-many' }[which];
    if (which === 'proof') {
      const digest = sha256(`weight ${Math.random()}`);
      await page.request.post('/stamp', { form: { digest } });
      path = `/proof/${digest}`;
    }
    if (which === 'campaign') {
      const list = await (await page.request.get('/campaigns')).text();
      path = list.match(/\/campaigns\/[a-z2-7]{16}/)?.[0] ?? path; // a living one, if there is one
    }
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    let requests = 0;
    // What a finished answer took with its headers; of one that streams, what
    // has come so far.
    const taken = new Map();
    client.on('Network.requestWillBeSent', () => { requests += 1; });
    client.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
      taken.set(requestId, (taken.get(requestId) ?? 0) + encodedDataLength);
    });
    client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => taken.set(requestId, encodedDataLength));
    await page.goto(path);
    await page.waitForTimeout(500);
    const bytes = Array.from(taken.values()).reduce((sum, n) => sum + n, 0);
    t.diagnostic(`${which}: ${requests} requests, ${bytes} bytes`);
    assert.ok(bytes > 8000, `only ${bytes} bytes were counted`);
    assert.ok(bytes <= 50 * 1024, `${bytes} bytes`);
    assert.ok(requests <= 8, `${requests} requests`);
    await page.context().close();
  });
}
