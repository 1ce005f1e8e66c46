// A receipt, checked from itself alone: the second implementation beside
// assets/receipt. docs/asset-receipts.md is the format.
import { hex, join, same, shown, unbase64, unhex } from '../offline/bytes.js';
import { hasWork, networks, readHeader, workOf } from '../offline/chain.js';
import { sha256 } from '../offline/hashes.js';
import * as colu from './colu.js';
import { listed } from './definition.js';
import * as epobc from './epobc.js';
import * as ids from './ids.js';
import * as openassets from './openassets.js';
import { fixedOf, pointerOf } from './pointer.js';
import { hash256, parse, Wrong } from './transaction.js';

export { Wrong };

export const maxSize = 4 << 20; // bytes
const maxItems = 2000;
const retarget = 2016;
const protocols = { 'open-assets': openassets, colu, epobc };

// read takes a file's text apart. It throws Wrong: size, truncated, format.
export function read(text) {
  if (text.length > maxSize) throw new Wrong('size');
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Wrong(text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}') ? 'truncated' : 'format');
  }
  if (file?.format !== 'cairn-asset-receipt/1' || !Array.isArray(file.blocks) || !Array.isArray(file.transactions)
    || !Array.isArray(file.holdings) || !file.state) throw new Wrong('format');
  if (file.blocks.length > maxItems || file.transactions.length > maxItems || (file.stated?.length ?? 0) > maxItems) throw new Wrong('size');
  if (!networks[file.network] || !protocols[file.protocol]) throw new Wrong('format');
  return file;
}

const bytesOf = (text) => (typeof text === 'string' && unhex(text)) || fail('format', 'hexadecimal');

function fail(kind, detail) { throw new Wrong(kind, detail); }

// verify gives what a receipt proves, or throws Wrong with the kind of what is
// wrong: format, size, truncated, ancestor, unconfirmed, branch, work, order,
// holdings, definition.
export function verify(file) {
  const chain = readChain(file);
  const walk = new Walk(file, chain);
  const [, txid, number] = /^([0-9a-f]{64}):(\d{1,10})$/.exec(file.coin) ?? fail('format', 'coin');
  if (!walk.txs.has(txid)) fail('ancestor', txid);
  const coin = walk.coin(txid, Number(number), 'units');
  const held = coin.held ?? [];
  const claimed = file.holdings.map(({ asset, units }) => (isUnits(units) ? `${asset} ${units}` : fail('format', 'units')));
  if (held.length === 0 || held.map(({ asset, units }) => `${asset} ${units}`).join() !== claimed.join()) fail('holdings');
  const place = chain.places.get(txid);
  if (!(file.state.height >= place.height) || !ids.isTxid(file.state.block)) fail('format', 'state');
  let upon = 0;
  let work = workOf(place.header);
  for (let above; (above = chain.headers.get(place.height + upon + 1)); upon += 1) work += workOf(above);
  return {
    network: file.network,
    protocol: file.protocol,
    coin: file.coin,
    value: coin.prevout.value,
    held,
    height: place.height,
    block: place.header.hash,
    time: place.header.time,
    upon,
    work,
    transactions: walk.used.size,
    stated: Array.from(walk.word).sort(),
    definitions: define(file, walk),
    state: file.state,
  };
}

const isUnits = (text) => /^(0|[1-9]\d{0,18})$/.test(text) && BigInt(text) < 2n ** 63n;

// readChain checks the work of headers, how they lie upon each other, and branches.
function readChain({ blocks, network }) {
  const headers = new Map();
  const places = new Map();
  let before = -1;
  for (const { height, header: text, transactions } of blocks) {
    const header = readHeader(bytesOf(text)) ?? fail('format', 'header');
    if (!Number.isInteger(height) || height <= before) fail('order', height);
    before = height;
    if (!hasWork(header, network)) fail('work', height);
    const below = headers.get(height - 1);
    if (below && header.previous !== below.hash) fail('order', height);
    if (below && networks[network].steady && header.bits !== below.bits && height % retarget !== 0) fail('work', height);
    headers.set(height, header);
    for (const { txid, index, branch } of transactions ?? []) {
      if (!ids.isTxid(txid) || !Number.isInteger(index) || index < 0 || !Array.isArray(branch)) fail('format', 'branch');
      if (branch.length > 32 || index >= 2 ** branch.length || !branch.every(ids.isTxid)) fail('format', 'branch');
      if (!same(climb(txid, index, branch), header.root)) fail('branch', txid);
      if (places.has(txid)) fail('order', txid);
      places.set(txid, { height, header });
    }
  }
  return { headers, places };
}

function climb(txid, index, branch) {
  let at = ids.inner(txid);
  for (const [level, text] of branch.entries()) {
    const beside = ids.inner(text);
    const right = Math.floor(index / 2 ** level) % 2 === 1;
    if (right && same(at, beside)) fail('branch', txid); // only the last of a row stands for two
    at = hash256(right ? join(beside, at) : join(at, beside));
  }
  return at;
}

// Walk colours what is needed of a receipt's transactions.
class Walk {
  constructor(file, { places }) {
    this.file = file;
    this.places = places;
    this.rules = protocols[file.protocol];
    this.txs = new Map();
    this.stated = new Map((file.stated ?? []).map((s) => [s.coin, s]));
    this.used = new Set();
    this.word = new Set();
    this.issues = new Map();
    this.done = new Map();
    for (const text of file.transactions) {
      const tx = parse(bytesOf(text));
      // One of 64 bytes could be an inner node of a block's tree (CVE-2017-12842).
      if (this.txs.has(tx.id) || text.length === 128) fail('format', 'transaction');
      this.txs.set(tx.id, tx);
    }
  }

  // coin is what is needed of a coin: the coin itself, or its units, too.
  coin(txid, vout, need) {
    const tx = this.txs.get(txid);
    if (!tx) return this.said(txid, vout);
    const prevout = tx.outs[vout] ?? fail('format', 'output');
    this.used.add(txid);
    const input = { prevout, tag: epobc.sequenceOf(tx) };
    if (need === 'units' && this.rules.touches(tx)) input.held = this.color(tx, vout).outputs[vout];
    return input;
  }

  // said is a coin as the receipt's maker states it.
  said(txid, vout) {
    const s = this.stated.get(`${txid}:${vout}`) ?? fail('ancestor', txid);
    this.word.add(s.coin);
    const script = s.script ? bytesOf(s.script) : new Uint8Array(0);
    const input = { tag: s.tag };
    if (s.value >= 0) input.prevout = { value: BigInt(s.value), script };
    else if (script.length > 0 && this.rules !== epobc) input.prevout = { value: 0n, script };
    return input;
  }

  // needed says for each input what one output's colour depends on.
  needed(tx, vout) {
    if (this.rules === epobc) return tx.ins.map(() => (epobc.isGenesis(tx) ? null : 'units'));
    const issue = this.rules === openassets ? openassets.onlyIssues(tx) : colu.paysWhatItIssues(tx, vout);
    return tx.ins.map((_, i) => (issue ? [ 'coin' ][i] ?? null : 'units'));
  }

  color(tx, vout) {
    const needs = this.needed(tx, vout);
    const known = `${tx.id} ${needs.every((n) => n === 'units')}`;
    if (this.done.has(known)) return this.done.get(known);
    const place = this.places.get(tx.id) ?? fail('unconfirmed', tx.id);
    const inputs = tx.ins.map((from, i) => {
      if (!needs[i]) return {};
      const coin = this.coin(from.txid, from.vout, needs[i]);
      if (this.places.get(from.txid)?.height > place.height) fail('order', tx.id);
      return coin;
    });
    const c = this.apply(tx, inputs);
    if (c.verdict === 'unsure') fail('ancestor', tx.id);
    if (c.issued) {
      const fixed = this.rules === openassets ? fixedOf(tx.ins[0], inputs[0].prevout) : null;
      this.issues.set(tx.id, { asset: c.issued, metadata: c.metadata, sha256: c.sha256, fixed });
    }
    this.done.set(known, c);
    return c;
  }

  apply(tx, inputs) {
    const { network } = this.file;
    switch (this.rules) {
      case openassets: return openassets.color(tx, inputs, (script) => ids.openAssets(script, network));
      case colu: return colu.color(tx, inputs, ids.colu, ids.together);
      default: return epobc.color(tx, inputs, ids.epobc);
    }
  }
}

// define checks the definitions: {asset, content, bound}, where bound says that the
// chain has the hash.
function define(file, walk) {
  return (file.definitions ?? []).map(({ asset, sha256: sum, content: text }) => {
    if (!file.holdings.some((h) => h.asset === asset)) fail('definition', asset);
    let content;
    try {
      content = unbase64(text);
    } catch {
      fail('format', 'definition');
    }
    if (hex(sha256(content)) !== sum) fail('definition', asset);
    const issues = Array.from(walk.issues.values()).filter((issue) => issue.asset === asset);
    const meant = issues.flatMap(hashesOf);
    const bound = meant.some((fits) => fits(content));
    if (meant.length > 0 && !bound) fail('definition', asset);
    if (file.protocol === 'open-assets') {
      const fixed = issues.flatMap((issue) => issue.fixed ?? []).map(({ rest }) => ids.openAssets(rest, file.network));
      if (!listed(content).some((id) => id === asset || fixed.includes(id))) fail('definition', asset);
    }
    return { asset, content, bound };
  });
}

// hashesOf are the hashes of definitions that an issue has, as comparisons.
function hashesOf({ metadata, sha256: sum, fixed }) {
  if (sum) return [(content) => same(sha256(content), sum)];
  const pointers = [metadata && pointerOf(metadata), fixed?.pointer];
  return pointers.filter(Boolean).flatMap(({ sha256: digits, hash160 }) => {
    if (digits) return [(content) => hex(sha256(content)) === digits];
    return hash160 ? [(content) => same(ids.hash160(content), hash160)] : [];
  });
}

export { shown };
