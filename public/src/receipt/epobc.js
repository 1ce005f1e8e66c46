// EPOBC: a tag in the first input's sequence number, padding, and order.
const tagOf = (sequence) => {
  const kind = { 0x33: 'transfer', 0x25: 'genesis' }[sequence & 0x3f];
  const code = BigInt((sequence >>> 6) & 0x3f);
  return kind && { kind, padding: code === 0n ? 0n : 1n << code };
};

export const noTag = 0xffffffff;

// sequenceOf is what coins remember of the transaction that made them.
export const sequenceOf = (tx) => (tx.mints ? noTag : tx.ins[0].sequence);

export const touches = (tx) => tagOf(sequenceOf(tx)) !== undefined;

export const isGenesis = (tx) => tagOf(sequenceOf(tx))?.kind === 'genesis';

const units = (value, padding) => (value > padding ? value - padding : 0n);

function spans(amounts) {
  const out = [];
  let end = 0n;
  for (const a of amounts) {
    if (a <= 0n) break;
    out.push({ from: end, to: end + a });
    end += a;
  }
  return out;
}

// room is how many units' place each input takes, up to where outputs that may be
// coloured end; null if a coin or tag before that is not known.
function room(inputs, outs) {
  const last = inputs.findLastIndex(({ held }) => held?.length);
  const edges = new Set([0n, ...outs.map(({ to }) => to)]);
  const places = [];
  let at = 0n;
  for (const [i, { prevout, tag }] of inputs.entries()) {
    if (at >= (outs.at(-1)?.to ?? 0n) || (i > last && edges.has(at))) break;
    if (!prevout || tag === undefined) return null;
    const own = tagOf(tag);
    const length = own ? units(prevout.value, own.padding) : 0n;
    if (length === 0n) break;
    places.push(length);
    at += length;
  }
  return places;
}

// color gives {verdict, outputs, issued}; idOf names the colour that a transaction
// begins.
export function color(tx, inputs, idOf) {
  const outputs = tx.outs.map(() => []);
  const tag = tagOf(sequenceOf(tx));
  if (tag?.kind === 'genesis') {
    const n = tx.outs.length > 0 ? units(tx.outs[0].value, tag.padding) : 0n;
    if (n === 0n) return { verdict: 'rejected', outputs };
    const issued = idOf(tx.id);
    outputs[0] = [{ asset: issued, units: n }];
    return { verdict: 'valid', outputs, issued };
  }
  if (!tag || !inputs.some(({ held }) => held?.length)) return { verdict: 'none', outputs };
  const outs = spans(tx.outs.map(({ value }) => units(value, tag.padding)));
  const places = room(inputs, outs);
  if (!places) return { verdict: 'unsure', outputs };
  const ins = spans(places);
  for (const [i, out] of outs.entries()) {
    const from = ins.map((s, j) => ({ ...s, held: inputs[j].held?.[0] })).filter((s) => s.from < out.to && s.to > out.from);
    const asset = from[0]?.held?.asset;
    const sum = from.reduce((n, { held }) => n + (held?.units ?? 0n), 0n);
    if (asset && from.every(({ held }) => held?.asset === asset) && sum >= out.to - out.from) {
      outputs[i] = [{ asset, units: out.to - out.from }];
    }
  }
  return { verdict: outputs.some((held) => held.length > 0) ? 'valid' : 'rejected', outputs };
}
