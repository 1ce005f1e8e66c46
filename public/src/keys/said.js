// What went wrong in words: the sentences stand in the page (templates/purse), in
// its language, one for each kind of WalletError.
import { number } from './numbers.js';

// sentence is the one for an error. What the server says stands as it is.
export function sentence(place, error) {
  if (error.told) return error.message;
  const { content } = place.querySelector('template[data-sentences]');
  const found = content.querySelector(`[data-kind="${CSS.escape(String(error.kind))}"]`);
  if (!found) console.warn(error);
  const text = (found ?? content.querySelector('[data-kind=unknown]')).textContent;
  return fill(text, error.details ?? {});
}

// fill puts values in the places of a text, such as {missing}.
export function fill(text, values) {
  return text.replace(/\{([a-z]+)\}/g, (whole, name) => {
    const value = values[name];
    if (Array.isArray(value)) return value.join(', ');
    return typeof value === 'number' ? number(value) : value ?? whole;
  });
}
