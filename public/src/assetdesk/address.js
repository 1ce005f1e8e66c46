// What somebody pastes into "To": a receiving link of Cairn's, an Open Assets address
// or link, a payment link, or a plain address.
import { readPayment } from '../keys/request.js';

const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const namespace = 0x13; // of Open Assets addresses

// readReceiver reads { address, knows, units, asset }: knows says that whoever gave it
// can hold units; units and asset are what a link asks for, as text, or ''; units of a
// request of Open Assets are the smallest there are. The address is checked by the
// wallet. Throws NoRequest, and what readPayment does.
export async function readReceiver(text) {
  const asked = text.trim();
  const link = receivingLink(asked);
  if (link) return link;
  const uri = /^openassets:([^?]*)(?:\?(.*))?$/is.exec(asked);
  if (uri) return request(await fromOpenAssets(uri[1]), new URLSearchParams(uri[2] ?? ''));
  const plain = await fromOpenAssets(asked);
  if (plain) return { address: plain, knows: true, units: '' };
  return { address: readPayment(asked).address, knows: false, units: '' };
}

// NoRequest is a payment request that cannot be followed.
export class NoRequest extends Error {}

// request reads "openassets:<address>?amount=<units>&asset=<id>". A field that must be
// understood and is not spoils it (BIP-0021, "req-").
function request(address, fields) {
  const names = [...fields.keys()];
  if (!address || new Set(names).size < names.length || names.some((name) => name.startsWith('req-'))) throw new NoRequest();
  return { address, knows: true, units: fields.get('amount') ?? '', asset: fields.get('asset') ?? '' };
}

// receivingLink is https://…/assets/<id>/send?to=<address>, as /assets/mine shows it.
function receivingLink(text) {
  if (!/^https?:\/\//i.test(text)) return null;
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const address = url.searchParams.get('to');
  if (!/^\/assets(\/[^/]+)?\/send$/.test(url.pathname) || !address) return null;
  return { address, knows: true, units: url.searchParams.get('units') ?? '' };
}

// fromOpenAssets is the bitcoin address within an Open Assets address, or null.
export async function fromOpenAssets(text) {
  const raw = await decode(text.trim());
  if (!raw || raw.length !== 22 || raw[0] !== namespace) return null;
  return encode(raw.subarray(1));
}

async function sum(bytes) {
  const digest = async (data) => new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return (await digest(await digest(bytes))).subarray(0, 4);
}

// decode reads base58 with its checksum; null for anything else.
async function decode(text) {
  if (!/^[1-9A-HJ-NP-Za-km-z]{26,60}$/.test(text)) return null;
  let n = 0n;
  for (const letter of text) n = n * 58n + BigInt(letters.indexOf(letter));
  const bytes = [];
  for (; n > 0n; n >>= 8n) bytes.unshift(Number(n & 0xffn));
  for (let i = 0; text[i] === '1'; i += 1) bytes.unshift(0);
  const raw = Uint8Array.from(bytes);
  const [body, check] = [raw.subarray(0, -4), raw.subarray(-4)];
  return (await sum(body)).every((byte, i) => byte === check[i]) ? body : null;
}

async function encode(body) {
  const raw = [...body, ...await sum(body)];
  let n = raw.reduce((all, byte) => (all << 8n) + BigInt(byte), 0n);
  let text = '';
  for (; n > 0n; n /= 58n) text = letters[Number(n % 58n)] + text;
  for (let i = 0; raw[i] === 0; i += 1) text = letters[0] + text;
  return text;
}
