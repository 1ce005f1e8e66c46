// Pages that open without a network too: standin.js stands in for the server.
import { ownScript } from './trusted.js';

// standBy has the worker of a page's folder installed, if this browser has such; true
// when it is ready. One that is there already is looked at again: a new product has
// another.
export async function standBy(folder) {
  if (!('serviceWorker' in navigator) || !location.pathname.startsWith(folder)) return false;
  try {
    const { active, waiting, installing } = await navigator.serviceWorker.register(ownScript(`${folder}standin.js`), { scope: folder, updateViaCache: 'none' });
    return Boolean(active) || await activated(waiting ?? installing);
  } catch (error) {
    console.info(error); // a browser that keeps nothing; the page works as long as it is open
    return false;
  }
}

function activated(worker) {
  return new Promise((resolve) => {
    const tell = () => { if (['activated', 'redundant'].includes(worker.state)) resolve(worker.state === 'activated'); };
    worker.addEventListener('statechange', tell);
    tell();
  });
}
