// Checks the signature of a webhook: node verify.mjs "$CAIRN_SIGNATURE" <body
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

// Does header (Cairn-Signature) sign the body, byte for byte as it came, with
// the webhook's secret, not more than 5 minutes ago?
export function verify(secret, header, body) {
  const [, t, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (!t || Math.abs(Date.now() / 1000 - Number(t)) > 300) return false;
  const wanted = createHmac('sha256', secret).update(`${t}.`).update(body).digest();
  return timingSafeEqual(wanted, Buffer.from(signature, 'hex'));
}

process.exit(verify(process.env.CAIRN_SECRET, process.argv[2], readFileSync(0)) ? 0 : 1);
