// Block headers: their proof of work, and how they lie upon each other.
import { shown, unhex } from './bytes.js';
import { sha256 } from './hashes.js';

// Each network's easiest target (Bitcoin Core, chainparams.cpp), and whether
// its target stays the same for 2016 blocks; where one can do without work for
// twenty minutes, it does not.
export const networks = {
  mainnet: { easiest: 0x1d00ffff, steady: true },
  signet: { easiest: 0x1e0377ae, steady: true },
  testnet4: { easiest: 0x1d00ffff, steady: false },
  devnet: { easiest: 0x207fffff, steady: true },
};

const period = 2016;

// readHeader takes 80 bytes apart; null if they are not 80.
export function readHeader(bytes) {
  if (bytes?.length !== 80) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 80);
  const hash = sha256(sha256(bytes));
  return {
    bytes,
    hash: shown(hash),
    previous: shown(bytes.subarray(4, 36)),
    root: bytes.slice(36, 68),
    time: new Date(1000 * view.getUint32(68, true)),
    bits: view.getUint32(72, true),
    number: BigInt(`0x${shown(hash)}`),
  };
}

// target is what the hash of a header must not exceed; 0 for what is no
// target (Bitcoin Core, arith_uint256::SetCompact).
export function target(bits) {
  const size = BigInt(bits >>> 24);
  const word = BigInt(bits & 0x7fffff);
  if (bits & 0x800000) return 0n;
  const value = size <= 3n ? word >> (8n * (3n - size)) : word << (8n * (size - 3n));
  return value < 1n << 256n ? value : 0n;
}

// hasWork reports whether a header has the work that it claims, and claims no
// less than the network's least.
export function hasWork(header, network) {
  const limit = target(header.bits);
  return limit > 0n && limit <= target(networks[network].easiest) && header.number <= limit;
}

// workOf is how many hashes such a header takes on average.
export const workOf = (header) => (1n << 256n) / (target(header.bits) + 1n);

// All miners together made about 10^21 hashes a second in 2026.
const rate = 10n ** 21n;

// minutesOf is how long they take for some work, rounded down.
export const minutesOf = (work) => Number(work / rate / 60n);

// Headers keeps headers by height.
export class Headers {
  #at = new Map();

  get size() { return this.#at.size; }

  at(height) { return this.#at.get(Number(height)) ?? null; }

  put(height, header) { this.#at.set(height, header); }

  heights() { return Array.from(this.#at.keys()).sort((a, b) => a - b); }

  // above is what lies upon a block: {count, work} with its own work included,
  // or {broken} with the height of the first header that does not belong.
  above(height, network) {
    const first = this.at(height);
    if (!hasWork(first, network)) return { broken: height };
    let below = first;
    let work = workOf(first);
    for (let next = height + 1; ; next += 1) {
      const header = this.at(next);
      if (!header) return { count: next - height - 1, work };
      const changed = header.bits !== below.bits && networks[network].steady && next % period !== 0;
      if (header.previous !== below.hash || !hasWork(header, network) || changed) return { broken: next };
      work += workOf(header);
      below = header;
    }
  }
}

// readList reads lines of "height header"; a header alone gets the height
// that is guessed. It gives the pairs, or null if a line is neither.
export function readList(text, guess) {
  const pairs = [];
  for (const line of text.split(/\r?\n/).map((l) => l.trim()).filter((l) => l && !l.startsWith('#'))) {
    const [, height, digits] = /^(?:(\d{1,9})\s+)?([0-9a-f]{160})$/i.exec(line) ?? [];
    if (!digits || (height === undefined && guess === null)) return null;
    pairs.push([height === undefined ? Number(guess) : Number(height), readHeader(unhex(digits))]);
    if (pairs.length > 10000) return null;
  }
  return pairs.length > 0 ? pairs : null;
}
