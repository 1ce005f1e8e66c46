// What the browser reads off transactions of assets, against what the protocols'
// packages make of them, and what people type.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { hex, RawTx, sha256 } from '../../../public/vendor/bitcoin/bitcoin.js';
import { fromOpenAssets, NoRequest, readReceiver } from '../../../public/src/assetdesk/address.js';
import { color, NotUnderstood } from '../../../public/src/assetdesk/colors.js';
import { effectsOf } from '../../../public/src/assetdesk/effects.js';
import { BadLine, readList } from '../../../public/src/assetdesk/list.js';
import { readUnits, writeUnits } from '../../../public/src/assetdesk/units.js';

const vectors = (path) => readFile(new URL(`../../../assets/${path}`, import.meta.url));
const scriptsOf = (raw) => RawTx.decode(hex.decode(raw)).outputs.map(({ script }) => hex.encode(script));
const plain = (outputs) => outputs.map((held) => held.map(({ id, units }) => [id, Number(units)]));
const lots = (held) => held.map(([id, units]) => ({ id, units: BigInt(units) }));

// together sums what an output holds of one asset: parts of it may be told apart.
const together = (outputs) => outputs.map((held) => {
  const sums = new Map();
  for (const [id, units] of held) sums.set(id, (sums.get(id) ?? 0) + units);
  return [...sums].sort();
});

test('Colu: as the packages of the protocol read them', async () => {
  const cases = Object.values(JSON.parse(await vectors('colu/testdata/composed.json')));
  assert.ok(cases.length >= 8);
  for (const { name, hex: raw, issued, inputs, outputs } of cases) {
    const read = color('colu', { inputs: inputs.map(({ held }) => lots(held)), scripts: scriptsOf(raw), id: issued });
    assert.deepEqual(together(plain(read.outputs)), together(outputs), name);
    const before = inputs.flatMap(({ held }) => held).reduce((sum, [, units]) => sum + units, 0) + Number(read.issued);
    const after = [...read.destroyed.values()].reduce((sum, units) => sum + Number(units), 0) + outputs.flat().reduce((sum, [, units]) => sum + units, 0);
    assert.equal(after, before, `${name}: units are lost`);
  }
});

test('Open Assets: whole chains, as the reference reads them', async () => {
  const chains = JSON.parse(gunzipSync(await vectors('openassets/testdata/chains.json.gz')));
  let [read, left] = [0, 0];
  for (const { id, transactions, expected } of chains) {
    for (const raw of transactions) {
      const bytes = hex.decode(raw);
      const txid = hex.encode(sha256(sha256(bytes)).reverse());
      const wanted = expected[txid].map(([asset, units]) => (units > 0 ? [[asset, units]] : []));
      const held = RawTx.decode(bytes).inputs.map(({ txid: from, index }) => {
        const [asset, units] = expected[hex.encode(from)]?.[index] ?? [null, 0];
        return units > 0 ? lots([[asset, units]]) : [];
      });
      const made = expected[txid].find(([asset, , kind]) => asset && kind === 'issuance')?.[0];
      const valid = expected[txid].some(([, , kind]) => kind === 'marker_output');
      try {
        const own = color('open-assets', { inputs: held, scripts: scriptsOf(raw), id: made });
        if (!valid) { // nothing to do with units, which is no reason not to sign
          assert.ok([...held, ...own.outputs].every((there) => there.length === 0) && own.issued === 0n, `chain ${id}, ${txid}: the reference reads nothing there`);
          continue;
        }
        assert.deepEqual(plain(own.outputs), wanted, `chain ${id}, ${txid}`);
        read += 1;
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        left += valid ? 1 : 0;
      }
    }
  }
  assert.ok(read > 300 && left < read / 4, `${read} read, ${left} not`);
});

test('what is signed is summed up: kept, given, destroyed, and what it costs', () => {
  const [mine, change, other] = ['5120aa', '5120cc', '0014bb'];
  const coin = { value: 600, assets: [{ id: 'X', units: '20' }] };
  const marker = '6a084f41010002031100'; // 3 and 17, no metadata
  const draft = {
    txid: 'a', inputs: [{ outpoint: 'c:0' }, { outpoint: 'z:1' }],
    outputs: [{ script: marker, value: 0 }, { script: other, value: 330 }, { script: mine, value: 330 }, { script: '0014ee', value: 900 }],
  };
  const asked = {
    protocol: 'open-assets', asset: 'X', own: (script) => [mine, change].includes(script), coins: new Map([['c:0', coin]]), holdings: () => [],
  };
  const effects = effectsOf([draft], asked);
  assert.deepEqual(effects.others, [{ script: other, id: 'X', units: 3n }]);
  assert.deepEqual([...effects.mine], [['X', 17n]]);
  assert.deepEqual([...effects.destroyed], []);
  assert.deepEqual(effects.paid, [{ script: '0014ee', value: 900 }]);
  assert.equal(effects.loss, 270);
  assert.equal(effects.foreign, true);
  // A second transaction spends what the first one made.
  const second = { txid: 'b', inputs: [{ outpoint: 'a:2' }], outputs: [{ script: '6a074f410100011100', value: 0 }, { script: change, value: 330 }] };
  const both = effectsOf([draft, second], asked);
  assert.deepEqual([...both.mine], [['X', 17n]]);
  assert.equal(both.loss, 270);
  // Without a marker nothing is signed; as a plain payment, units must not be in it.
  assert.throws(() => effectsOf([{ ...draft, outputs: draft.outputs.slice(1) }], asked), NotUnderstood);
  assert.throws(() => effectsOf([draft], { ...asked, plain: true }), NotUnderstood);
  assert.throws(() => effectsOf([draft], { ...asked, protocol: 'epobc' }), NotUnderstood);
});

test('markers that are not understood', () => {
  const inputs = [[{ id: 'X', units: 5n }]];
  const marker = (payload) => `6a${(payload.length / 2).toString(16).padStart(2, '0')}${payload}`;
  const cases = {
    'none at all': ['0014bb'],
    'two of them': [marker('4f4101000100' + '00'), marker('4f4101000100' + '00')],
    'more units than there are': [marker('4f410100010600'), '0014bb'],
    'bytes behind the metadata': [marker('4f41010001050000'), '0014bb'],
    'no end of a number': [marker('4f41010001ffffffffffffffffffff'), '0014bb'],
    'a number over 2^63-1': [marker('4f41010001ffffffffffffffffff0100'), '0014bb'],
    'a list that is too long': [marker('4f410100020501' + '00'), '0014bb'],
    'a count that is too long': [marker('4f410100fd01000500'), '0014bb'],
    'another version': [marker('4f410200010500'), '0014bb'],
  };
  for (const [name, scripts] of Object.entries(cases)) {
    assert.throws(() => color('open-assets', { inputs, scripts, id: 'new' }), NotUnderstood, name);
  }
  for (const payload of ['4343', '434302', '43430215', '4343023000', '43430215004f', '434302152001', '4343021540', '43430205e0ff']) {
    try {
      const read = color('colu', { inputs, scripts: ['0014bb', marker(payload)], id: 'new' });
      assert.deepEqual(plain(read.outputs), [[], [['X', 5]]], payload); // nothing but the rest to the last
    } catch (error) {
      assert.ok(error instanceof NotUnderstood, `${payload}: ${error}`);
    }
  }
});

test('amounts as people type and read them', () => {
  for (const [units, decimals, text] of [[20n, 0, '20'], [1234567n, 0, '1,234,567'], [5n, 2, '0.05'], [1250n, 2, '12.5'], [2n ** 63n - 1n, 0, '9,223,372,036,854,775,807']]) {
    assert.equal(writeUnits(units, decimals), text);
    assert.equal(readUnits(text, decimals), units);
  }
  for (const text of ['', '0', '-1', '1.5', '1e3', '0x10', '9223372036854775808', 'twenty', '1.2.3', '.']) assert.equal(readUnits(text, 0), null, text);
});

test('to whom: addresses and links', async () => {
  // The specification's own pair (OAP/1.0, address format).
  assert.equal(await fromOpenAssets('akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy'), '16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM');
  assert.match(await fromOpenAssets('bWqaKUZETiECYgmJNbNZUoanBxnAzoVjCNx'), /^[mn]/); // the same on test networks
  assert.equal(await fromOpenAssets('akB4NBW9UuCmHuepksob6yfZs6naHtRCPNz'), null);
  assert.equal(await fromOpenAssets('16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM'), null);
  assert.deepEqual(await readReceiver('openassets:akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy?amount=3&asset=AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH'),
    { address: '16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM', knows: true, units: '3', asset: 'AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH' });
  assert.deepEqual(await readReceiver('OpenAssets:akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy'), { address: '16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM', knows: true, units: '', asset: '' });
  for (const bad of ['openassets:16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM', 'openassets:akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy?req-vault=1', 'openassets:akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy?amount=1&amount=2']) {
    await assert.rejects(readReceiver(bad), NoRequest, bad);
  }
  assert.deepEqual(await readReceiver(' https://cairn.example/assets/send?to=bcrt1qxyz '), { address: 'bcrt1qxyz', knows: true, units: '' });
  assert.deepEqual(await readReceiver('https://cairn.example/assets/AcuR/send?to=bcrt1qxyz&units=2'), { address: 'bcrt1qxyz', knows: true, units: '2' });
  assert.deepEqual(await readReceiver('bcrt1qxyz'), { address: 'bcrt1qxyz', knows: false, units: '' });
  assert.equal((await readReceiver('https://evil.example/?to=bcrt1qxyz')).knows, false);
});

test('a list of receivers, as spreadsheets save it', async () => {
  const read = async (text, decimals = 0) => (await readList(text, decimals)).map(({ address, knows, units }) => [address, knows, Number(units)]);
  const wanted = [['bcrt1qxyz', false, 2], ['bcrt1pabc', true, 30]];
  const link = 'https://cairn.example/assets/send?to=bcrt1pabc';
  for (const text of [`bcrt1qxyz,2\n${link},30`, `bcrt1qxyz\t2\r\n\r\n${link}\t30\r\n`, `"bcrt1qxyz";"2"\n"${link}";"30"`, `\ufeffaddress,units\nbcrt1qxyz 2\n  ${link}   30  `]) {
    assert.deepEqual(await read(text), wanted, text);
  }
  assert.deepEqual(await read('bcrt1qxyz,"1,000.25"', 2), [['bcrt1qxyz', false, 100_025]]);
  for (const [text, key, line] of [['', 'list-none', 0], ['address,units', 'list-none', 0], ['bcrt1qxyz', 'line-units', 1], ['bcrt1qxyz 1\nbcrt1qxyz x', 'line-units', 2],
    ['bcrt1qxyz 1\n\nbcrt1qxyz 0', 'line-units', 3], ['bcrt1qxyz 1.5', 'line-units', 1], ['bcrt1qxyz 1\nopenassets:zz 2', 'line-to', 2], ['bcrt1qxyz 1\n'.repeat(2_001), 'list-many', 2_001]]) {
    await assert.rejects(readList(text, 0), (error) => error instanceof BadLine && error.key === key && error.line === line, text.slice(0, 40));
  }
});
