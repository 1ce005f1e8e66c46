// The wallet in the page, as pages load it: only where keys are used.
export { completions, readWords } from './words.js';
export { readContract } from './contract.js';
export { readDraft } from './draft.js';
export { kinds, WalletError } from './errors.js';
export { accounts, addressOf, hash160Of as hash160, scriptOf } from './keys.js';
export { mostLevels } from './pledge.js';
export { leastPassphrase } from './seal.js';
export { browserStore, memoryStore } from './store.js';
export { inPage, Wallet } from './wallet.js';
