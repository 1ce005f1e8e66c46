// Vouchers as pictures: eight on a sheet of A4, or one alone. Everything is drawn in
// the page, as the codes are keys.
import { pageHeight, pageWidth } from './pdf.js';

export const colors = { moss: '#2c6b57', sky: '#2f6690', plum: '#74406d', brick: '#97442f', sun: '#8a5a12', slate: '#4a5260' };
const [columns, rows] = [2, 4];
export const onSheet = columns * rows;
const margin = 28; // points, within which most printers print
const [width, height] = [(pageWidth - 2 * margin) / columns, (pageHeight - 2 * margin) / rows];
const scale = 2.5; // pixels of a point: 180 dpi
const pad = 12;
const sans = 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

// places are where the vouchers of a sheet lie, in points from the upper left.
export const places = Array.from({ length: onSheet }, (_, i) => ({ x: margin + (i % columns) * width, y: margin + Math.floor(i / columns) * height }));

// codeAt is where a voucher's code lies on it.
export const codeAt = ({ x, y }) => ({ side: height - 2 * pad - 14, x: x + width - pad - (height - 2 * pad - 14), y: y + pad });

// sheet draws a page of vouchers without their codes: a canvas. Each card is { shop,
// name, good, line, left, until, label, colour, drawing }; words are { scan }.
export function sheet(cards, words) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.round(pageWidth * scale), Math.round(pageHeight * scale)];
  const paint = canvas.getContext('2d', { alpha: false });
  paint.fillStyle = '#fff';
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.scale(scale, scale);
  cards.forEach((card, i) => voucher(paint, places[i], card, words));
  cutMarks(paint);
  return canvas;
}

// picture draws one voucher with its code, for a screen or a letter: a canvas.
export function picture(card, codeRows, words) {
  const canvas = document.createElement('canvas');
  const times = 4;
  [canvas.width, canvas.height] = [Math.round(width * times), Math.round(height * times)];
  const paint = canvas.getContext('2d', { alpha: false });
  paint.fillStyle = '#fff';
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.scale(times, times);
  const at = { x: 0, y: 0 };
  voucher(paint, at, card, words);
  // Modules begin on whole pixels, or their edges would be grey.
  const { x, y, side } = codeAt(at);
  const unit = Math.floor((side * times) / codeRows.length);
  paint.setTransform(1, 0, 0, 1, Math.round(x * times), Math.round(y * times));
  paint.fillStyle = '#fff';
  paint.fillRect(0, 0, unit * codeRows.length, unit * codeRows.length);
  paint.fillStyle = '#000';
  codeRows.forEach((row, j) => row.forEach((dark, i) => { if (dark) paint.fillRect(i * unit, j * unit, unit, unit); }));
  return canvas;
}

function voucher(paint, { x, y }, card, words) {
  const [left, top, w, h] = [x + pad, y + pad, width - 2 * pad, height - 2 * pad];
  const code = codeAt({ x, y });
  const text = w - code.side - 14;
  paint.save();
  paint.fillStyle = colors[card.colour] ?? colors.moss;
  paint.beginPath();
  paint.roundRect(left, top, text + 4, h, 10);
  paint.fill();
  paint.beginPath();
  paint.rect(left, top, text + 4, h);
  paint.clip();
  paint.fillStyle = paint.strokeStyle = '#fff';
  drawing(paint, card.drawing, left + text - 30, top + 8, 26);
  const write = writer(paint, left + 10, text - 16);
  write(card.shop, top + 20, 8.5, { lines: 2, room: text - 52 });
  let at = write(card.name, top + 54, 16, { weight: 680, lines: 2 });
  if (card.line) at = write(card.line, at + 3, 9, { lines: 2 });
  write(card.good, at + 3, 9, { lines: 3 });
  write(card.left, top + h - 26, 12, { weight: 650 });
  write(card.until, top + h - 10, 8);
  paint.restore();
  paint.fillStyle = '#333';
  const below = writer(paint, code.x, code.side);
  below(words.scan, code.y + code.side + 10, 7, { lines: 1 });
  below(card.label, code.y + code.side + 19, 7, { lines: 1 });
}

// writer writes lines of text, broken where they do not fit; it gives where the next
// one would be.
function writer(paint, x, room) {
  return (text, y, size, { weight = 400, lines = 1, room: own = room } = {}) => {
    paint.font = `${weight} ${size}px ${sans}`;
    let at = y;
    for (const line of broken(paint, text, own, lines)) {
      paint.fillText(line, x, at);
      at += size * 1.25;
    }
    return at;
  };
}

function broken(paint, text, room, most) {
  const out = [''];
  // Between words, and between any two Chinese characters.
  for (const part of text.match(/\s*[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\s*[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu) ?? []) {
    const longer = out.at(-1) + part;
    if (paint.measureText(longer).width <= room || out.at(-1) === '') out[out.length - 1] = longer.trimStart();
    else if (out.length < most) out.push(part.trimStart());
    else {
      out[out.length - 1] += '…';
      break;
    }
  }
  return out;
}

function drawing(paint, path, x, y, size) {
  if (!path) return;
  paint.save();
  paint.translate(x, y);
  paint.scale(size / 48, size / 48);
  [paint.lineWidth, paint.lineCap, paint.lineJoin] = [2.4, 'round', 'round'];
  paint.stroke(new Path2D(path));
  paint.restore();
}

function cutMarks(paint) {
  paint.save();
  [paint.strokeStyle, paint.lineWidth] = ['#bbb', 0.5];
  paint.setLineDash([3, 3]);
  for (let i = 0; i <= columns; i++) line(paint, margin + i * width, margin - 12, margin + i * width, pageHeight - margin + 12);
  for (let i = 0; i <= rows; i++) line(paint, margin - 12, margin + i * height, pageWidth - margin + 12, margin + i * height);
  paint.restore();
}

function line(paint, x1, y1, x2, y2) {
  paint.beginPath();
  paint.moveTo(x1, y1);
  paint.lineTo(x2, y2);
  paint.stroke();
}
