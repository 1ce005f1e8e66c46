// The hashes that a proof may use, in plain JavaScript: for the short messages
// of a proof, and for whole files where a page may not use WebAssembly. Each
// takes bytes piece by piece and keeps one block.
const rotl = (x, n) => (x << n) | (x >>> (32 - n));

// Chain is what SHA-1, SHA-256 and RIPEMD-160 have in common: a state that takes
// in 64 bytes at a time, and the padding at the end.
class Chain {
  #state;
  #compress;
  #little;
  #block = new Uint8Array(64);
  #view = new DataView(this.#block.buffer);
  #words = new Int32Array(16);
  #held = 0;
  #length = 0;

  constructor(state, compress, little) {
    this.#state = Int32Array.from(state);
    this.#compress = compress;
    this.#little = little;
  }

  update(bytes) {
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + 64 - this.#held);
      this.#block.set(part, this.#held);
      this.#held += part.length;
      at += part.length;
      if (this.#held === 64) this.#take();
    }
    return this;
  }

  #take() {
    for (let i = 0; i < 16; i += 1) this.#words[i] = this.#view.getInt32(4 * i, this.#little);
    this.#compress(this.#state, this.#words);
    this.#held = 0;
  }

  digest() {
    const low = (this.#length * 8) % 2 ** 32;
    const high = Math.floor(this.#length / 2 ** 29);
    this.update(Uint8Array.of(0x80));
    while (this.#held !== 56) this.update(Uint8Array.of(0));
    this.#view.setUint32(56, this.#little ? low : high, this.#little);
    this.#view.setUint32(60, this.#little ? high : low, this.#little);
    this.#take();
    const out = new DataView(new ArrayBuffer(4 * this.#state.length));
    this.#state.forEach((word, i) => out.setInt32(4 * i, word, this.#little));
    return new Uint8Array(out.buffer);
  }
}

// fractions are the first 32 bits behind the point of a root of the first
// primes (FIPS 180-4, 4.2.2 and 5.3.3).
function fractions(count, root) {
  const primes = [];
  for (let n = 2; primes.length < count; n += 1) if (primes.every((p) => n % p)) primes.push(n);
  return Int32Array.from(primes, (p) => Math.floor((root(p) % 1) * 2 ** 32));
}
const k256 = fractions(64, Math.cbrt);
const h256 = fractions(8, Math.sqrt);
const schedule = new Int32Array(64);

// FIPS 180-4, 6.2.2.
function compress256(state, words) {
  const w = schedule;
  w.set(words);
  for (let t = 16; t < 64; t += 1) {
    const s0 = rotl(w[t - 15], 25) ^ rotl(w[t - 15], 14) ^ (w[t - 15] >>> 3);
    const s1 = rotl(w[t - 2], 15) ^ rotl(w[t - 2], 13) ^ (w[t - 2] >>> 10);
    w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t += 1) {
    const t1 = (h + (rotl(e, 26) ^ rotl(e, 21) ^ rotl(e, 7)) + (g ^ (e & (f ^ g))) + k256[t] + w[t]) | 0;
    const t2 = ((rotl(a, 30) ^ rotl(a, 19) ^ rotl(a, 10)) + ((a & b) ^ (c & (a ^ b)))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
}

const h1 = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

// FIPS 180-4, 6.1.2.
function compress1(state, words) {
  const w = schedule;
  w.set(words);
  let [a, b, c, d, e] = state;
  for (let t = 0; t < 80; t += 1) {
    const at = t & 15;
    if (t >= 16) w[at] = rotl(w[(t - 3) & 15] ^ w[(t - 8) & 15] ^ w[(t - 14) & 15] ^ w[at], 1);
    let f = b ^ c ^ d;
    let k = 0x6ed9eba1;
    if (t < 20) [f, k] = [d ^ (b & (c ^ d)), 0x5a827999];
    else if (t >= 60) k = 0xca62c1d6;
    else if (t >= 40) [f, k] = [(b & c) | (d & (b | c)), 0x8f1bbcdc];
    const next = (rotl(a, 5) + f + e + k + w[at]) | 0;
    e = d; d = c; c = rotl(b, 30); b = a; a = next;
  }
  [a, b, c, d, e].forEach((word, i) => { state[i] += word; });
}

// RIPEMD-160 (Dobbertin, Bosselaers, Preneel, 1996): which word each of the 80
// steps takes and by how much it turns, for its two lines, one digit a step.
const digits = (text) => Array.from(text.replaceAll(' ', ''), (c) => Number.parseInt(c, 16));
const lines = [{
  words: digits('0123456789abcdef 74d1a6f3c0952eb8 3ae49f812706db5c 19ba08c4d37fe562 40597c2ae138b6fd'),
  turns: digits('befc5879bdef6798 768db97f7cf9b7dc bd67e9dfe8d65c75 bcefef989e56865c 9f5b68dc5cdeb856'),
  added: [0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e],
  mixing: [0, 1, 2, 3, 4],
}, {
  words: digits('5e7092b4d6f81a3c 6b370d5aef8c4912 f5137e69b8c2a04d 86413bf05c2d97ae cfa4158762de039b'),
  turns: digits('899bdff5778beec6 9df7c89b77c76fdb 97fb866ecd5edd75 f58bee6e69c9c5f8 85c9c5e68d65fdbb'),
  added: [0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0],
  mixing: [4, 3, 2, 1, 0],
}];
const mix = [
  (x, y, z) => x ^ y ^ z,
  (x, y, z) => (x & y) | (~x & z),
  (x, y, z) => (x | ~y) ^ z,
  (x, y, z) => (x & z) | (y & ~z),
  (x, y, z) => x ^ (y | ~z),
];

function compress160(state, words) {
  const [left, right] = lines.map(({ words: taken, turns, added, mixing }) => {
    let [a, b, c, d, e] = state;
    for (let t = 0; t < 80; t += 1) {
      const round = t >> 4;
      const sum = (a + mix[mixing[round]](b, c, d) + words[taken[t]] + added[round]) | 0;
      const next = (rotl(sum, turns[t]) + e) | 0;
      a = e; e = d; d = rotl(c, 10); c = b; b = next;
    }
    return [a, b, c, d, e];
  });
  const old = Array.from(state);
  for (let i = 0; i < 5; i += 1) state[i] = old[(i + 1) % 5] + left[(i + 2) % 5] + right[(i + 3) % 5];
}

// Keccak-256 as Ethereum uses it: the sponge of FIPS 202 with the padding of
// before it.
const mask = (1n << 64n) - 1n;
const turn64 = (x, n) => (n === 0n ? x : ((x << n) | (x >> (64n - n))) & mask);
const [offsets, constants] = (() => {
  const turns = Array(25).fill(0n);
  for (let t = 0, x = 1, y = 0; t < 24; t += 1) {
    turns[x + 5 * y] = BigInt((((t + 1) * (t + 2)) / 2) % 64);
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  const rounds = [];
  for (let round = 0, register = 1; round < 24; round += 1) {
    let constant = 0n;
    for (let j = 0; j < 7; j += 1) {
      if (register & 1) constant |= 1n << BigInt(2 ** j - 1);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
    rounds.push(constant);
  }
  return [turns, rounds];
})();

function permute(lanes) {
  for (const constant of constants) {
    const columns = [0, 1, 2, 3, 4].map((x) => lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]);
    for (let i = 0; i < 25; i += 1) lanes[i] ^= columns[(i + 4) % 5] ^ turn64(columns[(i + 1) % 5], 1n);
    const moved = Array(25);
    for (let x = 0; x < 5; x += 1) {
      for (let y = 0; y < 5; y += 1) moved[y + 5 * ((2 * x + 3 * y) % 5)] = turn64(lanes[x + 5 * y], offsets[x + 5 * y]);
    }
    for (let i = 0; i < 25; i += 1) {
      const row = i - (i % 5);
      lanes[i] = moved[i] ^ ((moved[row + ((i + 1) % 5)] ^ mask) & moved[row + ((i + 2) % 5)]);
    }
    lanes[0] ^= constant;
  }
}

class Keccak {
  #lanes = Array(25).fill(0n);
  #block = new Uint8Array(136);
  #held = 0;

  update(bytes) {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + 136 - this.#held);
      this.#block.set(part, this.#held);
      this.#held += part.length;
      at += part.length;
      if (this.#held === 136) this.#take();
    }
    return this;
  }

  #take() {
    const view = new DataView(this.#block.buffer);
    for (let i = 0; i < 17; i += 1) this.#lanes[i] ^= view.getBigUint64(8 * i, true);
    permute(this.#lanes);
    this.#held = 0;
  }

  digest() {
    this.#block.fill(0, this.#held);
    this.#block[this.#held] ^= 0x01;
    this.#block[135] ^= 0x80;
    this.#take();
    const out = new DataView(new ArrayBuffer(32));
    for (let i = 0; i < 4; i += 1) out.setBigUint64(8 * i, this.#lanes[i], true);
    return new Uint8Array(out.buffer);
  }
}

// hashes are by the byte that stands for them in a proof.
export const hashes = {
  0x02: { name: 'sha1', title: 'SHA-1', size: 20, start: () => new Chain(h1, compress1, false) },
  0x03: { name: 'ripemd160', title: 'RIPEMD-160', size: 20, start: () => new Chain(h1, compress160, true) },
  0x08: { name: 'sha256', title: 'SHA-256', size: 32, start: () => new Chain(h256, compress256, false) },
  0x67: { name: 'keccak256', title: 'Keccak-256', size: 32, start: () => new Keccak() },
};

export const sha256 = (bytes) => hashes[0x08].start().update(bytes).digest();
