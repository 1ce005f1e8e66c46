// What Markdown looks like, as the server renders it, beneath the field it is
// typed into. htmx puts it into the page: it is the one that may (Trusted Types).
const pause = 500; // ms after the last key

export function bindMarkdown(form) {
  for (const field of form.querySelectorAll('textarea[data-markdown]')) {
    const place = document.getElementById(field.dataset.markdown);
    let timer;
    let last = '';
    const show = async () => {
      const text = field.value;
      if (text === last || !globalThis.htmx) return;
      last = text;
      place.hidden = text.trim() === '';
      if (place.hidden) return;
      try {
        await globalThis.htmx.ajax('POST', '/campaigns/markdown', { target: place, swap: 'innerHTML', values: { text } });
      } catch {
        place.hidden = true; // the field itself is what counts
      }
    };
    field.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(show, pause);
    });
    if (field.value.trim() !== '') timer = setTimeout(show, pause);
  }
}
