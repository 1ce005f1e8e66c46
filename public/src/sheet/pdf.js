// A small PDF (ISO 32000-1): pages of A4, each a picture (JPEG) with codes drawn over
// it as vectors, which print sharp. Words are in the pictures, so that every script
// is printed as the browser shows it, without fonts in the file.
export const [pageWidth, pageHeight] = [595.28, 841.89]; // points of 1/72 inch

const ascii = new TextEncoder();

// pdf puts pages together: [{ jpeg: Uint8Array, width, height, codes: [{ rows, x, y, side }] }],
// with a code's place in points from the upper left, and rows of its modules.
export function pdf(pages, title) {
  const file = new File();
  const [catalog, tree, info] = [1, 2, 3];
  const first = 4; // each page is three objects: itself, its content, its picture
  file.object(catalog, `<< /Type /Catalog /Pages ${tree} 0 R >>`);
  file.object(tree, `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${first + 3 * i} 0 R`).join(' ')}] >>`);
  file.object(info, `<< /Title <${utf16(title)}> /Producer (Cairn) >>`);
  pages.forEach(({ jpeg, width, height, codes }, i) => {
    const [page, content, picture] = [first + 3 * i, first + 3 * i + 1, first + 3 * i + 2];
    file.object(page, `<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 ${pageWidth} ${pageHeight}] /Contents ${content} 0 R /Resources << /XObject << /P ${picture} 0 R >> >> >>`);
    const drawn = [`q ${pageWidth} 0 0 ${pageHeight} 0 0 cm /P Do Q`, ...codes.map(code)].join('\n');
    file.stream(content, '', ascii.encode(drawn));
    file.stream(picture, `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode `, jpeg);
  });
  return file.end(first + 3 * pages.length, catalog, info);
}

// code is a code as rectangles: white below, then each run of dark modules in a row.
function code({ rows, x, y, side }) {
  const unit = side / rows.length;
  const at = (n) => Number(n.toFixed(3));
  const out = ['1 g', `${at(x)} ${at(pageHeight - y - side)} ${at(side)} ${at(side)} re f`, '0 g'];
  rows.forEach((row, j) => {
    for (let i = 0; i < row.length; i++) {
      if (!row[i]) continue;
      const from = i;
      while (row[i + 1]) i++;
      out.push(`${at(x + from * unit)} ${at(pageHeight - y - (j + 1) * unit)} ${at((i + 1 - from) * unit)} ${at(unit)} re`);
    }
  });
  return [...out, 'f'].join('\n');
}

class File {
  #parts = [];
  #length = 0;
  #offsets = [];

  constructor() {
    this.#add('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n');
  }

  object(number, body) {
    this.#offsets[number] = this.#length;
    this.#add(`${number} 0 obj\n${body}\nendobj\n`);
  }

  stream(number, dictionary, bytes) {
    this.#offsets[number] = this.#length;
    this.#add(`${number} 0 obj\n<< ${dictionary}/Length ${bytes.length} >>\nstream\n`);
    this.#push(bytes);
    this.#add('\nendstream\nendobj\n');
  }

  end(size, catalog, info) {
    const start = this.#length;
    const rows = Array.from({ length: size - 1 }, (_, i) => `${String(this.#offsets[i + 1]).padStart(10, '0')} 00000 n \n`);
    this.#add(`xref\n0 ${size}\n0000000000 65535 f \n${rows.join('')}trailer\n<< /Size ${size} /Root ${catalog} 0 R /Info ${info} 0 R >>\nstartxref\n${start}\n%%EOF\n`);
    const file = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      file.set(part, at);
      at += part.length;
    }
    return file;
  }

  #add(text) {
    this.#push(ascii.encode(text));
  }

  #push(bytes) {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

function utf16(text) {
  let out = 'FEFF';
  for (let i = 0; i < text.length; i++) out += text.charCodeAt(i).toString(16).padStart(4, '0');
  return out.toUpperCase();
}
