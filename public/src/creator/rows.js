// Another row of a kind, without asking the server.
export function bindRows(form) {
  for (const group of form.querySelectorAll('[data-rows]')) {
    const add = group.querySelector('[data-add]');
    if (!add) continue;
    add.addEventListener('click', (event) => {
      const rows = group.querySelectorAll('[data-row]');
      if (rows.length === 0) return; // the server makes the first
      event.preventDefault();
      const row = another(rows[rows.length - 1], rows.length);
      rows[rows.length - 1].after(row);
      row.querySelector('input, textarea')?.focus();
      if (rows.length + 1 >= Number(group.dataset.most)) add.hidden = true;
      form.dispatchEvent(new CustomEvent('rows:added', { detail: row }));
    });
  }
}

// another is an empty copy, its ids with the row's own number.
function another(row, number) {
  const copy = row.cloneNode(true);
  for (const wrong of copy.querySelectorAll('.wrong')) wrong.remove();
  const renamed = (id) => id.replace(/-\d+(?=-|$)/, `-${number}`);
  for (const element of copy.querySelectorAll('*')) {
    for (const name of ['id', 'for', 'aria-describedby']) {
      const value = element.getAttribute(name);
      if (!value) continue;
      const ids = value.split(' ').filter((id) => !id.endsWith('-wrong')).map(renamed);
      element.setAttribute(name, ids.join(' '));
    }
    element.removeAttribute('aria-invalid');
    if (element.matches('input, textarea')) {
      element.value = '';
      element.removeAttribute('value');
      if (element.matches('textarea')) element.textContent = '';
    }
    if (element.matches('[role=status]')) element.textContent = '';
  }
  return copy;
}
