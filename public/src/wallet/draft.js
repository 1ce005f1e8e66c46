// Transactions that somebody else has put together (BIP-0174), of which this wallet
// signs its own part: what they spend and pay is read here, and shown before.
import { base64, hex, Transaction } from '../../vendor/bitcoin/bitcoin.js';
import { fail } from './errors.js';

const largest = 400_000; // characters
// selling is SIGHASH_SINGLE|ANYONECANPAY: whoever takes this input pays the output
// beside it, and adds what he likes.
const selling = 0x83;
const whole = { p2tr: 0x00, p2wpkh: 0x01 }; // the whole transaction, by kind; others change its txid
const takes = { allowUnknownVersion: false, allowUnknownOutputs: true, allowUnknownInputs: true, allowLegacyWitnessUtxo: true, lowR: true };

// readDraft reads a PSBT in base64 or hexadecimal:
//   { txid, version, lockTime, inputs: [{ outpoint, value, script, sequence }], outputs: [{ value, script }] }
// value is null and script '' of an input that does not say what it spends. Kinds:
// draft.
export function readDraft(psbt) {
  const tx = decode(psbt);
  const inputs = Array.from({ length: tx.inputsLength }, (_, i) => {
    const { txid, index, witnessUtxo, sequence } = tx.getInput(i);
    return {
      outpoint: `${hex.encode(txid)}:${index}`, sequence,
      value: witnessUtxo ? Number(witnessUtxo.amount) : null, script: witnessUtxo ? hex.encode(witnessUtxo.script) : '',
    };
  });
  const outputs = Array.from({ length: tx.outputsLength }, (_, i) => {
    const { amount, script } = tx.getOutput(i);
    return { value: Number(amount), script: hex.encode(script) };
  });
  return { txid: tx.id, version: tx.version, lockTime: tx.lockTime, inputs, outputs };
}

// signedDraft signs inputs of a PSBT, those in own (by outpoint, as in sign.js),
// and gives the PSBT in base64, not finished: { psbt, txid }. With sells, an input
// is signed for the output beside it alone. Kinds: draft.
export function signedDraft(psbt, own, { sells = false }, random) {
  const tx = decode(psbt);
  for (let i = 0; i < tx.inputsLength; i += 1) {
    const { txid, index } = tx.getInput(i);
    const input = own.get(`${hex.encode(txid)}:${index}`);
    if (!input) continue;
    const { kind, publicKey, privateKey, value, script } = input;
    const hashType = whole[kind] === undefined ? fail('draft') : sells ? selling : whole[kind];
    // What is signed is what this wallet knows of its coins, whatever the PSBT says.
    tx.updateInput(i, {
      witnessUtxo: { amount: BigInt(value), script: hex.decode(script) },
      ...(kind === 'p2tr' && { tapInternalKey: publicKey.slice(1) }),
      ...(sells && { sighashType: hashType }),
    }, true);
    tx.signIdx(privateKey, i, [hashType], random(32));
  }
  return { psbt: base64.encode(tx.toPSBT(0)), txid: tx.id };
}

function decode(psbt) {
  const text = psbt.trim();
  if (text.length > largest) fail('draft');
  try {
    const raw = /^[0-9a-f]*$/i.test(text) ? hex.decode(text.toLowerCase()) : base64.decode(text);
    return Transaction.fromPSBT(raw, takes);
  } catch (error) {
    return fail('draft', {}, error);
  }
}
