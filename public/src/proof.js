// Telling a proof from other files by its first bytes (OpenTimestamps
// detached timestamp file).
const magic = [0x00, ...Array.from('OpenTimestamps', (c) => c.charCodeAt(0)), 0x00, 0x00,
  ...Array.from('Proof', (c) => c.charCodeAt(0)), 0x00, 0xbf, 0x89, 0xe2, 0xe8, 0x84, 0xe8, 0x92, 0x94];

// isProof looks into files that are named .ots only: anything else is stamped
// as it is.
export async function isProof(file) {
  if (!file.name.toLowerCase().endsWith('.ots')) return false;
  try {
    const start = new Uint8Array(await file.slice(0, magic.length).arrayBuffer());
    return magic.every((byte, i) => start[i] === byte);
  } catch {
    return false;
  }
}

// check shows the verdict on a proof: it posts the verify page's own form.
export function check(file) {
  const form = document.createElement('form');
  form.method = 'post';
  form.enctype = 'multipart/form-data';
  form.action = '/verify';
  form.hidden = true;
  const input = document.createElement('input');
  input.type = 'file';
  input.name = 'proof';
  const carrier = new DataTransfer();
  carrier.items.add(file);
  input.files = carrier.files;
  form.append(input);
  document.body.append(form);
  form.submit();
}
