// The first visit is light: at most 50 KB over the wire and 8 requests.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, sha256, visit } from '../browser.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const which of ['home', 'proof', 'verify']) {
  test(`first visit: ${which}`, async (t) => {
    const page = await visit(browser);
    let path = { home: '/', verify: '/verify' }[which];
    if (which === 'proof') {
      const digest = sha256(`weight ${Math.random()}`);
      await page.request.post('/stamp', { form: { digest } });
      path = `/proof/${digest}`;
    }
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    let requests = 0;
    let bytes = 0;
    client.on('Network.requestWillBeSent', () => { requests += 1; });
    client.on('Network.dataReceived', (event) => { bytes += event.encodedDataLength; });
    await page.goto(path);
    await page.waitForTimeout(500);
    t.diagnostic(`${which}: ${requests} requests, ${bytes} bytes`);
    assert.ok(bytes > 1000, 'nothing was counted');
    assert.ok(bytes <= 50 * 1024, `${bytes} bytes`);
    assert.ok(requests <= 8, `${requests} requests`);
    await page.context().close();
  });
}
