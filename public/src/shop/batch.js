// Vouchers that are made together: their keys, and what the transactions that make
// them must do.
import { effectsOf } from '../assetdesk/effects.js';

const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const atOnce = 20; // keys between two looks of the page at its buttons
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export class Batch {
  // make makes the keys. about is { series, expiry, issuer, wanted, face }: expiry in
  // seconds or 0, issuer the key that takes back what expired or ''.
  static async make(keys, list, about, progress) {
    const batch = Object.assign(new Batch(), about);
    batch.vouchers = [];
    for (const one of list) {
      if (batch.vouchers.length % atOnce === 0) {
        progress(batch.vouchers.length);
        await new Promise((go) => { setTimeout(go); });
      }
      batch.vouchers.push(batch.#voucher(keys, one));
    }
    return batch;
  }

  #voucher(keys, one) {
    const expiry = one.until ? dayAfter(one.until) : this.expiry;
    const terms = expiry ? { expiry, issuer: Uint8Array.from(this.issuer.match(/../gu), (byte) => parseInt(byte, 16)) } : {};
    const voucher = { secret: keys.fresh(random), ...terms };
    const { inner, script } = keys.keysOf(voucher);
    return { ...one, code: keys.codeOf(voucher), inner: hexOf(inner), script };
  }

  get units() {
    return this.vouchers.reduce((sum, { units }) => sum + units, 0);
  }

  // list is what the server is told of them.
  get list() {
    return { expiry: this.expiry, vouchers: this.vouchers.map(({ inner, label, note, units, until }) => ({ inner, label, note, units, until })) };
  }

  // codes are what is kept, sealed.
  get codes() {
    return this.vouchers.map(({ label, note, units, until, code }) => ({ label, note, units, until, code }));
  }

  // check reads the transactions of a draft: all units go to the vouchers, and nothing
  // leaves the wallet, whose scripts these are, but what it costs: how many satoshi, or
  // null for a draft that does anything else.
  check(draft, reads, coins, scripts) {
    const own = new Set(scripts);
    const effects = effectsOf(reads, {
      protocol: draft.protocol, asset: draft.asset, own: (script) => own.has(script), coins: new Map(coins.map((coin) => [coin.outpoint, { ...coin, assets: coin.assets ?? [] }])),
      holdings: (part, input) => draft.holdings[part]?.[input],
    });
    const wanted = new Map(this.vouchers.map(({ script, units }) => [script, BigInt(units)]));
    const right = effects.issued === BigInt(this.units) && effects.others.length === wanted.size
      && effects.others.every(({ script, units }) => wanted.get(script) === units)
      && [...effects.mine.values(), ...effects.destroyed.values()].every((units) => units === 0n)
      && (draft.sponsored ? effects.loss <= 0 : effects.paid.length === 0);
    return right ? effects.loss : null;
  }
}

const dayAfter = (day) => Date.parse(`${day}T00:00:00Z`) / 1_000 + 86_400;
