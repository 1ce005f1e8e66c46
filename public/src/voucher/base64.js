// base64url without padding (RFC 4648 §5), strict: one text for the same bytes.
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function toText(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const word = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const count = Math.min(3, bytes.length - i) + 1;
    for (let k = 0; k < count; k++) text += letters[(word >> (18 - 6 * k)) & 63];
  }
  return text;
}

// fromText gives the bytes, or null for what is no such text.
export function fromText(text) {
  if (!/^[\w-]*$/u.test(text) || text.length % 4 === 1) return null;
  const bytes = [];
  let [bits, held] = [0, 0];
  for (const letter of text) {
    bits = (bits << 6) | letters.indexOf(letter);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push(bits >> held);
      bits &= (1 << held) - 1;
    }
  }
  return bits === 0 ? Uint8Array.from(bytes) : null;
}
