// The chains Cairn runs on, by the names its pages have for them.
import { fail } from './errors.js';

const real = { private: 0x0488ade4, public: 0x0488b21e };
const test = { private: 0x04358394, public: 0x043587cf };

// coinType is that of SLIP-0044, versions those of BIP-0032, the others the
// prefixes of addresses.
const networks = {
  mainnet: { name: 'mainnet', coinType: 0, bech32: 'bc', pubKeyHash: 0x00, scriptHash: 0x05, wif: 0x80, versions: real },
  testnet4: { name: 'testnet4', coinType: 1, bech32: 'tb', pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef, versions: test },
  signet: { name: 'signet', coinType: 1, bech32: 'tb', pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef, versions: test },
  devnet: { name: 'devnet', coinType: 1, bech32: 'bcrt', pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef, versions: test },
};

// networkOf is the network of a name. Kinds: network.
export function networkOf(name) {
  return Object.hasOwn(networks, name) ? networks[name] : fail('network', { name });
}
