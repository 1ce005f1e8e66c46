// Codes are drawn in the page: what they say is a key.
const svg = 'http://www.w3.org/2000/svg';

// modules are the rows of a code's dark and light modules, with a quiet zone of four.
// encode is the library (vendor/qr).
export const modules = (encode, text) => encode(text, 'raw', { ecc: 'medium', border: 4 });

// strokes draws rows as one path, each run of dark modules a stroke.
export function strokes(rows) {
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x + 1]) x++;
      path += `M${from} ${y + 0.5}h${x + 1 - from}`;
    }
  });
  return path;
}

// drawing is a code as a picture, black on white, with a label for those who cannot
// see it.
export function drawing(encode, text, label) {
  const rows = modules(encode, text);
  const picture = element('svg', { class: 'qr', viewBox: `0 0 ${rows.length} ${rows.length}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' });
  picture.append(element('rect', { width: '100%', height: '100%', fill: '#fff' }), element('path', { stroke: '#000', d: strokes(rows) }));
  return picture;
}

function element(name, attributes) {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
