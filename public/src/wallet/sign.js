// Signing, with @scure/btc-signer. An input is
//   { txid, vout, value, script, sequence, kind, publicKey, privateKey }
// with script in hexadecimal and txid as people write it; of a firm coin, also its
// witnessScript.
import { base64, hex, RawTx, Transaction } from '../../vendor/bitcoin/bitcoin.js';
import { home, pledged } from './firm.js';
import { programOf } from './keys.js';

// replaceable lets a transaction be replaced (BIP-0125) and keeps its lock time
// switched on, without a relative lock.
export const replaceable = 0xfffffffd;

const all = 0x01;
const byDefault = 0x00; // SIGHASH_DEFAULT of taproot: all, one byte shorter
// pledging is SIGHASH_ALL|ANYONECANPAY: others may pay beside this input, for
// exactly these outputs.
export const pledging = 0x81;

// signed is a transaction all of whose inputs are signed for exactly it:
// { hex, txid, weight }. random(n) gives n bytes.
export function signed({ version = 2, lockTime = 0, inputs, outputs }, random) {
  const tx = unsigned({ version, lockTime, inputs, outputs });
  inputs.forEach((input, i) => {
    tx.signIdx(input.privateKey, i, [input.kind === 'p2tr' ? byDefault : all], random(32));
  });
  inputs.forEach((input, i) => {
    if (input.kind !== 'firm') tx.finalizeIdx(i);
    else tx.updateInput(i, { finalScriptWitness: home(tx.getInput(i).partialSig[0][1], input.witnessScript) }, true);
  });
  return { hex: tx.hex, txid: tx.id, weight: tx.weight };
}

// signedAlone is a transaction of one input, signed with a hash type that need
// not cover the outputs' worth: { hex, witness, psbt }, witness in hexadecimal, psbt in
// base64 (BIP-0174, version 0). The library would not finalise a transaction that pays
// out more than it takes in, so the witness is put together here. A firm coin goes
// home by its owner alone with goesHome, else its keeper's signature is left empty.
export function signedAlone({ version, lockTime, input, outputs, hashType, goesHome = false }, random) {
  const tx = unsigned({ version, lockTime, inputs: [{ ...input, hashType }], outputs });
  tx.signIdx(input.privateKey, 0, [hashType], random(32));
  const { tapKeySig, partialSig } = tx.getInput(0);
  const witness = witnessOf(input, tapKeySig ?? partialSig[0][1], goesHome);
  const raw = RawTx.encode({
    version, segwitFlag: true, lockTime,
    inputs: [{ txid: hex.decode(input.txid), index: input.vout, finalScriptSig: new Uint8Array(), sequence: input.sequence }],
    outputs: outputs.map(({ value, script }) => ({ amount: BigInt(value), script: hex.decode(script) })),
    witnesses: [witness],
  });
  return { hex: hex.encode(raw), witness: witness.map((item) => hex.encode(item)), psbt: base64.encode(tx.toPSBT(0)) };
}

function witnessOf({ kind, publicKey, witnessScript }, signature, goesHome) {
  if (kind === 'p2tr') return [signature];
  if (kind === 'p2wpkh') return [signature, publicKey];
  return goesHome ? home(signature, witnessScript) : pledged(signature, witnessScript);
}

// Outputs come first: the library adds none to a transaction with signatures.
function unsigned({ version, lockTime, inputs, outputs }) {
  const tx = new Transaction({ version, lockTime, lowR: true, allowUnknownVersion: version === 0, allowUnknownOutputs: true, allowUnknownInputs: true });
  for (const { value, script } of outputs) tx.addOutput({ amount: BigInt(value), script: hex.decode(script) });
  for (const input of inputs) {
    tx.addInput({
      txid: input.txid,
      index: input.vout,
      sequence: input.sequence,
      witnessUtxo: { amount: BigInt(input.value), script: hex.decode(input.script) },
      ...(input.kind === 'p2sh' && { redeemScript: programOf(input.publicKey) }),
      ...(input.kind === 'firm' && { witnessScript: input.witnessScript }),
      ...(input.kind === 'p2tr' && { tapInternalKey: input.publicKey.slice(1) }),
      ...(input.hashType !== undefined && { sighashType: input.hashType }),
    });
  }
  return tx;
}
