// Lists of SHA-256 digests as sha256sum, shasum and BSD's sha256 write them;
// the same rules as the Go package notary/sums, and tested by the same lists.
const longest = 2 * 4096 + 128; // bytes of a line
const mostBad = 1000;
const utf8 = new TextEncoder();

// parseSums reads a list of at most limit digests. It gives the entries
// {line, digest, name}, and what is wrong: {line, why} with why one of
// 'line', 'algorithm', 'conflict', 'too-long' and 'too-many'. With anything
// wrong, nothing should be done.
export function parseSums(text, limit) {
  const entries = [];
  const bad = [];
  const byName = new Map();
  const lines = text.replace(/^\ufeff/, '').split('\n');
  for (const [i, raw] of lines.entries()) {
    const line = raw.replace(/\r+$/, '');
    if (/^\s*(#|$)/.test(line)) continue;
    const found = parseLine(line);
    const before = byName.get(found.name);
    if (!found.why && found.name) {
      if (before === found.digest) continue;
      if (before !== undefined) found.why = 'conflict';
    }
    if (!found.why && entries.length === limit) found.why = 'too-many';
    if (found.why) {
      bad.push({ line: i + 1, why: found.why });
      if (found.why === 'too-many' || bad.length === mostBad) break;
      continue;
    }
    entries.push({ line: i + 1, digest: found.digest, name: found.name });
    if (found.name) byName.set(found.name, found.digest);
  }
  return { entries, bad };
}

function parseLine(line) {
  if (line.length > longest || utf8.encode(line).length > longest) return { why: 'too-long' };
  const escaped = line.startsWith('\\');
  let { digits, name = '', why } = split(escaped ? line.slice(1) : line);
  if (why) return { why };
  if (escaped) name = unescape(name);
  if (name === undefined || name.includes('\0')) return { why: 'line' };
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) return { why: 'line' };
  if (digits.length !== 64) return { why: 'algorithm' };
  return { digest: digits.toLowerCase(), name: name === '-' ? '' : name };
}

function split(line) {
  const tagged = line.match(/^([A-Za-z0-9\-/]{1,16}) \((.*)$/s);
  if (tagged) {
    const end = tagged[2].lastIndexOf(') = ');
    if (end < 0) return { why: 'line' };
    if (!/^sha(2-)?256$/i.test(tagged[1])) return { why: 'algorithm' };
    return { digits: tagged[2].slice(end + 4).trim(), name: tagged[2].slice(0, end) };
  }
  const plain = line.replace(/^[ \t]+/, '');
  const space = plain.indexOf(' ');
  if (space < 0) return { digits: plain.trim() };
  const [digits, rest] = [plain.slice(0, space), plain.slice(space + 1)];
  if (rest.trim() === '') return { digits };
  // After the first space stands the mode of reading.
  return { digits, name: rest.length > 1 && ' *U^'.includes(rest[0]) ? rest.slice(1) : rest };
}

// unescape undoes \n, \r and \\; it gives undefined for anything else.
function unescape(name) {
  if (/\\(?![nr\\])/.test(name.replace(/\\\\/g, ''))) return undefined;
  return name.replace(/\\(.)/g, (_, c) => ({ n: '\n', r: '\r', '\\': '\\' })[c]);
}
