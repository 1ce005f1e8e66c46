// SHA-256 of a file in the page. Small files go through WebCrypto, which
// needs the whole file in memory; others, and pages without WebCrypto (plain
// http off this machine), stream through WebAssembly in a worker with flat
// memory whatever their size.
const small = 8 << 20;

export async function digestOf(file, progress) {
  if (file.size <= small && globalThis.crypto?.subtle) {
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
    return Array.from(sum, (b) => b.toString(16).padStart(2, '0')).join('');
  }
  return streamed(file, progress);
}

function streamed(file, progress) {
  const worker = new Worker(workerURL());
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.digest) resolve(data.digest);
      else if (data.error) reject(new Error(data.error));
      else progress?.(data.read / file.size);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(file);
  }).finally(() => worker.terminate());
}

// The page's policy lets no plain string name a script. This policy lets one:
// the worker the server wrote into the page.
let policy;
function workerURL() {
  const own = document.documentElement.dataset.hasher;
  if (!globalThis.trustedTypes) return own;
  policy ??= trustedTypes.createPolicy('cairn', {
    createScriptURL(url) {
      if (new URL(url, location.href).origin !== location.origin) throw new TypeError('not our worker');
      return url;
    },
  });
  return policy.createScriptURL(own);
}
