// What the wallet in the page takes from these libraries, and nothing else: the
// rest is left out of bitcoin.js.
export { base64, bech32, hex } from '@scure/base';
export { HDKey } from '@scure/bip32';
export { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedWebcrypto } from '@scure/bip39';
export { wordlist } from '@scure/bip39/wordlists/english.js';
export { Address, OutScript, p2tr, p2wpkh, RawTx, RawWitness, Script, Transaction } from '@scure/btc-signer';
export { secp256k1, schnorr } from '@noble/curves/secp256k1.js';
export { ripemd160 } from '@noble/hashes/legacy.js';
export { sha256 } from '@noble/hashes/sha2.js';
