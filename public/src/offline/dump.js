// For the tests: reads proofs, one a line in hexadecimal, and writes what was
// read of each, one a line, as public/offline_test.go writes what notary/ots
// reads.
import { createInterface } from 'node:readline';
import { hex, unhex } from './bytes.js';
import { attested, parse, ProofError } from './ots.js';

const word = ({ kind, tag, height, uri, payload }) => ({
  pending: () => `pending ${uri}`,
  unknown: () => `unknown ${tag} ${hex(payload)}`,
}[kind]?.() ?? `${kind} ${height}`);

const step = ({ code, argument }) => `${code.toString(16).padStart(2, '0')}${hex(argument)}`;

function dump(line) {
  try {
    const proof = parse(unhex(line));
    const ways = Array.from(attested(proof.root), ({ steps, message, attestation }) => (
      `${steps.map(step).join(',')} ${hex(message)} ${word(attestation)}`));
    return [`${proof.hash} ${hex(proof.digest)}`, ...ways].join('; ');
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return `error ${error.kind}`;
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(dump(line));
