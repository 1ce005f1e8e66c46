// A draft's page stands still only once nothing more comes.
import { draftOf } from './server.js';

const every = 2_000; // ms

export function bindProgress(page) {
  const { draft: state, path } = page.dataset;
  if (!['unpaid', 'sent'].includes(state)) return;
  const look = async () => {
    const now = document.hidden ? { state } : await draftOf(path.split('/').at(-1)).catch(() => ({ state }));
    if (now.state === state) setTimeout(look, every);
    else location.reload();
  };
  setTimeout(look, every);
}
