// A list of vouchers as people have it in a spreadsheet: a line each, of label, units,
// note and last day, with or without a heading.
import { typed } from '../voucher/units.js';

const [columns, longestLabel, longestNote] = [4, 80, 200];
const longestAhead = 3_650; // days

// Wrong are the lines that cannot be read: [{ line, why, cell }], why one of columns,
// units, label, note, date, quote.
export class Wrong extends Error {
  constructor(lines) {
    super(`${lines.length} lines`);
    this.lines = lines;
  }
}

// readList reads a CSV file (RFC 4180; also semicolons or tabs): [{ label, units, note,
// until }], until a day as 2026-11-22 or ''. each is what a line without a number has,
// most the largest number, today the day before the first that may be the last one. All
// lines are looked at before it throws Wrong.
export function readList(text, { each, most, decimals = 0, today }) {
  const [first = ''] = text.split(/\r?\n/u, 1);
  const comma = ['\t', ';', ','].find((one) => first.includes(one)) ?? ',';
  const [rows, wrong] = [[], []];
  const last = new Date(Date.parse(today) + longestAhead * 86_400_000).toISOString().slice(0, 10);
  try {
    for (const [line, cells] of cellsOf(text.replace(/^\ufeff/u, ''), comma)) {
      const [label = '', units = '', note = '', until = ''] = cells.map((cell) => cell.trim());
      if (rows.length === 0 && line === 1 && units !== '' && !/\d/u.test(units)) continue; // the heading
      const held = units === '' ? each : typed(units, decimals);
      const mistake = cells.slice(columns).some((cell) => cell.trim() !== '') ? ['columns', cells.length]
        : !held || held > most ? ['units', units]
          : label.length > longestLabel ? ['label', label]
            : note.length > longestNote ? ['note', note]
              : until !== '' && !(isDay(until) && until >= today && until <= last) ? ['date', until] : null;
      if (mistake) wrong.push({ line, why: mistake[0], cell: String(mistake[1]).slice(0, 40) });
      rows.push({ label, units: held, note, until });
    }
  } catch (error) {
    if (!(error instanceof Open)) throw error;
    wrong.push({ line: error.line, why: 'quote', cell: '' });
  }
  if (wrong.length > 0) throw new Wrong(wrong);
  return rows;
}

function isDay(text) {
  if (!/^\d{4}-\d\d-\d\d$/u.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

// Open: a quotation mark is not closed.
class Open extends Error {
  constructor(line) {
    super(`line ${line}`);
    this.line = line;
  }
}

// cellsOf gives each line that is not empty: its number and its cells.
function* cellsOf(text, comma) {
  let [cells, cell, quoted, line, start] = [[], '', false, 1, 1];
  const end = function* () {
    cells.push(cell);
    if (cells.some((one) => one.trim() !== '')) yield [start, cells];
    [cells, cell] = [[], ''];
  };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '\n') line += 1;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (letter === '"' && cell.trim() === '') [quoted, cell] = [true, ''];
    else if (letter === comma) {
      cells.push(cell);
      cell = '';
    } else if (letter === '\n') {
      yield* end();
      start = line;
    } else if (letter !== '\r') cell += letter;
  }
  if (quoted) throw new Open(start);
  yield* end();
}

// table writes rows for a spreadsheet: with a byte order mark, and with nothing in it
// that would be taken for a formula.
export function table(rows) {
  const cell = (value) => {
    const text = String(value);
    return `"${(/^[=+\-@\t\r]/u.test(text) ? `'${text}` : text).replace(/"/gu, '""')}"`;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
