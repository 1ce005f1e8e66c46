// Colu's Colored Coins, as its packages do it (assets/colu says which).
import { isReturn, pushes } from './transaction.js';

const most = 2n ** 63n - 1n;
const maxParts = 1000; // holdings that one transaction may make and still be followed
const hashes = { 0x01: [20, 32], 0x02: [20], 0x03: [], 0x04: [20], 0x05: [], 0x06: [] };
for (const kind of [0x10, 0x20]) for (const [low, sizes] of [[20, 32], [20], [], [20], [20], []].entries()) hashes[kind + low] = sizes;

// payloadOf is the first push of an output, if it opens with "CC".
function payloadOf({ script }) {
  if (!isReturn(script)) return null;
  const { value } = pushes(script).next();
  const payload = value && script.subarray(value.from, value.to);
  return payload?.[0] === 0x43 && payload[1] === 0x43 ? payload : null;
}

export const touches = (tx) => !tx.mints && tx.outs.some((output) => payloadOf(output));

// find is the first payload that can be read.
export function find(tx) {
  for (const output of tx.outs) {
    const payload = payloadOf(output);
    const read = payload && readPayload(payload);
    if (read) return read;
  }
  return null;
}

const rows = { 1: [2, 4], 2: [3, 4], 3: [4, 4], 4: [5, 3], 5: [6, 3], 6: [7, 0] };

function readPayload(bytes) {
  const opcode = bytes[3];
  if (!(opcode in hashes)) return null;
  const issues = opcode < 0x10;
  const burns = opcode >= 0x20;
  let end = bytes.length;
  let at = 4;
  const p = { issues, payments: [], hashes: [] };
  if (issues) {
    if (end === 4) return null;
    end -= 1;
    const flags = bytes[end];
    p.decimals = flags >> 5;
    p.locked = (flags & 0x10) !== 0;
    p.policy = ((flags >> 2) & 3) % 3; // the one that does not exist is the first
  }
  for (const size of hashes[opcode]) {
    p.hashes.push(bytes.subarray(at, Math.min(at + size, end)));
    at = Math.min(at + size, end);
  }
  p.outside = { 2: 1, 3: 2 }[issues ? opcode : (opcode & 0x0f) + 1] ?? 0;
  // What is cut off is read from the bytes that are there.
  function amount() {
    if (at >= end) return 0n;
    const first = bytes[at];
    at += 1;
    let flag = first >> 5;
    if (flag === 0) return BigInt(first);
    if (flag === 7) flag = 6;
    const [size, exponent] = rows[flag];
    let n = BigInt(first & ~(flag << 5) & 0xff);
    for (let i = 1; i < size && at < end; i += 1, at += 1) n = (n << 8n) | BigInt(bytes[at]);
    return (n >> BigInt(exponent)) * 10n ** (n & ((1n << BigInt(exponent)) - 1n));
  }
  if (issues) {
    p.units = amount();
    p.huge = p.units > most;
    if (bytes[2] === 1) p.units /= 10n ** BigInt(p.decimals);
  }
  for (let input = 0; at < end;) {
    const first = bytes[at];
    at += 1;
    const range = (first & 0x40) !== 0;
    let output = first & 0x1f;
    if (range && at < end) {
      output = output * 256 + bytes[at];
      at += 1;
    }
    const units = amount();
    const burn = burns && !range && output === 31;
    p.payments.push({ input, output, range, percent: (first & 0x20) !== 0, burn, units, huge: units > most });
    if (first & 0x80) input += 1;
  }
  return p;
}

// paysWhatItIssues: the payments are exactly the new units, which come first.
export function paysWhatItIssues(tx, output) {
  const p = find(tx);
  if (!p?.issues || p.huge || output + 1 >= tx.outs.length) return false;
  let left = p.units;
  for (const q of p.payments) {
    if (q.range || q.percent || q.input !== 0 || q.output >= tx.outs.length || q.units > left) return false;
    left -= q.units;
  }
  return left === 0n;
}

// metadataOf are the hashes of an issue: those in the payload, and those that the
// first output carries as keys.
function metadataOf(tx, p) {
  let [infoHash, sha] = p.hashes;
  if (p.outside > 0) {
    const { script } = tx.outs[0];
    const keys = p.outside + 1;
    const plain = [71, 105].includes(script.length) && script[0] === 0x51 && script.at(-1) === 0xae;
    const count = plain ? script.at(-2) - 0x50 : 0;
    if (count !== (script.length - 3) / 34 || ![2, 3].includes(count)) return null;
    for (let i = 0; i < count; i += 1) if (script[1 + 34 * i] !== 33) return null;
    sha = script.subarray(37, 69);
    if (keys === 3) infoHash = count === 3 ? script.subarray(82, 102) : null;
  }
  if (infoHash?.length !== 20) return null;
  return sha?.length === 32 ? sha : null;
}

// color gives {verdict, outputs, issued, sha256}. idOf names what an issue makes:
// by its payload, its first input and the script that spends. together says whether
// units of an asset become one.
export function color(tx, inputs, idOf, together) {
  const empty = () => tx.outs.map(() => []);
  const p = find(tx);
  if (!p) return { verdict: touches(tx) ? 'rejected' : 'none', outputs: empty() };
  const lots = inputs.map(({ held }) => (held ?? []).map(({ asset, units }) => ({ asset, units, left: units })));
  const result = { verdict: 'valid', outputs: empty() };
  if (p.issues) {
    if (tx.mints || p.huge) return { verdict: 'rejected', outputs: empty() };
    const script = inputs[0].prevout?.script;
    if (!p.locked && !script) return { verdict: 'unsure', outputs: empty() };
    result.issued = idOf(p, tx.ins[0], script);
    result.sha256 = metadataOf(tx, p);
    lots[0].unshift({ asset: result.issued, units: p.units, left: p.units });
  }
  if (!pay(p, tx, lots, result.outputs, together)) {
    result.verdict = 'overflow';
    result.outputs = empty();
    for (const lot of lots.flat()) lot.left = lot.units;
  }
  leave(lots, result.outputs, together);
  const parts = result.outputs.reduce((n, held) => n + held.length, 0);
  return parts > maxParts ? { verdict: 'unsure', outputs: empty() } : result;
}

function pay(p, tx, lots, outputs, together) {
  let input = 0;
  let place = 0;
  for (const q of p.payments) {
    if (q.range || q.percent || q.huge || q.input >= tx.ins.length || (!q.burn && q.output >= tx.outs.length)) return false;
    if (q.units > 0n && input < q.input) [input, place] = [q.input, 0];
    let parts = 0;
    for (let left = q.units; left > 0n; parts += 1) {
      const lot = lots[input]?.[place];
      if (!lot) return false;
      const n = left < lot.left ? left : lot.left;
      if (!q.burn) {
        const held = outputs[q.output];
        if (parts === 0) held.push({ asset: lot.asset, units: n });
        else if (held.at(-1).asset !== lot.asset || !together(lot.asset)) return false;
        else held.at(-1).units += n;
      }
      lot.left -= n;
      left -= n;
      if (lot.left > 0n) continue;
      place += 1;
      while (input < lots.length && place >= lots[input].length) [input, place] = [input + 1, 0];
    }
  }
  return true;
}

function leave(lots, outputs, together) {
  const last = outputs.at(-1);
  const made = new Map();
  for (const { asset, left } of lots.flat()) {
    if (left === 0n) continue;
    const same = made.get(asset)?.find((h) => h.units <= most - left);
    if (same) {
      same.units += left;
      continue;
    }
    const held = { asset, units: left };
    last.push(held);
    if (together(asset)) made.set(asset, [...(made.get(asset) ?? []), held]);
  }
}
