// Lists of vouchers, and the file that is printed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wrong, readList, table } from '../../../public/src/shop/list.js';
import { pdf } from '../../../public/src/sheet/pdf.js';
import { inWords, plain, typed } from '../../../public/src/voucher/units.js';

const rules = (more) => ({ each: 1, most: 1_000_000, today: '2026-11-22', ...more });

test('a list is read as spreadsheets write it', () => {
  const one = (label, units = 1, note = '', until = '') => ({ label, units, note, until });
  assert.deepEqual(readList('label,units,note\nAnna,2,"a, ""b"""\n\nBen\r\n', rules()), [one('Anna', 2, 'a, "b"'), one('Ben')]);
  assert.deepEqual(readList('\ufeffAnna;3\nBen;;x', rules({ each: 10 })), [one('Anna', 3), one('Ben', 10, 'x')]);
  assert.deepEqual(readList('礼物\t5\n"two\nlines"\t1', rules()), [one('礼物', 5), one('two\nlines')]);
  assert.deepEqual(readList('Anna,1,,2026-12-31\nBen,,,\n', rules()), [one('Anna', 1, '', '2026-12-31'), one('Ben')]);
  assert.deepEqual(readList('Anna;25,50\nBen;30', rules({ decimals: 2 })), [one('Anna', 2550), one('Ben', 3000)]);
  assert.deepEqual(readList('', rules()), []);
});

test('every mistake of a list is named, and nothing of it is taken', () => {
  const wrong = (text, more) => {
    try {
      return readList(text, rules(more));
    } catch (error) {
      assert.ok(error instanceof Wrong, String(error));
      return error.lines.map(({ line, why, cell }) => `${line} ${why} ${cell}`.trim());
    }
  };
  const long = `${'x'.repeat(81)},1`;
  assert.deepEqual(
    wrong(['a,0', 'good,1', 'b,-2', 'a,1,b,,c', '', 'c,1.5', long, `d,1,${'n'.repeat(201)}`, 'e,1,,2026-13-01', 'f,1,,2026-11-21', 'g,1,,2099-01-01', 'h,9999999'].join('\n')),
    ['1 units 0', '3 units -2', '4 columns 5', '6 units 1.5', `7 label ${'x'.repeat(40)}`, `8 note ${'n'.repeat(40)}`, '9 date 2026-13-01', '10 date 2026-11-21', '11 date 2099-01-01', '12 units 9999999'],
  );
  assert.deepEqual(wrong('a,1\n"open'), ['2 quote']);
  assert.deepEqual(wrong('a;25,505\nb;25.5', { decimals: 2 }), ['1 units 25,505']);
});

test('a table holds no formula', () => {
  assert.equal(table([['=1+1', 2, 'a "b"']]), '\ufeff"\'=1+1","2","a ""b"""\r\n');
});

test('units have their decimals', () => {
  assert.equal(plain(1250, 2), '12.50');
  assert.equal(plain(5, 2), '0.05');
  assert.equal(plain(1_234_567), '1,234,567');
  assert.equal(inWords(1, {}, (key) => key), 'unit');
  assert.equal(inWords(1250, { unit: 'CHF', decimals: 2 }), '12.50 CHF');
  for (const [text, n] of [['12.5', 1250], ['12,50', 1250], ['7', 700], ['0.001', null], ['-1', null], ['1e3', null], ['', null]]) assert.equal(typed(text, 2), n, text);
});

// Every object stands where the table says, and the lengths are right.
test('the file is a whole PDF', () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 1, 2, 3, 0xff, 0xd9);
  const rows = [[true, false, true], [false, true, true], [true, true, true]];
  const page = { jpeg, width: 10, height: 14, codes: [{ rows, x: 100, y: 50, side: 90 }] };
  const file = Buffer.from(pdf([page, page], 'MasterBTC · 书店'));
  const text = file.toString('latin1');
  assert.match(text, /^%PDF-1\.4\n/u);
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/u.exec(text)[1]);
  const table_ = text.slice(start).split('\n');
  assert.equal(table_[0], 'xref');
  const size = Number(table_[1].split(' ')[1]);
  assert.equal(size, 4 + 2 * 3);
  for (let i = 1; i < size; i++) {
    assert.equal(table_[2 + i].length, 19);
    assert.ok(text.startsWith(`${i} 0 obj\n`, Number(table_[2 + i].slice(0, 10))), `object ${i}`);
  }
  for (const [, length, at] of [...text.matchAll(/\/Length (\d+) >>\nstream\n()/gu)].map((m) => [m[0], Number(m[1]), m.index + m[0].length])) {
    assert.equal(text.slice(at + length, at + length + 11), '\nendstream\n');
  }
  assert.equal((text.match(/ re\b/gu) ?? []).length, 2 * (1 + 2 + 1 + 1), 'white below, and each run of dark modules');
});
