// The theme switch without a reload; the server keeps the choice in a cookie.
export function bindTheme() {
  const form = document.querySelector('form[data-theme-form]');
  if (!form) return;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const choice = event.submitter.value;
    document.documentElement.dataset.theme = choice;
    for (const button of form.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.value === choice));
    }
    fetch(form.action, { method: 'POST', body: new URLSearchParams({ theme: choice, back: '/' }), redirect: 'manual' });
  });
}
