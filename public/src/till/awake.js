// The screen of a counter stays on while its page is looked at, where browsers can.
export async function stayAwake() {
  const hold = async () => {
    if (document.visibilityState !== 'visible') return;
    await navigator.wakeLock?.request('screen').catch(() => {});
  };
  document.addEventListener('visibilitychange', hold);
  await hold();
}
