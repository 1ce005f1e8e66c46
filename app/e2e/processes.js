// What the browser's processes hold in memory, on Linux.
import { readFile } from 'node:fs/promises';

// renderers gives the resident memory of the processes that run pages and
// their workers, in MB; null where it cannot be read.
export async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const sizes = await Promise.all(processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => resident(id)));
    return sizes.includes(null) ? null : sizes.reduce((sum, size) => sum + size, 0);
  } finally {
    await session.detach();
  }
}

async function resident(pid) {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(status.match(/VmRSS:\s*(\d+) kB/)[1]) / 1024;
  } catch {
    return null;
  }
}

// watch samples them until stop(), which gives the most that was seen.
export function watch(browser) {
  let most = 0;
  let going = true;
  const done = (async () => {
    while (going) {
      most = Math.max(most, (await renderers(browser)) ?? 0);
      await new Promise((go) => { setTimeout(go, 250); });
    }
    return most;
  })();
  return { stop: () => { going = false; return done; } };
}
