// The one thing the page says, made of what it was given so far.
import { grouped, hex, shown } from './bytes.js';
import { minutesOf } from './chain.js';
import { judge, matches } from './judge.js';

// verdictOf gives {face, name, values, judged}: face is good, wait, bad or
// none; name is that of the texts.
export function verdictOf({ proof, wrong, file, headers, network, looked }, day) {
  if (wrong) return { face: 'bad', name: 'broken', values: {}, wrong };
  if (!proof) return { face: 'none', name: file?.digest ? 'fileonly' : 'empty', values: { Name: file?.name } };
  const judged = judge(proof, headers, network);
  const { outcome, header, height, way } = judged;
  const values = {
    Name: file?.name, Height: grouped(height ?? 0), Network: network, Broken: grouped(judged.broken ?? 0),
    Day: header && day(header.time), Calendars: judged.calendars.join(', '), Root: way && root(way.message),
  };
  const as = (face, name) => ({ face, name, values, judged });
  if (file?.digest && !matches(proof, file.digest)) return as('bad', 'otherfile');
  switch (outcome) {
    case 'confirmed': break;
    case 'no-header': return as('wait', 'noheader');
    case 'pending':
    case 'nothing': return as('wait', outcome);
    default: return as('bad', outcome);
  }
  if (looked && looked !== header.hash) return { ...as('bad', 'good'), other: true };
  if (network !== 'mainnet') return as('wait', 'test');
  if (!file?.digest) return as('wait', 'ready');
  if (looked) return { ...as('good', 'good'), compared: true };
  // Whoever wants to deceive would choose a block that is light enough to
  // forge, such as one of the first years.
  return minutesOf(judged.work) < 1 ? as('wait', 'weak') : as('good', 'good');
}

const root = (message) => (message.length === 32 ? shown(message) : hex(message));
