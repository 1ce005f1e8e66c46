// A list of vouchers as people have it in a spreadsheet: a line each, of label, units
// and note, with or without a heading.

// Line says which line cannot be read.
export class Line extends Error {
  constructor(line) {
    super(`line ${line}`);
    this.line = line;
  }
}

// readList reads a CSV file (RFC 4180; also semicolons or tabs): [{ label, units, note }].
// each is what a line without a number has. Throws Line.
export function readList(text, each) {
  const [first = ''] = text.split(/\r?\n/u, 1);
  const comma = ['\t', ';', ','].find((one) => first.includes(one)) ?? ',';
  const rows = [];
  for (const [n, cells] of cellsOf(text.replace(/^\ufeff/u, ''), comma)) {
    const [label = '', units = '', note = ''] = cells.map((cell) => cell.trim());
    if (rows.length === 0 && n === 1 && units !== '' && !/\d/u.test(units)) continue; // the heading
    if (cells.length > 3 || (units !== '' && !/^[1-9]\d{0,11}$/u.test(units)) || label.length > 80 || note.length > 200) throw new Line(n);
    rows.push({ label, units: units === '' ? each : Number(units), note });
  }
  return rows;
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
  if (quoted) throw new Line(start);
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
