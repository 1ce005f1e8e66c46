// Sending to many at once: a list with a receiver and units on each line, as it is
// pasted or saved by a spreadsheet. The server reads it by the same rules (listTyped).
import { number } from '../keys/numbers.js';
import { readReceiver } from './address.js';
import { readUnits, writeUnits } from './units.js';

const most = 2_000; // as compose.MostPayments

// BadLine is a mistake in a line, counted from 1: { key, line }.
export class BadLine extends Error {
  constructor(key, line) {
    super(`${key} ${line}`);
    [this.key, this.line] = [key, line];
  }
}

// readList reads [{ address, knows, units }], units as BigInt, in the order of the
// lines. A first line without any digit is a heading. Throws BadLine.
export async function readList(text, decimals) {
  const list = [];
  for (const [i, line] of text.split('\n').entries()) {
    const cut = /^["\s\ufeff]*([^,;\s"]*)"?[,;\s"]*(.*?)[,;\s"]*$/su.exec(line);
    const [, to, written] = cut;
    if (to === '' || (list.length === 0 && !/\d/.test(to + written))) continue;
    if (list.length === most) throw new BadLine('list-many', i + 1);
    let receiver;
    try {
      receiver = await readReceiver(to);
    } catch {
      throw new BadLine('line-to', i + 1);
    }
    const units = readUnits(written, decimals);
    if (units === null) throw new BadLine('line-units', i + 1);
    list.push({ ...receiver, units, line: i + 1 });
  }
  if (list.length === 0) throw new BadLine('list-none', 0);
  return list;
}

// bindList says what a list comes to while it is typed, and reads a file into it.
export function bindList(form, { words, decimals, title }) {
  const { list } = form.elements;
  if (!list) return;
  const told = form.querySelector('[data-list-sum]');
  const tell = async () => {
    const text = list.value;
    const blank = text.trim() === '';
    for (const name of ['units', 'to']) form.elements[name].disabled = !blank;
    if (blank) {
      told.textContent = '';
      return;
    }
    let said;
    try {
      const read = await readList(text, decimals());
      const sum = read.reduce((all, { units }) => all + units, 0n);
      said = words('list-sum', { Count: number(read.length), Units: `${writeUnits(sum, decimals())} ${title()}` });
    } catch (error) {
      said = words(error.key, { Line: number(error.line) });
    }
    if (text === list.value) told.textContent = said;
  };
  list.addEventListener('input', tell);
  form.querySelector('[data-list-file]').addEventListener('change', async ({ target }) => {
    const [file] = target.files;
    if (!file || file.size > list.maxLength) return;
    list.value = await file.text();
    await tell();
  });
  tell();
}
