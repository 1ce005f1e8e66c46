// What is under way on the form of new vouchers: the steps, what is said, and buttons.
const steps = ['wallet', 'keys', 'money', 'sign', 'block'];

export class Stage {
  #place;
  #say;

  constructor(place, say) {
    [this.#place, this.#say] = [place, say];
  }

  #find(name) {
    return this.#place.querySelector(`[data-${name}]`);
  }

  get hidden() {
    return this.#find('stage-place').hidden;
  }

  set hidden(is) {
    this.#find('stage-place').hidden = is;
  }

  focus() {
    this.#find('stage').focus();
  }

  trouble(text) {
    const trouble = this.#find('trouble');
    [trouble.textContent, trouble.hidden] = [text, text === ''];
  }

  step(name) {
    const at = steps.indexOf(name);
    this.#find('steps').replaceChildren(...steps.map((step, i) => {
      const item = document.createElement('li');
      item.className = i < at ? 'done' : i === at ? 'now' : '';
      const state = Object.assign(document.createElement('span'), { className: 'out-of-sight', textContent: this.#say(i < at ? 'step-done' : i === at ? 'step-now' : 'step-coming') });
      item.append(`${this.#say(`step-${step}`)} `, state);
      return item;
    }));
  }

  show(parts) {
    const buttons = parts.filter((part) => part.matches('.btn'));
    const row = Object.assign(document.createElement('div'), { className: 'row' });
    row.append(...buttons);
    this.#find('stage').replaceChildren(...parts.filter((part) => !part.matches('.btn')), ...(buttons.length > 0 ? [row] : []));
  }

  text(text, kind = '') {
    return Object.assign(document.createElement('p'), { className: kind, textContent: text });
  }

  title(text) {
    return Object.assign(document.createElement('h2'), { textContent: text });
  }

  button(key, act, quiet = false) {
    const button = Object.assign(document.createElement('button'), { className: quiet ? 'btn quiet' : 'btn', type: 'button', textContent: this.#say(key) });
    button.dataset.do = key;
    button.addEventListener('click', async () => {
      button.disabled = true;
      await act(button);
      button.disabled = false;
    });
    return button;
  }

  link(key, path) {
    const link = Object.assign(document.createElement('a'), { className: 'btn', href: path, textContent: this.#say(key) });
    link.dataset.do = key;
    return link;
  }
}
