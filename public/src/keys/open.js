// The wallet in the page, for any page that has a place for it
// (templates/purse.Place):
//
//   const wallet = await openWallet(place); // null when somebody closed the dialog
//
// It asks for the passphrase, or makes a wallet: words to write down, three of
// them asked for again, a passphrase. Once open, it stays so for the life of the
// page, until lockWallet, ten idle minutes, or another page that locks it; the
// place then gets the event keys:locked.
import { Cancelled, Dialog, tell } from './dialog.js';
import { discover } from './found.js';
import { keep } from './lock.js';
import { sentence } from './said.js';

const opened = new WeakMap(); // by place: { wallet, lock }

// keysOf is the wallet's module (public/src/wallet), loaded once it is needed.
export function keysOf(place) {
  return import(place.dataset.keys);
}

// setupOf is what its static functions take.
export async function setupOf(place) {
  const { browserStore, inPage } = await keysOf(place);
  return inPage(place.dataset.network, await browserStore(indexedDB));
}

// hasWallet reports whether this browser keeps one.
export async function hasWallet(place) {
  const { Wallet } = await keysOf(place);
  return Wallet.exists(await setupOf(place));
}

// openWallet resolves with a wallet that is open, whose words were written down
// and whose used addresses are known; or with null. way is how to make one if there
// is none yet: create, restore, file, or nothing to let people choose.
export async function openWallet(place, way = '') {
  const there = opened.get(place);
  if (there && !there.wallet.locked) return there.wallet;
  const dialog = new Dialog(place);
  try {
    const wallet = await made(place, dialog, way);
    if (wallet.undiscovered) {
      dialog.wait('looking');
      await discover(wallet);
    }
    const lock = keep(wallet, () => place.dispatchEvent(new CustomEvent('keys:locked')));
    opened.set(place, { wallet, lock });
    // Browsers may clear what they were not asked to keep. Some ask people first,
    // which nobody has to wait for.
    navigator.storage?.persist?.().catch(() => {});
    return wallet;
  } catch (error) {
    if (error instanceof Cancelled) return null;
    tell(dialog.form('trouble'), sentence(place, error));
    await dialog.ask('trouble', async () => true).catch(() => {});
    return null;
  } finally {
    dialog.close();
  }
}

// lockWallet locks it in all pages.
export function lockWallet(place) {
  opened.get(place)?.lock();
}

async function made(place, dialog, way) {
  const { Wallet } = await keysOf(place);
  const setup = await setupOf(place);
  if (await Wallet.exists(setup)) return unlocked(dialog, Wallet, setup);
  const chosen = way || await dialog.ask('choose', async (_, choice) => choice);
  if (chosen === 'restore') {
    return dialog.ask('restore', (form) => Wallet.restore(setup, form.elements.words.value, form.elements.passphrase.value, form.elements.extra.value));
  }
  if (chosen === 'file') {
    const { wallet, passphrase } = await dialog.ask('file', async (form) => {
      const text = await form.elements.file.files[0].text();
      return { wallet: await Wallet.fromFile(setup, text, form.elements.passphrase.value), passphrase: form.elements.passphrase.value };
    });
    return written(dialog, wallet, passphrase);
  }
  const { wallet, passphrase } = await dialog.ask('create', async (form) => {
    const { value } = form.elements.passphrase;
    return { wallet: await Wallet.create(setup, value), passphrase: value };
  });
  return written(dialog, wallet, passphrase);
}

async function unlocked(dialog, Wallet, setup) {
  const { wallet, passphrase } = await dialog.ask('unlock', async (form) => {
    const { value } = form.elements.passphrase;
    return { wallet: await Wallet.unlock(setup, value), passphrase: value };
  });
  return written(dialog, wallet, passphrase);
}

// written shows the words of a new wallet until three of them were typed again.
// Whoever leaves in between is shown them again the next time.
async function written(dialog, wallet, passphrase) {
  if (wallet.confirmed) return wallet;
  try {
    for (;;) {
      await shown(dialog, wallet, passphrase);
      if (await asked(dialog, wallet)) return wallet;
    }
  } catch (error) {
    wallet.lock();
    throw error;
  }
}

async function shown(dialog, wallet, passphrase) {
  const { words } = await wallet.words(passphrase);
  list(dialog.form('words').querySelector('[data-words]'), words);
  await dialog.ask('words', async () => true);
}

// list writes words down, numbered.
export function list(place, words) {
  place.replaceChildren(...words.split(' ').map((word) => {
    const item = document.createElement('li');
    item.textContent = word;
    return item;
  }));
}

async function asked(dialog, wallet) {
  const form = dialog.form('ask');
  const positions = wallet.askWords();
  form.querySelectorAll('[data-ask]').forEach((field, i) => {
    field.querySelector('[data-position]').textContent = positions[i];
    field.querySelector('input').name = `word${positions[i]}`;
  });
  return dialog.ask('ask', async (_, choice) => {
    if (choice === 'again') return false;
    await wallet.confirm(Object.fromEntries(positions.map((position) => [position, form.elements[`word${position}`].value])));
    return true;
  });
}
