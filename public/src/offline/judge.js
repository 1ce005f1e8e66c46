// What a proof is worth: its ways, the headers they end in, and the work upon
// them. Nothing is looked up.
import { hex, same } from './bytes.js';
import { attested } from './ots.js';

// The outcomes, the best first; the first that applies is the verdict.
const rank = ['confirmed', 'mismatch', 'work', 'chain', 'no-header', 'pending', 'nothing'];

// judge gives {outcome, way, header, height, count, work, calendars}: the
// finding that decides, or of several confirmed ones that of the lowest block.
export function judge(proof, headers, network) {
  const findings = [];
  const calendars = [];
  for (const way of attested(proof.root)) {
    const { kind, uri } = way.attestation;
    if (kind === 'pending' && !calendars.includes(uri)) calendars.push(uri);
    findings.push({ way, ...find(way, headers, network) });
    if (findings.length === 1000) break;
  }
  findings.sort((a, b) => rank.indexOf(a.outcome) - rank.indexOf(b.outcome) || (a.height ?? 0) - (b.height ?? 0));
  return { ...findings[0], calendars };
}

function find(way, headers, network) {
  const { kind, height: claimed } = way.attestation;
  if (kind === 'pending') return { outcome: 'pending' };
  if (kind !== 'bitcoin') return { outcome: 'nothing' };
  const height = Number(claimed);
  const header = headers.at(height);
  if (!header) return { outcome: 'no-header', height };
  if (way.message.length !== 32 || !same(way.message, header.root)) return { outcome: 'mismatch', height, header };
  const { broken, count, work } = headers.above(height, network);
  if (broken === height) return { outcome: 'work', height, header };
  if (broken !== undefined) return { outcome: 'chain', height, header, broken };
  return { outcome: 'confirmed', height, header, count, work };
}

// matches tells whether the proof is for a digest.
export const matches = (proof, digest) => hex(proof.digest) === hex(digest);
