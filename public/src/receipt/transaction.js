// Transactions without witnesses, and what outputs push.
import { shown } from '../offline/bytes.js';
import { sha256 } from '../offline/hashes.js';

export class Wrong extends Error {
  constructor(kind, detail = '') {
    super(`${kind}: ${detail}`);
    this.kind = kind;
    this.detail = detail;
  }
}

export const hash256 = (bytes) => sha256(sha256(bytes));

// Reader reads a transaction; it throws Wrong('format') where the bytes end.
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = 0;
  }

  take(n) {
    if (!(n <= this.bytes.length - this.at)) throw new Wrong('format', 'transaction');
    this.at += n;
    return this.at - n;
  }

  number() { return this.view.getUint32(this.take(4), true); }

  data(n) { const from = this.take(n); return this.bytes.subarray(from, from + n); }

  size() {
    const first = this.bytes[this.take(1)];
    if (first < 0xfd) return first;
    if (first === 0xfd) return this.view.getUint16(this.take(2), true);
    if (first === 0xfe) return this.number();
    return Number(this.view.getBigUint64(this.take(8), true));
  }
}

const noHash = '0'.repeat(64);

// parse reads a transaction.
export function parse(bytes) {
  const r = new Reader(bytes);
  const tx = { version: r.number(), ins: [], outs: [], id: shown(hash256(bytes)) };
  for (let n = r.size(); n > 0; n -= 1) {
    const txid = shown(r.data(32));
    const vout = r.number();
    tx.ins.push({ txid, vout, coin: `${txid}:${vout}`, script: r.data(r.size()), sequence: r.number() });
  }
  for (let n = r.size(); n > 0; n -= 1) {
    const value = r.view.getBigInt64(r.take(8), true);
    tx.outs.push({ value, script: r.data(r.size()) });
  }
  r.number();
  if (r.at !== bytes.length || tx.ins.length === 0) throw new Wrong('format', 'transaction');
  tx.mints = tx.ins.length === 1 && tx.ins[0].txid === noHash && tx.ins[0].vout === 0xffffffff;
  return tx;
}

// pushes are what a script pushes behind its first opcode, or from a byte on, in
// order, up to where it cannot be read; other opcodes push nothing.
export function* pushes(script, from = 1) {
  for (let at = from; at < script.length;) {
    const op = script[at];
    at += 1;
    if (op === 0 || op > 0x4e) {
      yield { from: at, to: at };
      continue;
    }
    let size = op;
    if (op >= 0x4c) {
      const width = 1 << (op - 0x4c);
      if (at + width > script.length) return;
      size = 0;
      for (let i = width - 1; i >= 0; i -= 1) size = size * 256 + script[at + i];
      at += width;
    }
    if (size > script.length - at) return;
    yield { from: at, to: at + size };
    at += size;
  }
}

// tokens are all opcodes of a script with what they push; null for one that cannot
// be read to its end.
export function tokens(script) {
  const out = [];
  for (let at = 0; at < script.length;) {
    const op = script[at];
    const [push] = pushes(script.subarray(at), 0);
    if (!push) return null;
    out.push({ op, data: op <= 0x4e ? script.subarray(at + push.from, at + push.to) : null, end: at + push.to });
    at += push.to;
  }
  return out;
}

export const isReturn = (script) => script[0] === 0x6a;

export const startsWith = (bytes, start) => start.every((b, i) => bytes[i] === b);
