// The keys of a seed on one network. A path is
//   { kind, account, change, index }
// with kind p2wpkh (BIP-0084) or p2tr (BIP-0086); change is 1 on the way back. Firm
// coins have kind firm, and a keeper and until beside, see firm.js. Words of other
// wallets may have coins of the older kinds p2sh (p2wpkh within, BIP-0049) and p2pkh
// (BIP-0044), which are found and given out no more.
import { Address, HDKey, hex, OutScript, p2tr, p2wpkh, ripemd160, schnorr, sha256 } from '../../vendor/bitcoin/bitcoin.js';
import { fail } from './errors.js';
import { scriptOfFirm, witnessScriptOf } from './firm.js';
import { networkOf } from './networks.js';

const purposes = { p2wpkh: 84, p2tr: 86, firm: 84, p2sh: 49, p2pkh: 44 };
const hash160 = (bytes) => ripemd160(sha256(bytes));

// accounts keep apart what must not be mixed: a wallet elsewhere, restored from
// the same words, finds the money first and does not burn colours with it.
export const accounts = { money: 0, colors: 1, streams: 2 };

// firmAccount has the keys of firm coins. Words alone do not find these: their
// scripts need the campaign's terms.
export const firmAccount = 3;

export class Keys {
  #master;
  #branches = new Map(); // of accounts and chains, which take long to derive
  network;
  // watchID names the wallet to who watches its scripts.
  watchID;

  // seed is 64 bytes, network a name. Kinds: network.
  constructor(seed, network) {
    this.network = networkOf(network);
    const named = schnorr.utils.taggedHash('cairn wallet watch', new TextEncoder().encode(network), seed);
    this.watchID = hex.encode(named.slice(0, 16));
    this.#master = HDKey.fromMasterSeed(seed, this.network.versions);
  }

  // fingerprint is that of the master key, as descriptors have it.
  get fingerprint() {
    return this.#root.fingerprint.toString(16).padStart(8, '0');
  }

  // origin is where the keys of an account come from, as in descriptors.
  origin(kind, account) {
    return `${this.fingerprint}/${purposes[kind]}'/${this.network.coinType}'/${account}'`;
  }

  // accountKey is the extended public key of an account, for a wallet that only
  // watches.
  accountKey(kind, account) {
    return this.#branch(`${purposes[kind]}'/${this.network.coinType}'/${account}'`).publicExtendedKey;
  }

  publicKey(path) {
    return this.#node(path).publicKey;
  }

  privateKey(path) {
    return this.#node(path).privateKey;
  }

  // script is the output script, in hexadecimal, and address its address.
  script(path) {
    return hex.encode(this.#payment(path).script);
  }

  address(path) {
    return this.#payment(path).address;
  }

  // witnessScript is what the witness of a firm coin reveals; undefined of others.
  witnessScript(path) {
    if (path.kind !== 'firm') return undefined;
    return witnessScriptOf({ owner: this.publicKey(path), keeper: path.keeper, until: path.until });
  }

  // wipe forgets all keys. Kinds of everything afterwards: locked.
  wipe() {
    for (const node of [this.#master, ...this.#branches.values()]) node?.wipePrivateData();
    this.#master = null;
    this.#branches.clear();
  }

  #payment(path) {
    const key = this.publicKey(path);
    if (path.kind === 'p2tr') return p2tr(key.slice(1), undefined, this.network);
    if (path.kind === 'p2wpkh') return p2wpkh(key, this.network);
    const script = {
      firm: () => scriptOfFirm({ owner: key, keeper: path.keeper, until: path.until }),
      p2sh: () => Uint8Array.of(0xa9, 0x14, ...hash160(programOf(key)), 0x87),
      p2pkh: () => Uint8Array.of(0x76, 0xa9, 0x14, ...hash160(key), 0x88, 0xac),
    }[path.kind]();
    return { script, address: Address(this.network).encode(OutScript.decode(script)) };
  }

  #node({ kind, account, change, index }) {
    return this.#branch(`${purposes[kind]}'/${this.network.coinType}'/${account}'/${change}`).deriveChild(index);
  }

  #branch(path) {
    const found = this.#branches.get(path);
    if (found) return found;
    const made = this.#root.derive(`m/${path}`);
    this.#branches.set(path, made);
    return made;
  }

  get #root() {
    return this.#master ?? fail('locked');
  }
}

// programOf is what a p2sh coin reveals: p2wpkh of the key.
export function programOf(publicKey) {
  return Uint8Array.of(0x00, 0x14, ...hash160(publicKey));
}

// scriptOf is the output script of an address, in hexadecimal. Kinds: address.
export function scriptOf(address, network) {
  try {
    return hex.encode(OutScript.encode(Address(networkOf(network)).decode(address.trim())));
  } catch (error) {
    return fail('address', {}, error);
  }
}

// hash160Of is that of an output script, both in hexadecimal: the issuer in an asset's
// id.
export const hash160Of = (script) => hex.encode(hash160(hex.decode(script)));

// addressOf is the address of an output script, or null when it has none.
export function addressOf(script, network) {
  try {
    return Address(networkOf(network)).encode(OutScript.decode(hex.decode(script)));
  } catch {
    return null;
  }
}
