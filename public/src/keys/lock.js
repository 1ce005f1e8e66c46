// A wallet that nobody uses locks itself, and one that is locked in a page is
// locked in all of them.

const idle = 10 * 60_000; // ms
const channel = 'cairn-wallet';
const signs = ['pointerdown', 'keydown', 'wheel', 'touchstart'];

// keep watches over an open wallet until it is locked, and calls locked then. It
// returns what locks it by hand, in all pages.
export function keep(wallet, locked) {
  const others = new BroadcastChannel(channel);
  let last = Date.now();
  const used = () => { last = Date.now(); };
  // A laptop that slept has no timers: what counts is the clock.
  const clock = setInterval(() => { if (Date.now() - last > idle) lock(); }, 15_000);
  const awake = () => { if (!document.hidden && Date.now() - last > idle) lock(); };
  // A page that is left for another must not come back open from the cache.
  const left = () => lock();
  for (const sign of signs) addEventListener(sign, used, { passive: true });
  document.addEventListener('visibilitychange', awake);
  addEventListener('pagehide', left);
  others.onmessage = ({ data }) => { if (data === 'lock') lock(); };
  function lock() {
    if (wallet.locked) return;
    wallet.lock();
    clearInterval(clock);
    for (const sign of signs) removeEventListener(sign, used);
    document.removeEventListener('visibilitychange', awake);
    removeEventListener('pagehide', left);
    others.close();
    locked();
  }
  return () => {
    others.postMessage('lock');
    lock();
  };
}
