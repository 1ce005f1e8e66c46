// Pages of shops and vouchers in every state, to be looked at: what the server writes
// is in its gallery; what the scripts of the counter and of a voucher's page write is
// answered here, as the server would. That the server does is journeys/vouchers.
import { base } from './browser.js';

const samples = [...new Set((await (await fetch(`${base}/gallery`)).text()).match(/(?<=gallery\/voucher\?state=)[a-z-]+/gu))];
export const gallery = (state) => `/gallery/voucher?state=${state}`;

// code is a voucher's: its secret is the number one.
export const code = `AQ${'A'.repeat(41)}B`;

const series = {
  whole: { name: 'MasterBTC', good: 'One copy of Mastering Bitcoin', line: '', kind: 'voucher', unit: '', decimals: 0, colour: 'moss', picture: 'book' },
  stamps: { name: 'Ten coffees', good: 'Ten coffees, any size', line: 'One is on the house', kind: 'stamp-card', unit: '', decimals: 0, colour: 'brick', picture: 'cup' },
  gift: { name: 'Gift card', good: 'Anything in the shop', line: 'For someone who reads', kind: 'gift-card', unit: 'CHF', decimals: 2, colour: 'plum', picture: 'heart' },
  long: { name: '中秋礼盒兑换券（双黄莲蓉月饼四枚装）', good: '凭券在街角书店及其全部分店换领中秋礼盒一份，口味任选，不设找零', line: '祝您和家人中秋快乐', kind: 'voucher', unit: '', decimals: 0, colour: 'slate', picture: 'bread' },
};

const info = (more) => ({
  name: '0'.repeat(32), shop: 'The Corner Bookshop', slug: 'corner-bookshop', place: 'Mill Lane 4, Bern', series: series.whole,
  state: 'good', units: 1, left: 1, until: '', claims: true, ...more,
});
const card = (more) => info({ series: series.stamps, units: 10, left: 7, until: '2031-06-30T23:59:59Z', ...more });
const gift = (more) => info({ series: series.gift, units: 5000, left: 1250, claims: false, until: '2031-06-30T23:59:59Z', ...more });

// answers has paths of the page answered with what is given: an error is refused, and
// null is no network.
async function answers(page, told) {
  await page.unrouteAll();
  for (const [path, body] of Object.entries(told)) {
    const refused = body?.error !== undefined;
    await page.route((url) => url.pathname.endsWith(path), (route) => (body === null ? route.abort() : route.fulfill({ status: refused ? 404 : 200, json: body })));
  }
}

// A voucher's page.
const held = (look, then = async () => {}) => async (page) => {
  await answers(page, { '/v/look': look });
  await page.goto('about:blank'); // or the same address would not be loaded again
  await page.goto(`${gallery('bearer')}#${code}`);
  await page.locator('[data-state-text]:not(:empty), [data-state][data-tone=bad]').first().waitFor();
  await then(page);
};

// The counter: a code is typed, and taken.
const plan = `0200000001${'05'.repeat(32)}0000000000fdffffff010000000000000000016a00000000`;
const typed = (told, then = async () => {}, where = 'till') => async (page) => {
  await answers(page, { '/plan': { plan, value: 600, name: '', units: 1, left: 0 }, ...told });
  await page.goto(gallery(where));
  await page.locator('#till-code').fill(code);
  await page.locator('[data-typed] button').click();
  await page.locator('[data-view=amount]:not([hidden]), [data-view=answer]:not([hidden])').first().waitFor();
  await then(page);
};
const taken = (told, then = async () => {}) => typed(told, async (page) => {
  await page.locator('[data-redeem]').click();
  await page.locator('[data-view=answer]:not([hidden])').waitFor();
  await then(page);
});
const booked = (units, left) => ({ booking: 1, units, left, undo: 60 });
const refusals = {
  redeemed: 'This voucher was redeemed already.', expired: 'This voucher has expired.', other: 'This voucher is for another shop.',
};

// The form of new vouchers, filled in.
const form = (kind, values) => async (page) => {
  await page.goto(gallery('issue'));
  await page.locator(`[name=kind][value=${kind}]`).check();
  for (const [name, value] of Object.entries(values)) await page.locator(`[data-form] [name=${name}]`).fill(value);
};

// The frames alone are shown filled in below.
const whole = samples.filter((name) => !['bearer'].includes(name));

export const shopPages = {
  ...Object.fromEntries(whole.map((name) => [`shop-${name}`, async (page) => {
    await page.goto(gallery(name));
    await page.locator('main details').evaluateAll((folds) => { for (const fold of folds) fold.open = true; });
  }])),
  'shop-issue-stamps': form('stamp-card', { name: 'Ten coffees', good: 'Ten coffees, any size', count: '40', line: 'One is on the house' }),
  'shop-issue-days': async (page) => {
    await form('gift-card', { name: 'Gift card', good: 'Anything in the shop', unit: 'CHF', each: '50' })(page);
    await page.locator('[name=ends][value=days]').check();
  },
  'shop-issue-wallet': async (page) => {
    await answers(page, {});
    await form('voucher', { name: 'MasterBTC', good: 'One copy of Mastering Bitcoin' })(page);
    await page.locator('[data-go]').click();
    await page.locator('[data-keys-place] form:visible, [data-keys-place] [data-choose]:visible, [data-keys-place] button:visible').first().waitFor();
  },
  'voucher-none': async (page) => {
    await page.goto('/v');
    await page.locator('[data-typed]:visible').waitFor();
  },
  'voucher-wrong': async (page) => {
    await page.goto('/v#AQnonsense');
    await page.locator('[data-state][data-tone=bad]').waitFor();
  },
  'voucher-good': held(info(), async (page) => {
    await page.locator('main details').evaluateAll((folds) => { for (const fold of folds) fold.open = true; });
  }),
  'voucher-long': held(info({ series: series.long, shop: '街角书店', until: '2031-06-30T23:59:59Z' })),
  'voucher-stamps': held(card()),
  'voucher-gift': held(gift()),
  ...Object.fromEntries(['planned', 'booked', 'redeemed', 'expired', 'reclaimed', 'claimed', 'gone'].map((state) => [`voucher-${state}`, held(info({ state, left: ['planned', 'expired'].includes(state) ? 1 : 0 }))])),
  'voucher-unknown': held({ error: 'No voucher with this code is known here.' }),
  'voucher-offline': async (page) => {
    await held(info())(page);
    await answers(page, { '/v/look': null });
    await page.reload();
    await page.locator('[data-state][data-tone=wait] [data-state-text]:not(:empty)').waitFor();
  },
  'till-amount': typed({ '/look': info() }),
  'till-stamps': typed({ '/look': card() }),
  'till-gift': typed({ '/look': gift() }),
  'till-chinese': typed({ '/look': info({ series: series.long, shop: '街角书店' }) }, undefined, 'till-owner'),
  'till-green': taken({ '/look': info(), '/redeem': booked(1, 0) }),
  'till-green-rest': taken({ '/look': card(), '/redeem': booked(1, 6) }),
  'till-undone': taken({ '/look': gift(), '/redeem': booked(1250, 0), '/undo': {} }, async (page) => {
    await page.locator('[data-undo-go]').click();
    await page.locator('[data-view=answer][data-tone=wait]').waitFor();
  }),
  'till-undo-late': taken({ '/look': info(), '/redeem': booked(1, 0), '/undo': { error: 'The time to undo is over: it was sent to the network.' } }, async (page) => {
    await page.locator('[data-undo-go]').click();
    await page.locator('[data-view=answer][data-tone=bad]').waitFor();
  }),
  ...Object.fromEntries(Object.entries(refusals).map(([why, refused]) => [`till-red-${why}`, typed({ '/look': info({ left: 0, refused }) })])),
  'till-red-unknown': typed({ '/look': { error: 'No voucher with this code is known here.' } }),
  'till-no-code': async (page) => {
    await page.goto(gallery('till'));
    await page.locator('#till-code').fill('https://example.org');
    await page.locator('[data-typed] button').click();
    await page.locator('[data-say]:not(:empty)').waitFor();
  },
  'till-kept': taken({ '/look': null, '/plan': null }),
  'till-queue': taken({ '/look': null, '/plan': null }, async (page) => {
    await page.locator('[data-next]').click();
    await page.locator('[data-queue]:visible').waitFor();
  }),
  'till-after': taken({ '/look': info(), '/redeem': booked(1, 0) }, (page) => page.locator('[data-next]').click()),
};
