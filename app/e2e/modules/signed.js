// What the wallet in the page signs, written down for the Go side to check with
// btcd's script engine: lighthouse/contract/testdata/wallet.json, which is made by
//
//   node app/e2e/modules/signed.js >lighthouse/contract/testdata/wallet.json
//
// Keys, coins and randomness are fixed, so that it is always the same.
import { hex, secp256k1, sha256 } from '../../../public/vendor/bitcoin/bitcoin.js';
import { readContract } from '../../../public/src/wallet/contract.js';
import { firmAccount, Keys } from '../../../public/src/wallet/keys.js';
import { challengeID, signMessage } from '../../../public/src/wallet/message.js';
import { plan } from '../../../public/src/wallet/plan.js';
import { pledges, refund } from '../../../public/src/wallet/pledge.js';
import { replaceable, signed } from '../../../public/src/wallet/sign.js';
import { seedOf } from '../../../public/src/wallet/words.js';

const words = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';

// encode is a contract as the server gives it.
export function encode({ version, lockTime, outputs }) {
  const bytes = new Uint8Array(6 + outputs.reduce((n, { script }) => n + 9 + script.length / 2, 0) + 4);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, version, true);
  bytes[5] = outputs.length;
  let at = 6;
  for (const { value, script } of outputs) {
    view.setBigUint64(at, BigInt(value), true);
    bytes[at + 8] = script.length / 2;
    bytes.set(hex.decode(script), at + 9);
    at += 9 + script.length / 2;
  }
  view.setUint32(at, lockTime, true);
  return hex.encode(bytes);
}

function source() {
  let drawn = 0;
  return (n) => sha256(new TextEncoder().encode(`drawn ${drawn += 1}`)).subarray(0, n);
}

export async function make() {
  const random = source();
  const keys = new Keys(await seedOf(words), 'devnet');
  let made = 0;
  const coin = (kind, value) => {
    const path = { kind, account: 0, change: 0, index: made += 1 };
    return {
      txid: hex.encode(sha256(Uint8Array.of(made))), vout: made % 3, value, script: keys.script(path), path, kind,
      outpoint: `${made}`, publicKey: keys.publicKey(path), privateKey: keys.privateKey(path),
    };
  };
  const elsewhere = (kind, index) => keys.script({ kind, account: 9, change: 0, index });
  const spent = ({ txid, vout, value, script }) => ({ txid, vout, value, script });

  const goals = [
    { version: 2, lockTime: 0, outputs: [{ value: 80_000, script: elsewhere('p2tr', 0) }] },
    { version: 2, lockTime: 912_000, outputs: [{ value: 700_000, script: elsewhere('p2wpkh', 1) }, { value: 300_000, script: elsewhere('p2tr', 2) }] },
    { version: 3, lockTime: 1_800_000_000, outputs: [
      { value: 5_000_000_000, script: `76a914${'11'.repeat(20)}88ac` }, { value: 50_000, script: `a914${'22'.repeat(20)}87` },
      { value: 60_000, script: `0020${'33'.repeat(32)}` }] },
  ].map(encode);
  const contracts = goals.map(readContract);
  const pledged = ['p2wpkh', 'p2tr', 'p2wpkh', 'p2tr'].flatMap((kind, i) => {
    const backed = coin(kind, 21_000 + 1_000 * i);
    return pledges(backed, contracts, random).map(({ contract, hex: raw, psbt }) => ({ contract, kind, coin: spent(backed), hex: raw, psbt }));
  });
  const refunds = ['p2wpkh', 'p2tr'].map((kind) => {
    const backed = coin(kind, 50_000);
    const { hex: raw, lockTime, fee } = refund(backed, { to: elsewhere(kind, 3), lockTime: 912_144, rate: 500 }, random);
    return { coin: spent(backed), hex: raw, lockTime, fee };
  });
  // Firm coins: the half of their owner, and his way home.
  // The keeper is that of the tests of lighthouse/contract, which signs there.
  const keeper = secp256k1.getPublicKey(sha256(new TextEncoder().encode('keeper')));
  const terms = { keeper: hex.encode(keeper), until: 912_144 };
  const firmCoin = () => {
    const path = { kind: 'firm', account: firmAccount, change: 0, index: made += 1, ...terms };
    return {
      txid: hex.encode(sha256(Uint8Array.of(made))), vout: 0, value: 60_000, script: keys.script(path), path, kind: 'firm', outpoint: `${made}`,
      publicKey: keys.publicKey(path), privateKey: keys.privateKey(path), witnessScript: keys.witnessScript(path), until: terms.until,
    };
  };
  const [firm, homeward] = [firmCoin(), firmCoin()];
  const owner = ({ publicKey }) => hex.encode(publicKey);
  const held = pledges(firm, contracts.slice(0, 2), random).map(({ contract, hex: raw }) => ({ contract, coin: spent(firm), hex: raw, owner: owner(firm), ...terms }));
  const firmRefund = refund(firm, { to: elsewhere('p2wpkh', 8), lockTime: 912_144, rate: 500 }, random);
  const back = plan({ sweep: elsewhere('p2tr', 8), coins: [homeward, coin('p2tr', 5_000)], rate: 1_000 });
  const wayHome = signed({ lockTime: terms.until, inputs: back.inputs.map((one) => ({ ...one, sequence: replaceable })), outputs: back.pay }, random);
  const payments = [
    { pay: [{ script: elsewhere('p2tr', 4), value: 90_000 }], coins: [coin('p2tr', 70_000), coin('p2wpkh', 60_000)] },
    { pay: [{ script: `76a914${'44'.repeat(20)}88ac`, value: 5_000 }, { script: elsewhere('p2wpkh', 5), value: 6_000 }], coins: [coin('p2wpkh', 80_000)] },
    { sweep: elsewhere('p2tr', 6), coins: [coin('p2tr', 10_000), coin('p2wpkh', 20_000), coin('p2tr', 30_000)] },
  ].map((asked) => {
    const { inputs, pay, change, fee, weight } = plan({ ...asked, rate: 1_000 });
    const outputs = [...pay, ...(change ? [{ script: elsewhere('p2tr', 7), value: change }] : [])];
    const tx = signed({ inputs: inputs.map((one) => ({ ...one, sequence: replaceable })), outputs }, random);
    return { coins: inputs.map(spent), hex: tx.hex, txid: tx.txid, fee, weight, rate: 1_000 };
  });
  const nested = plan({ sweep: elsewhere('p2tr', 10), coins: [coin('p2sh', 40_000), coin('p2wpkh', 7_000)], rate: 1_000 });
  const moved = signed({ inputs: nested.inputs.map((one) => ({ ...one, sequence: replaceable })), outputs: nested.pay }, random);
  refunds.push({ coin: spent(firm), hex: firmRefund.hex, lockTime: firmRefund.lockTime, fee: firmRefund.fee });
  payments.push({ coins: back.inputs.map(spent), hex: wayHome.hex, txid: wayHome.txid, fee: back.fee, weight: back.weight, rate: 1_000 });
  payments.push({ coins: nested.inputs.map(spent), hex: moved.hex, txid: moved.txid, fee: nested.fee, weight: nested.weight, rate: 1_000 });
  const messages = ['p2wpkh', 'p2tr'].map((kind) => {
    const signer = coin(kind, 1);
    const text = 'I backed the ridge path. 我支持了山脊小路。';
    return { text, script: signer.script, challenge: challengeID(text, signer.script), signature: signMessage(text, signer, random) };
  });
  return { contracts: contracts.map(({ id, net }, i) => ({ id, net, encoded: goals[i] })), pledges: pledged, firm: held, refunds, payments, messages };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  process.stdout.write(`${JSON.stringify(await make(), null, 1)}\n`);
}
