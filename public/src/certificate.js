// [data-name-into=digest] is the field for the name that goes onto a
// certificate: the browser's own name for the file is put in, to be sent only
// if the visitor asks for the certificate.
import { find } from './remembered.js';

export async function bindCertificate() {
  for (const field of document.querySelectorAll('[data-name-into]')) {
    if (field.dataset.bound) continue;
    field.dataset.bound = 'yes';
    try {
      const entry = await find(field.dataset.nameInto);
      if (entry?.name && field.value === '') field.value = entry.name.split('/').at(-1).slice(0, field.maxLength);
    } catch { /* storage is forbidden: the visitor types the name */ }
  }
}
