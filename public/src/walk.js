// What is inside of dropped folders, whatever their depth and number.

// dropped gives the entries of a drop: files as they are, folders as the
// browser's FileSystemDirectoryEntry. It must be called in the drop's own
// event; the transfer is empty afterwards.
export function dropped(transfer) {
  const entries = Array.from(transfer.items ?? [], (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.some((entry) => entry.isDirectory) ? entries : Array.from(transfer.files);
}

// walk yields arrays of {name, file}, some hundred at a time, so that the page
// stays awake; name is the path below what was dropped. What cannot be read is
// there without a file.
export async function* walk(entries) {
  const folders = [];
  const found = await Promise.all(entries.filter((entry) => !entry.isDirectory).map(opened));
  if (found.length > 0) yield found;
  folders.push(...entries.filter((entry) => entry.isDirectory));
  while (folders.length > 0) {
    const folder = folders.pop();
    const reader = folder.createReader();
    for (;;) {
      let batch;
      try {
        batch = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      } catch {
        yield [{ name: `${pathOf(folder)}/` }];
        break;
      }
      if (batch.length === 0) break;
      const files = await Promise.all(batch.filter((entry) => entry.isFile).map(opened));
      if (files.length > 0) yield files;
      folders.push(...batch.filter((entry) => entry.isDirectory));
    }
  }
}

const pathOf = (entry) => entry.fullPath.replace(/^\//, '');

async function opened(entry) {
  if (entry instanceof File) return { name: entry.webkitRelativePath || entry.name, file: entry };
  try {
    return { name: pathOf(entry), file: await new Promise((resolve, reject) => { entry.file(resolve, reject); }) };
  } catch {
    return { name: pathOf(entry) };
  }
}
