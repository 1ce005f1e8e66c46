// A signed transaction that another wallet shows as a code is read by the camera into
// the field it belongs to.
import { Camera, canScan } from '../camera.js';

export function bindScan() {
  for (const place of document.querySelectorAll('[data-scan]')) {
    const field = document.getElementById(place.dataset.scan);
    const button = place.querySelector('button');
    const view = place.querySelector('[data-view]');
    const trouble = place.querySelector('[data-trouble]');
    if (!canScan()) continue;
    place.hidden = false;
    const camera = new Camera(view.querySelector('video'), place.dataset.reader);
    const stop = () => { camera.stop(); view.hidden = true; };
    button.addEventListener('click', async () => {
      if (camera.running) return stop();
      [trouble.hidden, view.hidden] = [true, false];
      try {
        await camera.start((text) => {
          stop();
          field.value = text.trim();
          field.dispatchEvent(new Event('input', { bubbles: true }));
          field.focus();
        });
      } catch {
        stop();
        trouble.hidden = false;
      }
    });
    addEventListener('pagehide', stop);
  }
}
