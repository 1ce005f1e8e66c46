// What can go wrong in the wallet, by kind. The pages have a sentence for each;
// the wallet itself says nothing to people.
export const kinds = [
  // the words
  'words-count', // not 12, 15, 18, 21 or 24 of them: details.count
  'words-unknown', // not in the list: details.positions, from 1
  'words-checksum', // all known, but one is wrong or in the wrong place
  'words-unconfirmed', // nothing is received before the words were written down
  'undiscovered', // restored, and used addresses not looked for yet
  'words-wrong', // a word asked for was another: details.position
  // the passphrase and what it encrypts
  'passphrase-short', // details.least characters
  'passphrase-wrong', // or the envelope was changed
  'envelope', // not an envelope of this wallet, or damaged
  'envelope-version', // made by a newer Cairn
  'locked',
  // the wallet in this browser
  'wallet-none',
  'wallet-exists',
  'storage', // the browser keeps nothing: a private window, or no room
  'storage-busy', // another page of this wallet was quicker, many times over
  'insecure', // the page came by plain http, where browsers have no cryptography
  'network',
  // coins and transactions
  'address', // not one of this network
  'amount', // not a whole number of satoshi within what exists
  'rate', // not a fee rate
  'coin-unknown', // not a coin of this wallet: details.outpoint
  'coin-held', // reserved, pledged or coloured: details.outpoint, details.why
  'coin-old', // of a kind that is only moved on here, if at all: details.outpoint
  'coin-immature', // newly mined: details.outpoint
  'funds', // details.missing sat
  'dust', // an output too small to send: details.least
  'fee-high', // the fee is out of proportion: details.fee
  'unsent', // no such transaction of this wallet that could be replaced
  'labels', // not a file of labels
  // coloured coins
  'units', // not a number of units that can be
  'draft', // not a transaction to be signed, or one that changes what is this wallet's otherwise than was agreed
  // pledges
  'contract', // not a contract
  'firm', // terms of a firm coin that cannot be checked, or do not hold what they say
  'contract-count', // none, too many at once, or one of them twice
  'refund-time', // a refund that would be good at once
  'refund-small', // the coin does not pay its way home
];

// WalletError carries a kind and what a sentence needs; never a secret.
export class WalletError extends Error {
  constructor(kind, details = {}, cause = undefined) {
    super(kind, { cause });
    this.name = 'WalletError';
    this.kind = kind;
    this.details = details;
  }
}

// fail throws a WalletError.
export function fail(kind, details, cause) {
  throw new WalletError(kind, details, cause);
}
