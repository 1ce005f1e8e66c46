// The goal as it adds up while amounts are typed.
import { number, wordsOf } from '../words.js';

export function bindGoal(form) {
  const line = form.querySelector('[data-goal]');
  if (!line) return;
  const sum = line.querySelector('[data-goal-sum]');
  const say = wordsOf(form);
  const show = () => {
    const amounts = Array.from(form.querySelectorAll('[data-sats]'), (field) => Number(field.value.replace(/[\s,_’'，]/g, '')));
    const net = amounts.reduce((all, one) => all + one, 0);
    sum.textContent = Number.isSafeInteger(net) && net > 0 ? say('sum', { Goal: number(net + Number(line.dataset.reserve)) }) : '';
  };
  form.addEventListener('input', show);
  show();
}
