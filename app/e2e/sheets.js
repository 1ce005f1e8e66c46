// What another library's reader finds on a sheet of vouchers, as it would be printed.
import jsQR from 'jsqr';

const dots = 2; // of a point: 144 dpi, less than any printer has
const [width, height] = [Math.ceil(595.28 * dots), Math.ceil(841.89 * dots)];

// codesOn reads the codes of a PDF of sheets (src/sheet/pdf.js), of so many vouchers.
export function codesOn(file, count) {
  const contents = [...file.toString('latin1').matchAll(/stream\n(q [^]*?)\nendstream/gu)].map(([, content]) => content);
  return Array.from({ length: count }, (_, i) => {
    const [sheet, place] = [painted(contents, Math.floor(i / 8)), i % 8];
    const [pixels, columns, rows] = part(sheet, 28 + (place % 2) * 269, 28 + Math.floor(place / 2) * 196, 270, 196);
    return jsQR(pixels, columns, rows, { inversionAttempts: 'dontInvert' })?.data;
  });
}

// painted are the rectangles of a page's content, on white, four bytes a pixel.
function painted(contents, page) {
  if (typeof contents[page] !== 'string') return contents[page];
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  let shade = 255;
  for (const line of contents[page].split('\n')) {
    const gray = /^([01]) g$/u.exec(line);
    if (gray) shade = 255 * Number(gray[1]);
    const [x, y, w, h] = (/^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re/u.exec(line) ?? []).slice(1).map((n) => Number(n) * dots);
    if (x === undefined) continue;
    for (let row = Math.round(height - y - h); row < Math.round(height - y); row++) pixels.fill(shade, (row * width + Math.round(x)) * 4, (row * width + Math.round(x + w)) * 4);
  }
  for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  contents[page] = pixels; // once is enough
  return pixels;
}

// part is a piece of a sheet, in points from its upper left.
function part(sheet, ...points) {
  const [left, top, columns, rows] = points.map((n) => Math.round(n * dots));
  const out = new Uint8ClampedArray(columns * rows * 4);
  for (let row = 0; row < rows; row++) {
    const from = ((top + row) * width + left) * 4;
    out.set(sheet.subarray(from, from + columns * 4), row * columns * 4);
  }
  return [out, columns, rows];
}
