// A small assembler of WebAssembly: just the instructions and the sections
// that sha256.js needs (WebAssembly Core Specification 2.0, chapter 5). Code
// is an array of bytes.
const unsigned = (n) => {
  const out = [];
  do {
    out.push((n & 127) | (n > 127 ? 128 : 0));
    n >>>= 7;
  } while (n > 0);
  return out;
};

const signed = (n) => {
  const out = [];
  for (;;) {
    const low = n & 127;
    n >>= 7;
    if ((n === 0 && low < 64) || (n === -1 && low >= 64)) return [...out, low];
    out.push(low | 128);
  }
};

const vector = (op) => [0xfd, ...unsigned(op)];

export const get = (local) => [0x20, ...unsigned(local)];
export const set = (local) => [0x21, ...unsigned(local)];
export const tee = (local) => [0x22, ...unsigned(local)];
export const int = (n) => [0x41, ...signed(n)];

// Memory at a constant offset behind the address on the stack.
export const load = (offset) => [0x28, 0, ...unsigned(offset)];
export const store = (offset) => [0x36, 0, ...unsigned(offset)];
export const vload = (offset) => [...vector(0x00), 0, ...unsigned(offset)];
export const vstore = (offset) => [...vector(0x0b), 0, ...unsigned(offset)];

export const less = [0x49]; // unsigned
export const add = [0x6a];
export const and = [0x71];
export const or = [0x72];
export const xor = [0x73];
export const right = (n) => [...int(n), 0x76];
export const rotl = (n) => [...int(n), 0x77];
export const rotr = (n) => [...int(n), 0x78];

export const vadd = vector(0xae);
export const vxor = vector(0x51);
export const vleft = (n) => [...int(n), ...vector(0xab)];
export const vright = (n) => [...int(n), ...vector(0xad)];
export const vzero = [...vector(0x0c), ...Array(16).fill(0)];
// pick makes a vector of four words of the two on the stack, counted 0–7.
export const pick = (...words) => [...vector(0x0d), ...words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3])];
// swap turns the bytes of each word around.
export const swap = [...vector(0x0d), 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

// again runs body until its condition, left on the stack, is zero.
export const again = (body, condition) => [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];

const counted = (bytes) => [...unsigned(bytes.length), ...bytes];
const section = (id, bytes) => [id, ...counted(bytes)];
const text = (s) => counted(Array.from(s, (c) => c.charCodeAt(0)));

// build makes a module of one memory, exported as "memory", that begins with
// data at an offset, and one function of two integers, exported as "run".
// locals counts its integers and vectors beside the parameters.
export function build({ pages, offset, data, locals: [ints, vectors], body }) {
  const kinds = [[...unsigned(ints), 0x7f], ...(vectors > 0 ? [[...unsigned(vectors), 0x7b]] : [])];
  const code = [...unsigned(kinds.length), ...kinds.flat(), ...body, 0x0b];
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 2, 0x7f, 0x7f, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...unsigned(pages)]),
    ...section(7, [2, ...text('memory'), 2, 0, ...text('run'), 0, 0]),
    ...section(10, [1, ...counted(code)]),
    ...section(11, [1, 0, ...int(offset), 0x0b, ...counted(data)]),
  ]);
}
