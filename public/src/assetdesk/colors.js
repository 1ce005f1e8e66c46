// What a transaction does with units, read in the browser: so that what is signed is
// what the page shows, whatever built it. The rules are those of OAP/1.0 and of Colu's
// packages, as far as transactions of Cairn's use them; anything else is not
// understood, and not signed.
const tag = [0x4f, 0x41, 0x01, 0x00]; // Open Assets, version 1
const most = 2n ** 63n - 1n;

export class NotUnderstood extends Error {
  kind = 'draft';
}

// color gives what the outputs hold and what is destroyed:
//   { outputs: [[{ id, units }]], destroyed: Map of units by id, issued }
// inputs hold [[{ id, units }]], units as BigInt; scripts are those of the outputs, in
// hexadecimal; issued is how many new units there are, under the id of id. Throws
// NotUnderstood.
export function color(protocol, { inputs, scripts, id }) {
  const read = { 'open-assets': openAssets, colu }[protocol];
  if (!read) throw new NotUnderstood(protocol);
  return read({ inputs, scripts, id });
}

// colorless is a transaction that has nothing to do with units: a coin is made for those
// that follow it.
const colorless = (scripts) => ({ outputs: scripts.map(() => []), destroyed: new Map(), issued: 0n });

// pushes are the data of an OP_RETURN script that has nothing else.
function payloadOf(script) {
  if (!script.startsWith('6a')) return null;
  const bytes = Uint8Array.from(script.match(/../g), (two) => parseInt(two, 16));
  let [at, length] = [2, bytes[1]];
  if (length === 0x4c) [at, length] = [3, bytes[2]];
  else if (!(length <= 0x4b)) return null;
  return bytes.length === at + length ? bytes.subarray(at) : null;
}

const begins = (bytes, wanted) => bytes !== null && wanted.every((byte, i) => bytes[i] === byte);

function openAssets({ inputs, scripts, id }) {
  const markers = scripts.map((script, i) => [i, payloadOf(script)]).filter(([, bytes]) => begins(bytes, tag));
  if (markers.length === 0 && inputs.flat().length === 0) return colorless(scripts);
  if (markers.length !== 1) throw new NotUnderstood('marker');
  const [[marker, bytes]] = markers;
  const list = quantities(bytes);
  if (list.length > scripts.length - 1) throw new NotUnderstood('list');
  const outputs = scripts.map(() => []);
  const queue = inputs.flat().map((one) => ({ ...one }));
  let issued = 0n;
  list.forEach((quantity, n) => {
    const i = n < marker ? n : n + 1;
    if (quantity === 0n) return;
    if (i < marker) {
      outputs[i].push({ id, units: quantity });
      issued += quantity;
      return;
    }
    const first = queue[0]?.id;
    for (let left = quantity; left > 0n;) {
      const next = queue[0];
      if (!next || next.id !== first) throw new NotUnderstood('units');
      const taken = left < next.units ? left : next.units;
      next.units -= taken;
      left -= taken;
      if (next.units === 0n) queue.shift();
    }
    outputs[i].push({ id: first, units: quantity });
  });
  return { outputs, destroyed: summed(queue), issued };
}

function quantities(bytes) {
  let at = tag.length;
  const count = bytes[at];
  if (!(count < 0xfd)) throw new NotUnderstood('count');
  at += 1;
  const list = [];
  for (let n = 0; n < count; n += 1) {
    let [value, shift] = [0n, 0n];
    for (;;) {
      if (at >= bytes.length || shift > 56n) throw new NotUnderstood('leb128');
      const byte = bytes[at];
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) break;
    }
    if (value > most) throw new NotUnderstood('leb128');
    list.push(value);
  }
  const metadata = bytes[at];
  if (!(metadata < 0xfd) || bytes.length !== at + 1 + metadata) throw new NotUnderstood('metadata');
  return list;
}

// Bytes of hashes behind the opcode, by its low digit as transfers have it.
const hashes = [52, 20, 0, 20, 20, 0];
// Numbers (SFFC): bytes and bits of the exponent, by the three first bits.
const numbers = { 0x20: [2, 4n], 0x40: [3, 4n], 0x60: [4, 4n], 0x80: [5, 3n], 0xa0: [6, 3n], 0xc0: [7, 0n], 0xe0: [7, 0n] };

function colu({ inputs, scripts, id }) {
  const found = scripts.map(payloadOf).filter((bytes) => begins(bytes, [0x43, 0x43]));
  if (found.length === 0 && inputs.flat().length === 0) return colorless(scripts);
  if (found.length !== 1) throw new NotUnderstood('payload');
  const { units, payments, aggregates } = readPayload(found[0]);
  const lots = inputs.map((input) => input.map((one) => ({ ...one })));
  if (units > 0n) lots[0].unshift({ id, units });
  const outputs = scripts.map(() => []);
  const burnt = [];
  let [input, place] = [0, 0];
  const next = () => {
    place += 1;
    while (input < lots.length && place >= lots[input].length) [input, place] = [input + 1, 0];
  };
  for (const payment of payments) {
    if (payment.input >= inputs.length || (!payment.burns && payment.output >= scripts.length)) throw new NotUnderstood('payment');
    if (payment.units > 0n && input < payment.input) [input, place] = [payment.input, 0];
    for (let [left, parts] = [payment.units, 0]; left > 0n; parts += 1) {
      const lot = lots[input]?.[place];
      if (!lot) throw new NotUnderstood('short');
      const taken = left < lot.units ? left : lot.units;
      const to = payment.burns ? burnt : outputs[payment.output];
      if (parts > 0 && !payment.burns) {
        const last = to.at(-1);
        if (last.id !== lot.id || !aggregates) throw new NotUnderstood('mixed');
        last.units += taken;
      } else to.push({ id: lot.id, units: taken });
      lot.units -= taken;
      left -= taken;
      if (lot.units === 0n) next();
    }
  }
  outputs.at(-1).push(...lots.flat().filter((lot) => lot.units > 0n));
  return { outputs, destroyed: summed(burnt), issued: units };
}

function readPayload(bytes) {
  const opcode = bytes[3];
  const kind = opcode >> 4;
  if (!(kind <= 2)) throw new NotUnderstood('opcode');
  const digit = kind > 0 ? opcode & 0x0f : opcode >= 5 ? 5 : opcode - 1;
  if (!(digit in hashes) || (kind === 0 && opcode > 6)) throw new NotUnderstood('opcode');
  let at = 4 + hashes[digit];
  let end = bytes.length;
  let [units, aggregates] = [0n, true];
  if (kind === 0) {
    end -= 1; // the flags
    aggregates = ((bytes[end] >> 2) & 3) === 0;
    [units, at] = number(bytes, at, end);
  }
  const payments = [];
  let input = 0;
  while (at < end) {
    const flags = bytes[at];
    if (flags & 0x60) throw new NotUnderstood('payment'); // range, percent
    const output = flags & 0x1f;
    const burns = kind === 2 && output === 31;
    let amount;
    [amount, at] = number(bytes, at + 1, end);
    payments.push({ input, output, burns, units: amount });
    if (flags & 0x80) input += 1;
  }
  return { units, payments, aggregates };
}

function number(bytes, at, end) {
  if (at >= end) throw new NotUnderstood('number');
  if (bytes[at] < 0x20) return [BigInt(bytes[at]), at + 1];
  const [length, exponentBits] = numbers[bytes[at] & 0xe0];
  if (at + length > end) throw new NotUnderstood('number');
  let value = 0n;
  for (let i = 0; i < length; i += 1) value = (value << 8n) | BigInt(bytes[at + i]);
  const flagBits = exponentBits === 0n ? 2n : 3n;
  value &= (1n << (BigInt(8 * length) - flagBits)) - 1n;
  const units = (value >> exponentBits) * 10n ** (value & ((1n << exponentBits) - 1n));
  if (units > most) throw new NotUnderstood('number');
  return [units, at + length];
}

function summed(lots) {
  const sums = new Map();
  for (const { id, units } of lots) if (units > 0n) sums.set(id, (sums.get(id) ?? 0n) + units);
  return sums;
}
