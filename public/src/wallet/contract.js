// A contract as the server gives it: the claim transaction of a campaign without
// its inputs. The page reads it itself, so that what it shows is what is signed.
// The rules are those of lighthouse/contract.
import { hex, OutScript, sha256 } from '../../vendor/bitcoin/bitcoin.js';
import { fail } from './errors.js';
import { dustOf, maxMoney } from './sizes.js';

const [mostBytes, mostOutputs] = [2_000, 20];
const kinds = ['pkh', 'sh', 'wpkh', 'wsh', 'tr'];

// readContract reads an encoded contract:
//   { id, version, lockTime, outputs: [{ value, script }], net }
// scripts in hexadecimal. Kinds: contract.
export function readContract(encoded) {
  try {
    const bytes = hex.decode(encoded);
    if (bytes.length > mostBytes) fail('contract');
    const read = fields(bytes);
    return { id: hex.encode(sha256(bytes)), ...read, net: check(read) };
  } catch (error) {
    return fail('contract', {}, error);
  }
}

function fields(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (n) => {
    at += n;
    if (at > bytes.length) fail('contract');
    return at - n;
  };
  const version = view.getInt32(take(4), true);
  if (view.getUint8(take(1)) !== 0) fail('contract'); // it has inputs
  const count = view.getUint8(take(1));
  if (count > mostOutputs) fail('contract');
  const outputs = Array.from({ length: count }, () => {
    const value = Number(view.getBigUint64(take(8), true));
    const length = view.getUint8(take(1));
    const from = take(length);
    return { value, script: hex.encode(bytes.subarray(from, from + length)) };
  });
  const lockTime = view.getUint32(take(4), true);
  if (at !== bytes.length) fail('contract');
  return { version, lockTime, outputs };
}

// check is the sum of the outputs of a contract that can be signed.
function check({ version, outputs }) {
  if ((version !== 2 && version !== 3) || outputs.length === 0) fail('contract');
  let net = 0;
  for (const { value, script } of outputs) {
    const kind = OutScript.decode(hex.decode(script)).type;
    if (!kinds.includes(kind) || value < dustOf(script) || value > maxMoney) fail('contract');
    net += value;
  }
  return net <= maxMoney ? net : fail('contract');
}
