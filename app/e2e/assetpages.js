// Every page of assets that is looked at: the explorer, what holders do, the guard,
// receipts. Samples are those of templates/{asset,assetdesk,guard,receipt}.

const folds = async (page) => {
  for (const fold of await page.locator('main details:not([open]) > summary').all()) if (await fold.isVisible()) await fold.click();
};
const samples = (kind, names) => Object.fromEntries(names.map((name) => [`${kind}-${name}`, async (page) => {
  await page.goto(`/gallery/${kind}?state=${name}`);
  await folds(page);
}]));

const foldedOut = (path) => async (page) => {
  await page.goto(path);
  await folds(page);
};

export const assetPages = {
  assets: (page) => page.goto('/assets'),
  'assets-nothing': (page) => page.goto('/assets?q=no+such+thing'),
  'asset-unknown': (page) => page.goto('/assets/nothing'),
  'assets-hashes': (page) => page.goto('/assets/hashes'),
  'assets-block': (page) => page.goto('/assets/block/1'),
  'assets-tx-unknown': (page) => page.goto(`/assets/tx/${'5e'.repeat(32)}`),
  'assets-address-unknown': (page) => page.goto('/assets/address/nowhere'),
  'assets-mine': (page) => page.goto('/assets/mine'),
  'assets-issue': foldedOut('/assets/issue'),
  'assets-draft-unknown': (page) => page.goto(`/assets/drafts/${'5e'.repeat(16)}`),
  'assets-offer-unknown': (page) => page.goto(`/assets/offers/${'5e'.repeat(16)}`),
  'assets-receipt-unknown': (page) => page.goto(`/assets/receipts/${'5e'.repeat(32)}:0`),
  'assets-guard': foldedOut('/assets/guard'),
  'assets-guard-mistake': async (page) => {
    await page.goto('/assets/guard');
    await page.locator('#transaction').fill('no transaction');
    await page.locator('form[action="/assets/guard"] button').click();
    await page.locator('#transaction-wrong').waitFor();
  },
  ...samples('asset', ['list', 'list-empty', 'list-found', 'list-missing', 'asset', 'asset-one', 'asset-many', 'asset-most', 'asset-asof', 'asset-gone',
    'asset-rotten', 'asset-dead', 'asset-refused', 'asset-unchecked', 'address', 'address-empty', 'address-waiting', 'block', 'block-one', 'block-none',
    'hashes', 'hashes-none', 'tx-issue', 'tx-move', 'tx-pending', 'tx-burn', 'tx-destroys', 'tx-several', 'tx-many', 'tx-colu', 'tx-forked', 'tx-reading',
    'tx-rejected', 'tx-unsure', 'tx-protocols']),
  ...samples('assetdesk', ['issue', 'issue-wrong', 'send', 'send-wrong', 'send-most', 'reissue', 'reissue-fixed', 'lock', 'lock-fixed', 'burn', 'dividend',
    'dividend-few', 'dividend-many', 'dividend-wrong', 'offers-none', 'offers', 'offer', 'offer-long', 'offer-taken', 'offer-over', 'draft-open', 'draft-chain',
    'draft-wrong', 'draft-unpaid', 'draft-sent', 'draft-confirmed', 'draft-offered', 'draft-failed', 'draft-ended', 'mine']),
  ...samples('guard', ['form', 'destroys', 'moves', 'safe', 'unsure', 'done', 'nothing']),
  ...samples('receipt', ['holds', 'spent', 'stated', 'long']),
};
