// What is inside of dropped folders, whatever their depth and number.
const atOnce = 500;

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
  const folders = entries.filter((entry) => entry.isDirectory);
  const plain = entries.filter((entry) => !entry.isDirectory);
  for (let at = 0; at < plain.length; at += atOnce) {
    yield Promise.all(plain.slice(at, at + atOnce).map(opened));
    await new Promise((awake) => { setTimeout(awake); });
  }
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
      for (const entry of batch) if (entry.isDirectory) folders.push(entry);
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
