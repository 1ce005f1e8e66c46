// Reads OpenTimestamps proofs, with the rules and the limits of notary/ots:
// what one reads, the other reads the same, and what one refuses, the other
// refuses for the same reason. Every step is carried out while it is read.
import { compare, hex, join, same } from './bytes.js';
import { hashes } from './hashes.js';

const magic = Uint8Array.from('\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94', (c) => c.charCodeAt(0));

export const limits = { message: 4096, argument: 4096, payload: 8192, uri: 1000, depth: 256, size: 1 << 20 };
const mostWork = 32 << 20;
const nodeWork = 160;

const tags = {
  '0588960d73d71901': 'bitcoin',
  '06869a0d73d71b45': 'litecoin',
  '30fe8087b5c7ead7': 'ethereum',
  '83dfe30d2ef90c8e': 'pending',
};

// ProofError says what is wrong, by one word, and at which byte.
export class ProofError extends Error {
  constructor(kind, at) {
    super(`${kind} at byte ${at}`);
    this.kind = kind;
    this.at = at;
  }
}

export const isProof = (bytes) => bytes.length >= magic.length && same(bytes.subarray(0, magic.length), magic);

// parse reads a detached proof, whole. It gives {hash, digest, root}; root is a
// node: {message, attestations, steps}, each step {code, argument, node}.
// Errors: ProofError.
export function parse(bytes) {
  if (bytes.length > limits.size) throw new ProofError('too-large', 0);
  const reader = new Reader(bytes);
  if (!isProof(bytes)) throw new ProofError('magic', 0);
  reader.at = magic.length;
  if (reader.byte() !== 1) throw reader.fail('version');
  const hash = reader.byte();
  if (!hashes[hash]) throw reader.fail('not-hash');
  const digest = reader.bytes(hashes[hash].size);
  const root = reader.node(digest, limits.depth);
  if (reader.at < bytes.length) throw reader.fail('trailing');
  return { hash, digest, root };
}

class Reader {
  constructor(all, at = 0, end = all.length) {
    this.all = all;
    this.at = at;
    this.end = end;
    this.work = 0;
  }

  fail(kind) { return new ProofError(kind, this.at); }

  byte() {
    if (this.at >= this.end) throw this.fail('truncated');
    this.at += 1;
    return this.all[this.at - 1];
  }

  bytes(n) {
    if (n > this.end - this.at) throw this.fail('truncated');
    this.at += n;
    return this.all.slice(this.at - n, this.at);
  }

  // number reads unsigned LEB128 of at most 10 bytes and 64 bits.
  number() {
    let n = 0n;
    for (let i = 0; i < 10; i += 1) {
      if (this.at + i >= this.end) throw this.fail('truncated');
      const byte = this.all[this.at + i];
      if (i === 9 && byte > 1) throw this.fail('number');
      n |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) {
        this.at += i + 1;
        return n;
      }
    }
    throw this.fail('number');
  }

  // counted reads a length and as many bytes.
  counted(most) {
    const n = this.number();
    if (n > BigInt(most)) throw this.fail('too-long');
    return this.bytes(Number(n));
  }

  spend(work) {
    this.work += work;
    if (this.work > mostWork) throw this.fail('too-large');
  }

  // node reads a message's items; depth counts the messages still allowed on
  // this path, this one included.
  node(message, depth) {
    if (depth === 0) throw this.fail('too-deep');
    this.spend(nodeWork + message.length);
    const node = { message, attestations: [], steps: [] };
    for (;;) {
      let mark = this.byte();
      const more = mark === 0xff;
      if (more) mark = this.byte();
      if (mark === 0) node.attestations.push(this.attestation());
      else node.steps.push(this.step(message, mark, depth));
      if (!more) return settled(node);
    }
  }

  step(message, code, depth) {
    const argument = code === 0xf0 || code === 0xf1 ? this.counted(limits.argument) : new Uint8Array();
    const result = apply(message, code, argument, this);
    return { code, argument, node: this.node(result, depth - 1) };
  }

  attestation() {
    const tag = hex(this.bytes(8));
    const payload = this.counted(limits.payload);
    this.spend(nodeWork + payload.length);
    const kind = tags[tag] ?? 'unknown';
    if (kind === 'unknown') return { kind, tag, payload };
    const inner = new Reader(this.all, this.at - payload.length, this.at);
    const read = { kind, tag };
    if (kind === 'pending') {
      const uri = inner.counted(limits.uri);
      if (!uri.every(allowed)) throw inner.fail('uri');
      read.uri = String.fromCharCode(...uri);
    } else {
      read.height = inner.number();
    }
    if (inner.at < inner.end) throw inner.fail('trailing');
    return read;
  }
}

const allowed = (byte) => /[A-Za-z0-9\-._/:]/.test(String.fromCharCode(byte));

// apply carries one step out.
function apply(message, code, argument, reader) {
  const known = code === 0xf0 || code === 0xf1 || code === 0xf2 || code === 0xf3 || hashes[code];
  if (!known) throw reader.fail('unknown-op');
  if ((code === 0xf0 || code === 0xf1) && argument.length === 0) throw reader.fail('empty-argument');
  if (message.length > limits.message) throw reader.fail('message');
  if (hashes[code]) return hashes[code].start().update(message).digest();
  const result = { 0xf0: () => join(message, argument), 0xf1: () => join(argument, message), 0xf2: () => message.slice().reverse(), 0xf3: () => ascii(hex(message)) }[code]();
  if (result.length > limits.message || (code >= 0xf2 && message.length === 0)) throw reader.fail('message');
  return result;
}

const ascii = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

// settled sorts what was read and drops duplicates: of equal attestations one
// stays, of equal steps the last.
function settled(node) {
  const attestations = node.attestations.toSorted(order);
  const steps = node.steps.toSorted((a, b) => a.code - b.code || compare(a.argument, b.argument));
  return {
    message: node.message,
    attestations: attestations.filter((a, i) => i === 0 || order(a, attestations[i - 1]) !== 0),
    steps: steps.filter((s, i) => i + 1 === steps.length || s.code !== steps[i + 1].code || !same(s.argument, steps[i + 1].argument)),
  };
}

function order(a, b) {
  if (a.tag !== b.tag) return a.tag < b.tag ? -1 : 1;
  if (a.kind === 'pending') return a.uri < b.uri ? -1 : Number(a.uri > b.uri);
  if (a.kind === 'unknown') return compare(a.payload, b.payload);
  return a.height < b.height ? -1 : Number(a.height > b.height);
}

// attested goes through every attestation with the way to it: {steps, message,
// attestation}, each step {code, argument, result}.
export function* attested(node, steps = []) {
  for (const attestation of node.attestations) yield { steps, message: node.message, attestation };
  for (const step of node.steps) {
    yield* attested(step.node, [...steps, { code: step.code, argument: step.argument, result: step.node.message }]);
  }
}
