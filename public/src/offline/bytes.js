// Bytes as people and programs write them.
export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

// unhex gives null for what is not pairs of hexadecimal digits.
export function unhex(text) {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

export const unbase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export function join(a, b) {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

// shown is a hash as explorers show it: the last byte first.
export const shown = (bytes) => hex(bytes.slice().reverse());

export function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

// grouped is a whole number with a comma at every third digit.
export const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
