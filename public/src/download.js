// Proof files by the hundred, and handing the visitor a file made in the page.
const atOnce = 500;

// fetchProofs asks for the .ots files of digests and hands each to take(digest,
// bytes), with null for digests that were never stamped here; progress hears
// how many are done. It rejects when the server cannot be asked.
export async function fetchProofs(digests, take, progress) {
  for (let at = 0; at < digests.length; at += atOnce) {
    const some = digests.slice(at, at + atOnce);
    const found = new Map();
    for (const { digest, ots } of await ask(some)) found.set(digest, Uint8Array.from(atob(ots), (c) => c.charCodeAt(0)));
    for (const digest of some) take(digest, found.get(digest) ?? null);
    progress?.(at + some.length);
  }
}

async function ask(digests) {
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch('/proofs/files', { method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ digests: digests.join('\n') }) });
    if (answer.ok) return (await answer.json()).proofs;
    if (answer.status !== 429 || tries === 20) throw new Error(`HTTP ${answer.status}`);
    await new Promise((go) => { setTimeout(go, 1000 * (Number(answer.headers.get('Retry-After')) || 5)); });
  }
}

export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// today is the day in names of files.
export const today = () => new Date().toISOString().slice(0, 10);
