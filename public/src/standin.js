// A service worker that stands in for the server while there is no network, for the
// pages of one folder. The network is always asked first, so that no page of an older
// product stays; what it has kept is an empty frame, the same for everybody, and the
// files that belong to it, whose names carry their content's hash.
//
// The server writes self.standin in front of this (app/web/standin.go): { version,
// folder, pages, frame, files }. Whatever changes in the product changes the version,
// and with it this file, which browsers then take for a new worker.
//
// What stands behind # in an address, a voucher's key, is cut off before anything else
// is done, and no address that somebody opened is kept.
const { version, folder, pages, frame, files } = self.standin;
const own = `cairn ${folder} `;
const name = own + version;
const patience = 4_000; // ms that the server has to begin its answer
const nobody = [502, 503, 504]; // there is a network, and no server behind it

const kept = new Set(files);
const served = new RegExp(pages, 'u');

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(fill());
});

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (served.test(pathname)) event.respondWith(page(request));
  } else if (kept.has(pathname)) event.respondWith(file(pathname));
});

// fill keeps the frame and its files: all of them, or the worker is not installed.
async function fill() {
  const cache = await caches.open(name);
  await Promise.all([frame, ...files].map(async (path) => {
    const answer = await fetch(path, path === frame ? { cache: 'no-store' } : {});
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    await cache.put(path, answer);
  }));
}

async function takeOver() {
  const all = await caches.keys();
  await Promise.all(all.filter((one) => one.startsWith(own) && one !== name).map((one) => caches.delete(one)));
  await self.clients.claim();
}

const recall = (path) => caches.open(name).then((cache) => cache.match(path, { ignoreVary: true }));

async function page(request) {
  const asked = fetch(request);
  try {
    const answer = await Promise.race([asked, late()]);
    if (!nobody.includes(answer.status)) return answer;
  } catch { /* no network, or one that is too slow */ }
  return (await recall(frame)) ?? asked;
}

const late = () => new Promise((_, reject) => { setTimeout(() => reject(new Error('late')), patience); });

const file = async (path) => (await recall(path)) ?? fetch(path);
