// SHA-256 (FIPS 180-4) by pieces, in WebAssembly that is assembled here: all
// 64 rounds unrolled, and the message schedule four words at a time where the
// browser has vectors, which makes it half as fast again as compiled C. A
// digest under way can be saved and taken up later.
import {
  add, again, and, build, get, int, less, load, or, pick, right, rotl, rotr, set, store, swap, tee, vadd, vleft, vload,
  vright, vstore, vxor, vzero, xor,
} from './wasm.js';

// fractions are the first 32 bits behind the point of a root of the first
// count primes (FIPS 180-4, 4.2.2 and 5.3.3).
function fractions(count, root) {
  const primes = [];
  for (let n = 2; primes.length < count; n += 1) if (primes.every((p) => n % p)) primes.push(n);
  return Uint32Array.from(primes, (p) => (root(p) % 1) * 2 ** 32);
}
const constants = fractions(64, Math.cbrt);
const beginning = fractions(8, Math.sqrt);

// Where things lie in memory: the state, the 16 words of the schedule with and
// without their constants, the constants, and what is to be hashed.
const state = 0;
const keyed = 64;
const plain = 128;
const table = 256;
const input = 512;
const pages = 5;
const room = (pages << 16) - input & -64;

// Locals: the block's address, where to end, a to h, two that take turns as
// a^b, one spare; and with vectors four of the schedule and one spare.
const [block, end, a, h, turn, spare, x, vspare] = [0, 1, 2, 9, 10, 12, 13, 17];

// sigma is rotr(r1) ^ rotr(r2) ^ (shift ? right(r3) : rotr(r3)) of a local.
const sigma = (local, r1, r2, r3, shift) => [
  ...get(local), ...rotr(r1), ...get(local), ...rotr(r2), ...xor, ...get(local), ...(shift ? right(r3) : rotr(r3)), ...xor,
];

const vrotr = (local, n) => [...get(local), ...vright(n), ...get(local), ...vleft(32 - n), ...vxor];
const vsigma = (local, r1, r2, r3) => [
  ...vrotr(local, r1), ...vrotr(local, r2), ...vxor, ...get(local), ...vright(r3), ...vxor,
];

// group with vectors puts words 4g to 4g+3 of the schedule into memory.
function groupByVectors(g) {
  const w = (i) => x + ((g + i) & 3); // w(0) is the oldest, and becomes the new
  const fresh = [...get(block), ...vload(16 * g), ...tee(vspare), ...get(vspare), ...swap, ...set(w(0))];
  const later = [
    ...get(w(0)), ...get(w(1)), ...pick(1, 2, 3, 4), ...set(vspare), // W[t-15]
    ...get(w(0)), ...vsigma(vspare, 7, 18, 3), ...vadd,
    ...get(w(2)), ...get(w(3)), ...pick(1, 2, 3, 4), ...vadd, ...set(w(0)), // W[t-7]
    // The last part needs W[t-2]: two words first, then the two after them.
    ...get(w(3)), ...get(w(3)), ...pick(2, 3, 2, 3), ...set(vspare),
    ...vsigma(vspare, 17, 19, 10), ...vzero, ...pick(0, 1, 4, 5), ...get(w(0)), ...vadd, ...set(w(0)),
    ...get(w(0)), ...get(w(0)), ...pick(0, 1, 0, 1), ...set(vspare),
    ...vzero, ...vsigma(vspare, 17, 19, 10), ...pick(0, 1, 4, 5), ...get(w(0)), ...vadd, ...set(w(0)),
  ];
  return [
    ...(g < 4 ? fresh : later),
    ...int(0), ...get(w(0)), ...int(0), ...vload(table + 16 * g), ...vadd, ...vstore(keyed + 16 * (g & 3)),
  ];
}

// groupByWords is the same without vectors.
function groupByWords(g) {
  const code = [];
  const word = (t) => [...int(0), ...load(plain + 4 * (t & 15))];
  for (let t = 4 * g; t < 4 * g + 4; t += 1) {
    const fresh = [
      ...get(block), ...load(4 * t), ...tee(spare), ...rotl(8), ...int(0x00ff00ff), ...and,
      ...get(spare), ...rotr(8), ...int(0xff00ff00 | 0), ...and, ...or,
    ];
    const later = [
      ...word(t - 16), ...word(t - 7), ...add,
      ...word(t - 15), ...set(spare), ...sigma(spare, 7, 18, 3, true), ...add,
      ...word(t - 2), ...set(spare), ...sigma(spare, 17, 19, 10, true), ...add,
    ];
    code.push(
      ...(t < 16 ? fresh : later), ...set(spare),
      ...int(0), ...get(spare), ...store(plain + 4 * (t & 15)),
      ...int(0), ...get(spare), ...int(constants[t] | 0), ...add, ...store(keyed + 4 * (t & 15)),
    );
  }
  return code;
}

// rounds are the 64 rounds over one block (FIPS 180-4, 6.2.2). Instead of
// moving eight variables a round, their names move. maj(a,b,c) is
// b ^ ((a^b) & (b^c)), and b^c is the last round's a^b.
function rounds(group) {
  const code = [];
  let names = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => a + i);
  let [now, before] = [turn, turn + 1];
  code.push(...get(names[1]), ...get(names[2]), ...xor, ...set(before));
  for (let t = 0; t < 64; t += 1) {
    if (t % 4 === 0) code.push(...group(t / 4));
    const [A, B, C, D, E, F, G, H] = names;
    code.push(
      ...get(H), ...int(0), ...load(keyed + 4 * (t & 15)), ...add,
      ...get(F), ...get(G), ...xor, ...get(E), ...and, ...get(G), ...xor, ...add,
      ...sigma(E, 6, 11, 25), ...add, ...tee(H), ...get(D), ...add, ...set(D),
      ...get(H), ...get(A), ...get(B), ...xor, ...tee(now), ...get(before), ...and, ...get(B), ...xor, ...add,
      ...sigma(A, 2, 13, 22), ...add, ...set(H),
    );
    [now, before] = [before, now];
    names = [H, A, B, C, D, E, F, G];
  }
  return code;
}

function assemble(vectors) {
  const each = (make) => Array.from({ length: 8 }, (_, i) => make(a + i, state + 4 * i)).flat();
  return build({
    pages,
    offset: table,
    data: new Uint8Array(constants.buffer),
    locals: vectors ? [spare - end, vspare - x + 1] : [spare - end, 0],
    body: [
      ...each((local, at) => [...int(0), ...load(at), ...set(local)]),
      ...again([
        ...rounds(vectors ? groupByVectors : groupByWords),
        ...each((local, at) => [...int(0), ...int(0), ...load(at), ...get(local), ...add, ...tee(local), ...store(at)]),
        ...get(block), ...int(64), ...add, ...tee(block),
      ], [...get(end), ...less]),
    ],
  });
}

// sha256 makes a hasher; vectors are used where the browser has them, unless
// told otherwise.
export async function sha256({ vectors = true } = {}) {
  const fast = assemble(true);
  const code = vectors && WebAssembly.validate(fast) ? fast : assemble(false);
  const { instance } = await WebAssembly.instantiate(code);
  return new Sha256(instance.exports);
}

class Sha256 {
  #run;
  #state;
  #input;
  #held = 0; // bytes of input that do not make a block yet
  #length = 0;

  constructor({ memory, run }) {
    this.#run = run;
    this.#state = new Uint32Array(memory.buffer, state, 8);
    this.#input = new Uint8Array(memory.buffer, input, room);
    this.start();
  }

  start() {
    this.#state.set(beginning);
    this.#held = 0;
    this.#length = 0;
    return this;
  }

  // update takes a Uint8Array of any length.
  update(bytes) {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + room - this.#held);
      this.#input.set(part, this.#held);
      this.#held += part.length;
      at += part.length;
      const whole = this.#held & -64;
      if (whole > 0) {
        this.#run(input, input + whole);
        this.#input.copyWithin(0, whole, this.#held);
        this.#held -= whole;
      }
    }
    this.#length += bytes.length;
    return this;
  }

  // save is all that is needed to go on later, here or in another hasher.
  save() {
    return { state: this.#state.slice(), held: this.#input.slice(0, this.#held), length: this.#length };
  }

  load(saved) {
    this.#state.set(saved.state);
    this.#input.set(saved.held);
    this.#held = saved.held.length;
    this.#length = saved.length;
    return this;
  }

  // hex ends the message and is its digest in 64 digits.
  hex() {
    const zeros = (119 - (this.#length % 64)) % 64;
    const tail = new Uint8Array(zeros + 9);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(zeros + 1, Math.floor(this.#length / 2 ** 29));
    view.setUint32(zeros + 5, (this.#length * 8) % 2 ** 32);
    this.update(tail);
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, '0')).join('');
  }
}
