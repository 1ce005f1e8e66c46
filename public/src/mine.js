// The sandbox's "mine a block": on a page that follows its proof live the
// block shows by itself, so the page stays; elsewhere the form goes its way.
export function bindMine() {
  const form = document.querySelector('form[data-mine]');
  if (!form || !document.querySelector('[data-live]')) return;
  const button = form.querySelector('button');
  const say = form.querySelector('[data-mined]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: 'POST', headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error(answer.statusText);
      const block = await answer.json();
      say.textContent = `${say.dataset.mined} ${block.height}`;
    } catch {
      location.reload();
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}
