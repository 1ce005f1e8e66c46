// Signed messages (BIP-0322, the simple form): proof that somebody holds the key
// of an address. What is signed is a transaction that no chain could take, and
// never with the hash type of pledges, so that no message is a payment.
import { base64, hex, RawTx, RawWitness, schnorr, sha256, Transaction } from '../../vendor/bitcoin/bitcoin.js';

const tag = 'BIP0322-signed-message';

// signMessage signs a text with the key of a script (an input as in sign.js,
// without coin): "smp" and base64. random(n) gives n bytes.
export function signMessage(text, { script, kind, publicKey, privateKey }, random) {
  const tx = new Transaction({ version: 0, lowR: true, allowUnknownOutputs: true });
  tx.addOutput({ amount: 0n, script: Uint8Array.of(0x6a) });
  tx.addInput({
    txid: challengeID(text, script), index: 0, sequence: 0,
    witnessUtxo: { amount: 0n, script: hex.decode(script) },
    ...(kind === 'p2tr' && { tapInternalKey: publicKey.slice(1) }),
  });
  tx.signIdx(privateKey, 0, undefined, random(32));
  const { tapKeySig, partialSig } = tx.getInput(0);
  const witness = kind === 'p2tr' ? [tapKeySig] : [partialSig[0][1], partialSig[0][0]];
  return `smp${base64.encode(RawWitness.encode(witness))}`;
}

// challengeID is the id of the transaction whose output is "spent" (to_spend).
export function challengeID(text, script) {
  const digest = schnorr.utils.taggedHash(tag, new TextEncoder().encode(text));
  const raw = RawTx.encode({
    version: 0, segwitFlag: false, lockTime: 0, witnesses: [],
    inputs: [{
      txid: new Uint8Array(32), index: 0xffffffff, sequence: 0,
      finalScriptSig: Uint8Array.of(0x00, 0x20, ...digest),
    }],
    outputs: [{ amount: 0n, script: hex.decode(script) }],
  });
  return hex.encode(sha256(sha256(raw)).reverse());
}
