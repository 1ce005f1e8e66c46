// The words that a wallet is written down as (BIP-0039, English).
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedWebcrypto, wordlist } from '../../vendor/bitcoin/bitcoin.js';
import { fail } from './errors.js';

const counts = [12, 15, 18, 21, 24];

// newWords makes 12 words out of 128 random bits. random(n) gives n bytes.
export function newWords(random) {
  return entropyToMnemonic(random(16), wordlist);
}

// readWords puts what was typed or pasted in order: any white space, capitals.
// Kinds: words-count, words-unknown, words-checksum.
export function readWords(text) {
  const words = text.normalize('NFKD').toLowerCase().split(/\s+/u).filter(Boolean);
  if (!counts.includes(words.length)) fail('words-count', { count: words.length });
  const positions = words.flatMap((word, i) => (wordlist.includes(word) ? [] : [i + 1]));
  if (positions.length > 0) fail('words-unknown', { positions });
  const read = words.join(' ');
  try {
    mnemonicToEntropy(read, wordlist);
  } catch (error) {
    fail('words-checksum', {}, error);
  }
  return read;
}

// completions are the words that begin like this; four letters tell all apart.
export function completions(start) {
  const wanted = start.trim().toLowerCase();
  return wanted === '' ? [] : wordlist.filter((word) => word.startsWith(wanted));
}

// positionsToAsk chooses which words somebody is asked for who says he has
// written them down: count of them, ascending, from 1.
export function positionsToAsk(words, count, random) {
  const left = words.split(' ').map((_, i) => i + 1);
  const asked = [];
  while (asked.length < count && left.length > 0) {
    asked.push(...left.splice(below(left.length, random), 1));
  }
  return asked.sort((a, b) => a - b);
}

// below is a random whole number under n, n at most 256, all equally likely.
function below(n, random) {
  for (;;) {
    const [byte] = random(1);
    if (byte < 256 - (256 % n)) return byte % n;
  }
}

// seedOf is the seed of words and of the extra word, if one was chosen in the
// wallet they come from: 64 bytes.
export function seedOf(words, extra = '') {
  return mnemonicToSeedWebcrypto(words, extra);
}
