// Numbers of units as people read and type them: 1250 with two decimals is 12.50.
import { number } from '../keys/numbers.js';

// plain is the number alone.
export function plain(n, decimals = 0) {
  if (decimals === 0) return number(n);
  const digits = String(n).padStart(decimals + 1, '0');
  return `${number(Number(digits.slice(0, -decimals)))}.${digits.slice(-decimals)}`;
}

// inWords is the number with its unit; say is that of the page (words.js).
export function inWords(n, { unit = '', decimals = 0, kind = '' }, say) {
  if (unit) return `${plain(n, decimals)} ${unit}`;
  const [one, more] = kind === 'stamp-card' ? ['stamp-one', 'stamp-more'] : ['unit', 'units'];
  return n === 1 && decimals === 0 ? say(one) : say(more, { Count: plain(n, decimals) });
}

// once reports whether a voucher of so many units is good for one thing, so that its
// units need not be told.
export const once = ({ kind, unit }, units) => kind === 'voucher' && units === 1 && !unit;

// typed reads what somebody typed, with a point or a comma; null for anything else.
export function typed(text, decimals = 0) {
  const found = /^(\d{1,12})(?:[.,](\d{1,8}))?$/u.exec(text.trim());
  if (!found || (found[2] ?? '').length > decimals) return null;
  return Number(found[1] + (found[2] ?? '').padEnd(decimals, '0'));
}
