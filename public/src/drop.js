// A drop area: an element that takes dropped files, with folders opened, and
// the file input inside it. Both hand an array of files to take().
const most = 1000;

export function bindDrop(area, take) {
  let depth = 0;
  const over = (delta) => {
    depth = delta === 0 ? 0 : depth + delta;
    area.classList.toggle('over', depth > 0);
  };
  area.addEventListener('dragenter', (event) => { event.preventDefault(); over(1); });
  area.addEventListener('dragleave', () => over(-1));
  area.addEventListener('dragover', (event) => event.preventDefault());
  area.addEventListener('drop', async (event) => {
    event.preventDefault();
    over(0);
    take(await dropped(event.dataTransfer));
  });
}

async function dropped(transfer) {
  const entries = Array.from(transfer.items ?? [], (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return Array.from(transfer.files);
  const files = [];
  for (const entry of entries) await collect(entry, files);
  return files;
}

async function collect(entry, files) {
  if (files.length >= most) return;
  if (entry.isFile) {
    files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const child of batch) await collect(child, files);
  }
}
