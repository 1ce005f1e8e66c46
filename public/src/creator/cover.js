// The chosen picture is shown before it is sent, and refused while it is easy to
// choose another.
import { wordsOf } from '../words.js';

const most = 8 * 1024 * 1024; // bytes, as the server takes

export function bindCover(form) {
  const field = form.querySelector('input[type=file][name=cover]');
  const shown = form.querySelector('[data-cover-shown]');
  if (!field || !shown) return;
  const say = wordsOf(form);
  field.addEventListener('change', () => {
    const [file] = field.files;
    field.setCustomValidity('');
    if (!file) return;
    if (file.size > most || !file.type.startsWith('image/')) {
      field.setCustomValidity(say(file.size > most ? 'large' : 'picture'));
      field.reportValidity();
      field.value = '';
      return;
    }
    const reader = new FileReader();
    reader.onload = () => {
      shown.src = reader.result;
      shown.hidden = false;
    };
    reader.readAsDataURL(file);
  });
}
