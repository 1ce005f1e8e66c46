// Copy buttons: [data-copy] holds the text, [data-copied] what to say after.
// They are hidden until there is a clipboard to copy to.
export function bindCopy() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    if (button.dataset.bound) continue;
    button.dataset.bound = 'yes';
    const label = button.textContent;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
}
