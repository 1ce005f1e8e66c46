// The dialog of a keys place (templates/purse): one step at a time, each a form
// that stays until what was filled in is taken.
import { sentence } from './said.js';

// Cancelled is thrown by ask when the dialog was closed.
export class Cancelled extends Error {}

export class Dialog {
  #place;
  #element;
  #giveUp = () => {};

  constructor(place) {
    this.#place = place;
    this.#element = place.querySelector('dialog');
    this.#element.onclose = () => this.#giveUp();
    for (const button of this.#element.querySelectorAll('[data-close]')) button.onclick = () => this.#element.close();
    for (const link of this.#element.querySelectorAll('a[href]')) link.onclick = () => this.#element.close(); // it may lead within the page
    for (const box of this.#element.querySelectorAll('[data-reveal]')) {
      box.onchange = () => {
        for (const field of box.form.querySelectorAll('[data-hideable]')) field.type = box.checked ? 'text' : 'password';
      };
    }
  }

  // form is that of a step, to be filled before it is asked.
  form(name) {
    return this.#element.querySelector(`form[data-step="${name}"]`);
  }

  // ask shows a step and resolves with what check returns for it: check(form,
  // choice) is called with the value of the button that was pressed; what it throws
  // is said, and the step stays. Throws Cancelled.
  ask(name, check) {
    const form = this.form(name);
    this.#show(form);
    return new Promise((resolve, reject) => {
      this.#giveUp = () => {
        empty(form);
        reject(new Cancelled());
      };
      form.onsubmit = async (event) => {
        event.preventDefault();
        const done = working(form);
        tell(form, '');
        try {
          const answer = await check(form, event.submitter?.value ?? '');
          form.onsubmit = null;
          empty(form);
          resolve(answer);
        } catch (error) {
          tell(form, sentence(this.#place, error));
        } finally {
          done();
        }
      };
    });
  }

  // wait shows a step that ends by itself.
  wait(name) {
    this.#giveUp = () => {};
    this.#show(this.form(name));
  }

  close() {
    this.#giveUp = () => {};
    if (this.#element.open) this.#element.close();
  }

  #show(form) {
    for (const other of this.#element.querySelectorAll('form[data-step]')) other.hidden = other !== form;
    this.#element.querySelector('h2').textContent = form.dataset.title;
    if (!this.#element.open) this.#element.showModal();
    const first = form.querySelector('input:not([type=checkbox]), textarea');
    (first ?? this.#element.querySelector('h2')).focus();
  }
}

// tell shows what is wrong in the place of a form for it; '' for nothing.
export function tell(form, text) {
  const place = form.querySelector('[data-wrong]');
  place.textContent = text;
  place.hidden = text === '';
}

// working holds a form's buttons down until what it returns is called.
export function working(form) {
  const buttons = [...form.querySelectorAll('button')].filter((button) => !button.disabled && !button.hasAttribute('data-close'));
  form.setAttribute('aria-busy', 'true');
  for (const button of buttons) button.disabled = true;
  return () => {
    form.removeAttribute('aria-busy');
    for (const button of buttons) button.disabled = false;
  };
}

// empty leaves nothing secret in the page.
function empty(form) {
  form.reset();
  for (const field of form.querySelectorAll('[data-hideable]')) field.type = 'password';
  for (const place of form.querySelectorAll('[data-secret]')) place.replaceChildren();
}
