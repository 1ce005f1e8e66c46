// Vouchers as pictures: eight on a sheet of A4, or one alone. Everything is drawn in
// the page, as the codes are keys.
import { pageHeight, pageWidth } from './pdf.js';
import { block, fitted, write } from './text.js';

export const colors = { moss: '#2c6b57', sky: '#2f6690', plum: '#74406d', brick: '#97442f', sun: '#8a5a12', slate: '#4a5260' };
const [columns, rows] = [2, 4];
export const onSheet = columns * rows;
const margin = 28; // points, within which most printers print
const [width, height] = [(pageWidth - 2 * margin) / columns, (pageHeight - 2 * margin) / rows];
const scale = 3; // pixels of a point: 216 dpi
const pad = 11; // between the line to cut along and the voucher
const inner = 11; // between the voucher's edge and its words
const round = 12;
const side = 112; // of the code with its quiet zone: a module is 0.7 mm
const panel = width - 2 * pad - side - 8; // of the words

// places are where the vouchers of a sheet lie, in points from the upper left.
export const places = Array.from({ length: onSheet }, (_, i) => ({ x: margin + (i % columns) * width, y: margin + Math.floor(i / columns) * height }));

// codeAt is where a voucher's code lies on it.
export const codeAt = ({ x, y }) => ({ side, x: x + width - pad - side - 4, y: y + pad + 6 });

// sheet draws a page of vouchers without their codes: a canvas. Each card is { shop,
// name, good, line, left, until, terms, label, colour, drawing, own }, own a picture that
// stands in for the drawing, or null; words are { scan }.
export function sheet(cards, words) {
  const { canvas, paint } = blank(pageWidth, pageHeight, scale);
  cutLines(paint);
  cards.forEach((card, i) => voucher(paint, places[i], card, words));
  return canvas;
}

// picture draws one voucher with its code, for a screen or a letter: a canvas.
export function picture(card, codeRows, words) {
  const times = 4;
  const { canvas, paint } = blank(width, height, times);
  const at = { x: 0, y: 0 };
  voucher(paint, at, card, words);
  // Modules begin on whole pixels, or their edges would be grey.
  const { x, y, side: room } = codeAt(at);
  const unit = Math.floor((room * times) / codeRows.length);
  const rest = Math.floor((room * times - unit * codeRows.length) / 2);
  paint.setTransform(1, 0, 0, 1, Math.round(x * times) + rest, Math.round(y * times) + rest);
  paint.fillStyle = '#000';
  codeRows.forEach((row, j) => row.forEach((dark, i) => { if (dark) paint.fillRect(i * unit, j * unit, unit, unit); }));
  return canvas;
}

const photoWidth = 52; // of a shop's own picture, twice as wide as high

// photo draws a picture with its edges cut off where it is too wide or too high.
function photo(paint, image, x, y) {
  const { naturalWidth: w, naturalHeight: h } = image;
  const scaled = Math.max(photoWidth / w, photoWidth / 2 / h);
  const [cutW, cutH] = [photoWidth / scaled, photoWidth / 2 / scaled];
  paint.save();
  paint.beginPath();
  paint.roundRect(x, y, photoWidth, photoWidth / 2, 4);
  paint.clip();
  paint.drawImage(image, (w - cutW) / 2, (h - cutH) / 2, cutW, cutH, x, y, photoWidth, photoWidth / 2);
  paint.restore();
}

function blank(w, h, times) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.round(w * times), Math.round(h * times)];
  const paint = canvas.getContext('2d', { alpha: false });
  paint.fillStyle = '#fff';
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.scale(times, times);
  return { canvas, paint };
}

function voucher(paint, { x, y }, card, words) {
  const color = colors[card.colour] ?? colors.moss;
  const [left, top, w, h] = [x + pad, y + pad, width - 2 * pad, height - 2 * pad];
  paint.save();
  paint.beginPath();
  paint.roundRect(left, top, w, h, round);
  [paint.strokeStyle, paint.lineWidth] = [color, 1];
  paint.stroke();
  paint.clip();
  paint.fillStyle = color;
  paint.fillRect(left, top, panel, h);
  paint.fillStyle = paint.strokeStyle = '#fff';
  if (card.own) photo(paint, card.own, left + panel - inner - photoWidth, top + inner - 2);
  else drawing(paint, card.drawing, left + panel - inner - 26, top + inner - 2, 26);
  front(paint, { left: left + inner, top, room: panel - 2 * inner, bottom: top + h - inner + 2 }, card);
  paint.fillStyle = '#333';
  small(paint, { ...codeAt({ x, y }), bottom: top + h - 7 }, card, words);
  paint.restore();
}

// front writes what a voucher is good for: the shop above, until when below, and the
// rest between them as large as it may be.
function front(paint, { left, top, room, bottom }, card) {
  const shop = fitted(paint, card.shop, [9, 8, 7], { room: room - (card.own ? photoWidth + 6 : 32), most: 2 });
  write(paint, shop, left, top + inner);
  const until = fitted(paint, card.until, [8.5, 7.5], { room, most: 2 });
  const units = card.left ? fitted(paint, card.left, [13, 11, 9], { room, most: 1, weight: 680 }) : { lines: [], height: 0 };
  const end = bottom - until.height - units.height;
  write(paint, units, left, end);
  write(paint, until, left, end + units.height);
  const from = top + inner + Math.max(26, shop.height) + 7;
  let at = from;
  for (const part of middle(paint, card, room, end - from - 4)) at = write(paint, part, left, at) + 3;
}

// middle is the name, what it is good for, and the line: of the largest sizes in which
// all of it has room.
function middle(paint, { name, good, line }, room, height) {
  let parts;
  for (const [large, text, most] of [[20, 10, 2], [17, 9.5, 3], [14, 9, 3], [12, 8, 4], [10, 7, 6]]) {
    const rules = { room, size: text, most: 20 };
    parts = [block(paint, name, { room, size: large, most, weight: 700 }), block(paint, good, rules), ...(line ? [block(paint, line, rules)] : [])];
    const all = parts.reduce((sum, part) => sum + part.height + 3, -3);
    if (parts.every(({ whole }) => whole) && all <= height) return parts;
  }
  const [title, ...rest] = parts;
  let free = height - title.height;
  return [title, ...rest.flatMap(({ size }, i) => {
    const most = Math.floor((free - 3) / (size * 1.25));
    if (most < 1) return [];
    const made = block(paint, [good, line][i], { room, size, most });
    free -= made.height + 3;
    return [made];
  })];
}

// small is what stands below the code: what to do with it, which one it is, and the
// conditions as far as there is room.
function small(paint, { x, y, side: room, bottom }, { label, terms }, { scan }) {
  const middleOf = x + room / 2;
  let at = write(paint, fitted(paint, scan, [7.5, 6.5], { room, most: 2 }), middleOf, y + room, 'center');
  at = write(paint, fitted(paint, label, [7.5, 6.5, 6], { room, most: 2, weight: 650 }), middleOf, at + 1, 'center');
  const most = Math.floor((bottom - at - 2) / (5.5 * 1.25));
  if (terms && most > 0) write(paint, block(paint, terms, { room, size: 5.5, most }), middleOf, at + 2, 'center');
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

function cutLines(paint) {
  paint.save();
  [paint.strokeStyle, paint.lineWidth] = ['#999', 0.5];
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
