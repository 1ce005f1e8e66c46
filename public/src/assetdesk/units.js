// Units as people write and read them. Whole numbers are BigInt: an asset may have
// up to 2^63-1 units.
export const most = 2n ** 63n - 1n;

// readUnits reads what somebody typed, with so many decimals; null for what is no
// amount. It reads what the server reads (assetdesk.ParseUnits).
export function readUnits(text, decimals) {
  const [whole, part = '', ...more] = text.trim().split('.');
  const digits = whole.replace(/[, '’\u202f\u00a0]/gu, '') || '0';
  if (more.length > 0 || part.length > decimals || !/^\d{1,19}$/.test(digits) || !/^\d*$/.test(part)) return null;
  const units = BigInt(digits + part.padEnd(decimals, '0'));
  return units > 0n && units <= most ? units : null;
}

// writeUnits groups by commas and drops zeros at the end.
export function writeUnits(units, decimals) {
  const digits = String(units).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',');
  const part = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return decimals > 0 && part ? `${whole}.${part}` : whole;
}
