// Words that fit their place on a voucher: broken into lines between words, and between
// any two Chinese characters; smaller where there are many, and cut only at the last.
const sans = 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';
const spacing = 1.25; // of lines
const han = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}`;
const part = new RegExp(String.raw`\s*[${han}][，。、；：！？）」』”’%]*|\s*[（「『“‘]+[${han}]?|\s*[^\s${han}（「『“‘]+`, 'gu');

// block is text of one size: { lines, size, weight, height }; most is how many lines it
// may have, and whole is false where some is missing or a word was divided.
export function block(paint, text, { size, room, most, weight = 400 }) {
  paint.font = `${weight} ${size}px ${sans}`;
  const { lines, whole } = broken(paint, text, room, most);
  return { lines, size, weight, whole, height: lines.length * size * spacing };
}

// fitted is text of the first of the sizes in which all of it has room, or of the last.
export function fitted(paint, text, sizes, rules) {
  let made;
  for (const size of sizes) {
    made = block(paint, text, { ...rules, size });
    if (made.whole) break;
  }
  return made;
}

// write writes a block with its upper edge at y, and gives where the next one begins.
// x is its left edge, or its middle where align is 'center'.
export function write(paint, { lines, size, weight, height }, x, y, align = 'left') {
  paint.font = `${weight} ${size}px ${sans}`;
  paint.textAlign = align;
  lines.forEach((line, i) => paint.fillText(line, x, y + size * (0.96 + i * spacing)));
  return y + height;
}

function broken(paint, text, room, most) {
  const [lines, fits] = [[], (line) => paint.measureText(line).width <= room];
  let [line, divided] = ['', false];
  for (let rest of text.trim().match(part) ?? []) {
    if (fits((line + rest).trimStart())) {
      line += rest;
      continue;
    }
    if (line) lines.push(line.trim());
    rest = rest.trimStart();
    while (!fits(rest)) { // a word that is wider than its place
      divided = true;
      const cut = longest(rest, fits);
      lines.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    line = rest;
  }
  if (line.trim()) lines.push(line.trim());
  if (lines.length <= most) return { lines, whole: !divided };
  const last = lines[most - 1];
  return { lines: [...lines.slice(0, most - 1), `${last.slice(0, longest(last, (text) => fits(`${text}…`)))}…`], whole: false };
}

// longest is how much of a text has room, at least one character.
function longest(text, fits) {
  let length = 1;
  while (length < text.length && fits(text.slice(0, length + 1))) length += 1;
  return length;
}
