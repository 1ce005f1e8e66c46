// Open Assets (OAP/1.0), by the specification: markers, and colouring by order.
import { isReturn, pushes, startsWith } from './transaction.js';

const tag = [0x4f, 0x41, 0x01, 0x00];
const none = Symbol('no marker');

function contains(script) {
  for (let at = 1; at + tag.length <= script.length; at += 1) if (tag.every((b, i) => script[at + i] === b)) return true;
  return false;
}

const mayMark = ({ script }) => isReturn(script) && contains(script);

export const touches = (tx) => !tx.mints && tx.outs.some(mayMark);

// markerOf is {list, metadata}; null for a malformed one, none where there is none.
function markerOf(output) {
  if (!mayMark(output)) return none;
  let found = none;
  for (const { from, to } of pushes(output.script)) {
    const payload = output.script.subarray(from, to);
    if (!startsWith(payload, tag)) continue;
    const marker = readMarker(payload.subarray(tag.length));
    if (marker) return marker;
    found = null;
  }
  return found;
}

function readMarker(bytes) {
  let at = 0;
  function size() {
    const first = bytes[at];
    const width = first >= 0xfd ? 2 << (first - 0xfd) : 0;
    if (!(at + width < bytes.length)) return null;
    at += 1 + width;
    if (width === 0) return first;
    let n = 0;
    for (let i = 1; i <= width; i += 1) n = n * 256 + bytes[at - i];
    return n;
  }
  function quantity() { // LEB128 of nine bytes at most, which hold up to 2^63-1
    let q = 0n;
    for (let i = 0; i < 9 && at < bytes.length; i += 1) {
      const byte = bytes[at];
      at += 1;
      q |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return q;
    }
    return null;
  }
  const count = size();
  if (count === null || count > bytes.length - at) return null;
  const list = [];
  for (let i = 0; i < count; i += 1) {
    const q = quantity();
    if (q === null) return null;
    list.push(q);
  }
  const length = size();
  if (length === null || length !== bytes.length - at) return null;
  return { list, metadata: bytes.subarray(at) };
}

// onlyIssues: the one marker has nothing for outputs behind it.
export function onlyIssues(tx) {
  let at = -1;
  let list = [];
  for (const [i, output] of tx.outs.entries()) {
    const marker = markerOf(output);
    if (marker === none || marker === null) continue;
    if (at >= 0) return false;
    at = i;
    list = marker.list;
  }
  return at >= 0 && list.length < tx.outs.length && list.every((q, i) => i < at || q === 0n);
}

// color gives {verdict, outputs, issued, metadata}; idOf names the asset of a script.
export function color(tx, inputs, idOf) {
  const empty = () => tx.outs.map(() => []);
  let rejected = false;
  for (const [at, output] of tx.mints ? [] : tx.outs.entries()) {
    const marker = markerOf(output);
    if (marker === none) continue;
    const result = marker && apply(marker, at, tx, inputs, idOf, empty());
    if (result) return result;
    rejected = true;
  }
  return { verdict: rejected ? 'rejected' : 'none', outputs: empty() };
}

function apply({ list, metadata }, at, tx, inputs, idOf, outputs) {
  if (list.length > tx.outs.length - 1) return null;
  const script = inputs[0].prevout?.script;
  const result = { verdict: 'valid', outputs, metadata };
  for (let i = 0; i < Math.min(at, list.length); i += 1) {
    if (list[i] === 0n) continue;
    if (!script) {
      result.verdict = 'unsure';
      continue;
    }
    result.issued = idOf(script);
    outputs[i] = [{ asset: result.issued, units: list[i] }];
  }
  const queue = inputs.flatMap(({ held }) => held ?? []).map(({ asset, units }) => ({ asset, left: units }));
  let next = 0;
  for (let i = at; i < list.length; i += 1) {
    let asset = null;
    for (let left = list[i]; left > 0n;) {
      while (next < queue.length && queue[next].left === 0n) next += 1;
      const from = queue[next];
      if (!from || (asset && from.asset !== asset)) return null;
      asset = from.asset;
      const n = left < from.left ? left : from.left;
      from.left -= n;
      left -= n;
    }
    if (asset) outputs[i + 1] = [{ asset, units: list[i] }];
  }
  return result;
}
