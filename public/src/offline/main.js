// The offline page: takes files, keeps what it was given, and writes the page
// anew after each change. It has no network at all; its policy forbids any.
import { unbase64, unhex } from './bytes.js';
import { Headers, networks, readHeader, readList } from './chain.js';
import { digestOf } from './file.js';
import { attested, isProof, parse, ProofError } from './ots.js';
import { verdictOf } from './verdict.js';
import { writeAll, writeFrame } from './view.js';
import { speaker, words as texts } from './words.js';

const $ = (id) => document.getElementById(id);
const listSize = 2 << 20; // bytes, the largest list of headers taken

const state = {
  language: navigator.language.toLowerCase().startsWith('zh') ? 'zh-Hans' : 'en',
  network: 'mainnet',
  expected: '', // the name of the file the proof is for
  proof: null,
  wrong: null, // what is wrong with the proof that was given
  headers: new Headers(),
  file: null, // {name, content, digest}; digest is null while it is read
  typed: '',
  looked: '', // the block hash that was looked up, once it is whole
};

function write() {
  const words = speaker(state.language);
  writeAll(state, verdictOf(state, words.day), words);
}

function say(key, values) { $('say').textContent = speaker(state.language).say(key, values); }

function chooseLanguage(language) {
  if (texts[language]) state.language = language;
  writeFrame(state.language, speaker(state.language));
  $('say').textContent = '';
  write();
}

// takeEvidence takes in what the page came with.
function takeEvidence() {
  const evidence = JSON.parse($('evidence').textContent);
  if (!evidence) return;
  if (networks[evidence.network]) state.network = evidence.network;
  if (evidence.name) state.expected = evidence.name;
  (evidence.headers ?? []).forEach((text, i) => {
    const header = readHeader(unhex(text));
    if (header) state.headers.put(evidence.height + i, header);
  });
  if (evidence.proof) takeProof(unbase64(evidence.proof));
}

function takeProof(bytes) {
  state.proof = null;
  state.wrong = null;
  try {
    state.proof = parse(bytes);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    state.wrong = error;
  }
}

// takeHeaders takes in a list as text; false if it is none. A header without
// a height is that of the block the proof names.
function takeHeaders(text) {
  let guess = null;
  if (state.proof) {
    for (const { attestation } of attested(state.proof.root)) if (attestation.kind === 'bitcoin') guess ??= attestation.height;
  }
  const list = readList(text, guess);
  if (!list) return false;
  for (const [height, header] of list) state.headers.put(height, header);
  $('say').textContent = speaker(state.language).count('say.headers', list.length);
  return true;
}

async function takeFiles(files) {
  let content = null;
  for (const file of files) {
    try {
      if (!await takeSmall(file)) content = file;
    } catch {
      say('say.unreadable', { Name: file.name });
      return;
    }
  }
  if (content) state.file = { name: content.name, content, digest: null };
  write();
  await readContent();
}

// takeSmall takes in a proof or a list of headers; false for any other file.
async function takeSmall(file) {
  if (file.name === state.expected || file.size > listSize) return false;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isProof(bytes) || file.name.toLowerCase().endsWith('.ots')) {
    takeProof(bytes);
    state.expected = file.name.replace(/\.ots$/i, '');
    if (state.expected === 'proof' || state.file) state.expected = '';
    say('say.proof', { Name: file.name });
    return true;
  }
  return /^[\s\d#]/.test(String.fromCharCode(bytes[0])) && takeHeaders(new TextDecoder().decode(bytes));
}

// readContent digests the file with the hash that the proof asks for.
async function readContent() {
  const { file } = state;
  const code = state.proof?.hash ?? 0x08;
  if (!file || (file.digest && file.code === code)) return;
  file.digest = null;
  file.code = code;
  const bar = $('bar');
  bar.value = 0;
  bar.hidden = false;
  say('say.reading', { Name: file.name });
  const current = () => state.file === file && file.code === code;
  try {
    const digest = await digestOf(file.content, code, (part) => { bar.value = part; return current(); });
    if (!current()) return;
    file.digest = digest;
    say('say.read', { Name: file.name });
  } catch {
    if (!current()) return;
    state.file = null;
    say('say.unreadable', { Name: file.name });
  }
  bar.hidden = true;
  write();
  $('verdict').scrollIntoView({ block: 'nearest' });
}

function bindDrop() {
  const area = $('drop');
  let depth = 0;
  const over = (change) => {
    depth = change === 0 ? 0 : depth + change;
    area.classList.toggle('over', depth > 0);
  };
  document.addEventListener('dragenter', (event) => { event.preventDefault(); over(1); });
  document.addEventListener('dragleave', () => over(-1));
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    over(0);
    takeFiles(Array.from(event.dataTransfer.files));
  });
  $('files').addEventListener('change', ({ target }) => takeFiles(Array.from(target.files)));
}

function bindRest() {
  for (const button of document.querySelectorAll('[data-language]')) {
    button.addEventListener('click', () => chooseLanguage(button.dataset.language));
  }
  $('compare-hash').addEventListener('input', ({ target }) => {
    state.typed = target.value.trim();
    state.looked = /^[0-9a-f]{64}$/i.test(state.typed) ? state.typed.toLowerCase() : '';
    write();
  });
  $('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = $('headers').value;
    $('headers-wrong').textContent = '';
    const chosen = Array.from($('proof').files);
    if (chosen.length > 0) await takeFiles(chosen);
    if (text.trim() && !takeHeaders(text)) $('headers-wrong').textContent = speaker(state.language).say('no-headers');
    write();
  });
}

takeEvidence();
bindDrop();
bindRest();
chooseLanguage(state.language);
