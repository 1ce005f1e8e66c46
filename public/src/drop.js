// A drop area: an element that takes what is dropped on it. take() is handed
// an array of files, what is inside of dropped folders among them; a folder of
// more than 1,000 is cut off there.
import { dropped, walk } from './walk.js';

const most = 1000;

export function bindDrop(area, take) {
  bindDropped(area, async (entries) => {
    const files = [];
    for await (const found of walk(entries)) {
      files.push(...found.filter((one) => one.file).map((one) => one.file));
      if (files.length >= most) break;
    }
    take(files.slice(0, most));
  });
}

// bindDropped hands over the entries themselves, to be walked.
export function bindDropped(area, take) {
  let depth = 0;
  const over = (delta) => {
    depth = delta === 0 ? 0 : depth + delta;
    area.classList.toggle('over', depth > 0);
  };
  area.addEventListener('dragenter', (event) => { event.preventDefault(); over(1); });
  area.addEventListener('dragleave', () => over(-1));
  area.addEventListener('dragover', (event) => event.preventDefault());
  area.addEventListener('drop', (event) => {
    event.preventDefault();
    over(0);
    take(dropped(event.dataTransfer));
  });
}
