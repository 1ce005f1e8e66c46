// Every page in every guise: no finding of axe, no violation of the policy, no
// sideways scrolling, and a picture to look at.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { assetPages } from '../assetpages.js';
import { launch, sha256, shoot, visit, whenComplete } from '../browser.js';
import { becomeOperator, wanted } from '../operator.js';
import { named } from '../passkeys.js';
import { shopPages } from '../shops.js';

let browser;
let complete;
let pending;
let proof;
let operator;
let otherChain; // a proof of Bitcoin's
before(async () => {
  browser = await launch();
  otherChain = await readFile(new URL('../../../notary/ots/testdata/client/hello-world.txt.ots', import.meta.url));
  const page = await visit(browser);
  complete = sha256(`pages ${Math.random()}`);
  await page.request.post('/stamp', { form: { digest: complete } });
  pending = await (await page.request.get(`/proof/${complete}.ots`)).body();
  await page.goto(`/proof/${complete}`);
  await whenComplete(page);
  proof = await (await page.request.get(`/proof/${complete}.ots`)).body();
  if (wanted) {
    await becomeOperator(page);
    operator = await page.context().storageState();
  }
  await page.context().close();
});
after(() => browser.close());

// pages open each page; a verdict page is reached by its form.
const judge = (buffer, digest) => async (page) => {
  await page.goto('/verify');
  await page.setInputFiles('#proof', { name: 'x.ots', mimeType: '', buffer: buffer() });
  await page.evaluate((d) => { document.querySelector('[name=digest]').value = d; }, digest());
  await page.locator('form[data-verify] button[type=submit]').click();
  await page.locator('.verdict').waitFor();
};
const pages = {
  home: (page) => page.goto('/'),
  'my-proofs': (page) => page.goto('/proofs'),
  five: (page) => page.goto('/sandbox/five'),
  'home-mistake': async (page) => {
    await page.goto('/');
    await page.locator('.paste summary').click();
    await page.locator('#digest').fill('abc');
    await page.locator('.paste button').click();
    await page.locator('#digest-error').waitFor();
  },
  'proof-fresh': async (page) => {
    const digest = sha256(`fresh ${Math.random()}`);
    await page.request.post('/stamp', { form: { digest } });
    await page.goto(`/proof/${digest}`);
  },
  'proof-complete': (page) => page.goto(`/proof/${complete}`),
  'proof-details': async (page) => {
    await page.goto(`/proof/${complete}`);
    for (const fold of await page.locator('summary').all()) await fold.click();
  },
  verify: (page) => page.goto('/verify'),
  api: (page) => page.goto('/api'),
  log: async (page) => {
    await page.goto('/log');
    for (const fold of await page.locator('summary').all()) await fold.click();
  },
  'verdict-confirmed': judge(() => proof, () => complete),
  'verdict-proof-alone': judge(() => proof, () => ''),
  'verdict-pending': judge(() => pending, () => complete),
  'verdict-other-file': judge(() => proof, () => sha256('another')),
  'verdict-broken': judge(() => proof.subarray(0, 50), () => complete),
  find: (page) => page.goto('/find'),
  'find-nothing': (page) => page.goto(`/find?q=${sha256('nothing')}`),
  anchor: async (page) => {
    const status = await (await page.request.get('/', { headers: { accept: 'application/json' } })).json();
    await page.goto(`/anchor/${status.latest_anchor.txid}`);
  },
  'anchor-unknown': (page) => page.goto(`/anchor/${sha256('nothing')}`),
  tsa: (page) => page.goto('/tsa'),
  'verify-open': async (page) => {
    await page.goto('/verify');
    for (const fold of await page.locator('form[data-verify] summary').all()) await fold.click();
  },
  'verdict-unknown-block': judge(() => otherChain, () => ''),
  'verdict-several': async (page) => {
    await page.goto('/verify');
    await page.setInputFiles('#proof', [proof, otherChain].map((buffer, i) => ({ name: `${i}.ots`, mimeType: '', buffer })));
    await page.locator('form[data-verify] button[type=submit]').click();
    await page.locator('.verdicts').waitFor();
  },
  ...Object.fromEntries(['active-sandbox', 'active-no-lightning', 'processing', 'underpaid-little', 'late', 'expired', 'settled', 'used-overpaid', 'returned']
    .map((state) => [`pay-${state}`, async (page) => {
      await page.goto(`/gallery/checkout?state=${state}`);
      for (const fold of await page.locator('main summary').all()) await fold.click();
    }])),
  ...Object.fromEntries(['going', 'fresh', 'soon', 'reached', 'levels', 'over', 'collecting', 'rebuilding', 'funded', 'funded-by-many', 'missed', 'preview']
    .map((state) => [`campaign-${state}`, async (page) => {
      await page.goto(`/gallery/campaign?state=${state}`);
      for (const fold of await page.locator('main summary').all()) await fold.click();
    }])),
  campaigns: (page) => page.goto('/gallery/campaigns'),
  ...shopPages,
  ...assetPages,
  'campaigns-none': (page) => page.goto('/gallery/campaigns?state=empty'),
  'campaigns-live': (page) => page.goto('/campaigns'),
  'campaign-unknown': (page) => page.goto('/campaigns/aaaaaaaaaaaaaaaa'),
  purchases: (page) => page.goto('/purchases'),
  tickets: (page) => page.goto('/tickets'),
  credit: (page) => page.goto('/credit'),
  donate: (page) => page.goto('/donate'),
  'wallet-login': async (page) => {
    await page.goto('/account');
    await page.locator('form[action="/account/wallet"] button').click();
    await page.locator('.qr').waitFor();
  },
  wallet: async (page) => {
    await page.goto('/wallet');
    await page.locator('[data-when=none]').waitFor();
    for (const fold of await page.locator('main > details > summary').all()) await fold.click();
  },
  ...Object.fromEntries(['create', 'restore', 'file'].map((way) => [`wallet-${way}`, async (page) => {
    await page.goto('/wallet');
    await page.locator(`[data-open=${way}]`).click();
    await page.locator(`form[data-step=${way}]`).waitFor();
  }])),
  'campaign-new': async (page) => {
    await page.goto('/campaigns/new');
    for (const fold of await page.locator('main summary:visible').all()) await fold.click();
  },
  'campaign-mistakes': async (page) => {
    await page.goto('/campaigns/new');
    await page.locator('#payee-amount-0').fill('much');
    await page.locator('.write-end button').click();
    await page.locator('#payee-amount-0-wrong').waitFor();
  },
  'campaign-mine': (page) => page.goto('/campaigns/mine'),
  ...Object.fromEntries(['going', 'soon', 'reached', 'levels', 'collecting', 'rebuilding', 'funded', 'missed', 'unfinished', 'failed']
    .map((state) => [`desk-${state}`, async (page) => {
      await page.goto(`/gallery/desk?state=${state}`);
      for (const fold of await page.locator('main summary:visible').all()) await fold.click();
    }])),
  ...Object.fromEntries(['form', 'form-wrong', 'form-firm', 'form-tickets', 'form-psbt-levels', 'form-closed', 'form-full', 'form-reached', 'pledge-seen', 'pledge-confirmed', 'pledge-firm', 'pledge-psbt', 'pledge-leaving', 'pledge-spent', 'pledge-taken', 'pledge-gone', 'refunds-wait', 'refunds-due', 'refunds-sent', 'refunds-none', 'refunds-wrong', 'desk-wrong']
    .map((state) => [`backer-${state}`, async (page) => {
      await page.goto(`/gallery/pledge?state=${state}`);
      for (const fold of await page.locator('main details:not([open]) > summary').all()) if (await fold.isVisible()) await fold.click();
    }])),
  pledges: (page) => page.goto('/pledges'),
  'not-found': (page) => page.goto('/no-such-page'),
  'not-operator': (page) => page.goto('/operator'),
  gallery: (page) => page.goto('/gallery'),
};
if (wanted) {
  pages['operator-login'] = (page) => page.goto('/operator/login');
  // The last ones: from here on the context is let in, where passkeys work.
  const inside = (path) => async (page) => {
    await page.context().addCookies(operator.cookies);
    await page.goto(named + path);
  };
  pages.operator = inside('/operator');
  for (const room of ['wallet', 'wallet/receive', 'figures', 'seed', 'audit', 'access']) {
    pages[`operator-${room.replace('/', '-')}`] = inside(`/operator/${room}`);
  }
  pages['operator-payment'] = async (page) => {
    await inside('/operator/wallet')(page);
    await page.locator('#send-to').fill('bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080');
    await page.locator('#send-amount').fill('20000');
    await page.locator('form[action="/operator/wallet/send"] button').click();
    await page.locator('form[action^="/operator/wallet/payments/"]').first().waitFor();
  };
  for (const room of ['channels', 'peers', 'payments', 'backup']) {
    pages[`operator-${room}`] = async (page) => {
      await inside(`/operator/${room}`)(page);
      for (const fold of await page.locator('main summary').all()) await fold.click();
    };
  }
}
// CAIRN_PAGES picks pages by a pattern of their names, while one works on them.
const wantedPages = new RegExp(process.env.CAIRN_PAGES ?? '', 'u');
for (const name of Object.keys(pages)) if (!wantedPages.test(name)) delete pages[name];

// chosen are pages by their addresses, and those of shops.
const chosen = (paths) => [...paths.map((path) => [path, (page) => page.goto(path)]), ...Object.entries(shopPages)].filter(([name]) => wantedPages.test(name));

const expected = /the server responded with a status of (403|404|422)|net::ERR_FAILED/; // ERR_FAILED is a network that is away

for (const colorScheme of ['light', 'dark']) {
  for (const locale of ['en-GB', 'zh-CN']) {
    for (const width of [360, 1280]) {
      test(`every page, ${colorScheme}, ${locale}, ${width} px`, async (t) => {
        const page = await visit(browser, { colorScheme, locale, viewport: { width, height: 800 }, reducedMotion: 'reduce' });
        for (const [name, open] of Object.entries(pages)) {
          await t.test(name, async () => {
            page.troubles.length = 0;
            await open(page);
            await shoot(page, `${name}-${locale.slice(0, 2)}-${colorScheme}-${width}`);
            const found = await new AxeBuilder({ page }).setLegacyMode(true)
              .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
            assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), []);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.equal(wide, 0, 'the page scrolls sideways');
            assert.deepEqual(page.troubles.filter((trouble) => !expected.test(trouble)), []);
          });
        }
        await page.context().close();
      });
    }
  }
}

test('at 320 px nothing scrolls sideways', async () => {
  const page = await visit(browser, { viewport: { width: 320, height: 700 } });
  for (const path of ['/', '/proofs', '/verify', '/find', '/tsa', '/wallet', '/purchases', '/tickets', '/credit', '/donate', '/gallery/checkout?state=active-sandbox', '/gallery/checkout?state=used', '/gallery/campaign?state=levels', '/gallery/campaign?state=funded-by-many', '/gallery/campaigns', '/gallery/pledge?state=form-tickets', '/gallery/pledge?state=form-psbt-levels', '/gallery/pledge?state=pledge-confirmed', '/gallery/pledge?state=refunds-due', '/pledges', `/proof/${complete}`, ...Object.values(shopPages), ...Object.values(assetPages)]) {
    await (typeof path === 'string' ? page.goto(path) : path(page));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, page.url());
  }
  await page.context().close();
});

test('what can be pressed is large enough for a thumb', async () => {
  const found = {};
  const page = await visit(browser, { viewport: { width: 360, height: 740 }, hasTouch: true });
  for (const path of ['/', '/proofs', '/verify', '/wallet', '/purchases', '/tickets', '/credit', '/donate', '/gallery/checkout?state=active-sandbox', '/gallery/checkout?state=used', '/gallery/campaign?state=soon', '/gallery/campaign?state=levels', '/gallery/campaigns', '/gallery/pledge?state=form-tickets', '/gallery/pledge?state=form-psbt-levels', '/gallery/pledge?state=pledge-confirmed', '/gallery/pledge?state=refunds-due', '/pledges', `/proof/${complete}`, ...Object.values(shopPages), ...Object.values(assetPages)]) {
    await (typeof path === 'string' ? page.goto(path) : path(page));
    const small = await page.evaluate(() => Array.from(document.querySelectorAll('a, button, summary, input:not([type=hidden])'))
      .filter((e) => e.checkVisibility() && !e.matches('.skip, .out-of-sight'))
      .map((e) => (e.matches('[type=radio], [type=checkbox]') && e.closest('label')) || e) // its label is pressed
      .filter((e) => e.getBoundingClientRect().height < 44)
      .map((e) => `${e.tagName} ${e.textContent.trim()} ${e.getBoundingClientRect().height}`));
    if (small.length > 0) found[page.url()] = small;
  }
  assert.deepEqual(found, {});
  await page.context().close();
});
