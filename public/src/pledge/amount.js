// The amount: a field that says it exactly, and a slider or two buttons that move
// it. What depends on it, beside the form's own, is told by changed().
import { coins, sat } from '../keys/numbers.js';

export function bindAmount(form) {
  const field = form.querySelector('[data-amount]');
  const slider = form.querySelector('[data-slider]');
  const count = form.querySelector('[data-count]');
  const [step, least, multiple] = [form.dataset.step, form.dataset.least, form.dataset.multiple].map(Number);
  const listeners = [];

  const value = () => (/^\d{1,16}$/.test(field.value) ? Number(field.value) : 0);
  const show = () => {
    const n = value();
    form.querySelector('[data-btc]').textContent = coins(n);
    for (const exact of form.querySelectorAll('[data-exact]')) exact.textContent = sat(n);
    if (slider) slider.value = n;
    if (count) count.textContent = `× ${Math.floor(n / step)}`;
    for (const changed of listeners) changed(n);
  };
  const set = (n) => {
    field.value = Math.max(least, n);
    show();
  };

  field.addEventListener('input', show);
  slider?.addEventListener('input', () => {
    // Two digits are enough of what a thumb can aim at.
    const n = Number(slider.value);
    const scale = 10 ** Math.max(0, String(n).length - 2);
    set(Math.round(n / scale) * scale);
  });
  form.querySelector('[data-fewer]')?.addEventListener('click', () => set((Math.ceil(value() / step) - 1) * step));
  form.querySelector('[data-more]')?.addEventListener('click', () => set((Math.floor(value() / step) + 1) * step));
  show();

  return {
    value,
    set,
    fits: (n) => n >= least && (multiple === 0 || n % multiple === 0),
    least,
    multiple,
    changed: (listener) => listeners.push(listener),
    complain: () => field.focus(),
  };
}
