// Numbers and moments as the page's language writes them.
const language = () => document.documentElement.lang;

// number groups a whole number by commas, as the server does (i18n.Number).
export function number(n) {
  const sign = n < 0 ? '−' : '';
  return sign + String(Math.abs(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

// sat is an amount in satoshi, and coins the same in bitcoin.
export const sat = (n) => `${number(n)} sat`;
export const coins = (n) => `${n < 0 ? '−' : ''}${(Math.abs(n) / 1e8).toFixed(8)} BTC`;

// amount reads what somebody typed: whole satoshi, which may be grouped by
// threes; null for anything else, so that no decimal point is overlooked.
export function amount(text) {
  const typed = text.trim();
  if (!/^(\d{1,16}|\d{1,3}([ ,'’\u202f\u00a0]\d{3}){1,5})$/u.test(typed)) return null;
  return Number(typed.replace(/\D/gu, ''));
}

export function day(milliseconds) {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(milliseconds);
}
