// How far proofs have come, asked for those in sight and again while any of
// them moves.
const atOnce = 100; // digests in one question
const again = 5000; // ms

export class Stages {
  #words;
  #complain;
  #known = new Map(); // of complete proofs, which stay so
  #timer;
  #round = 0;

  // complain(text) is told when the server cannot be asked, and '' when it
  // can again.
  constructor(words, complain) {
    [this.#words, this.#complain] = [words, complain];
  }

  // show writes the stage of each entry into its row, and keeps it fresh until
  // show is called again.
  async show(entries, rows) {
    clearTimeout(this.#timer);
    this.#round += 1;
    const round = this.#round;
    const places = Array.from(rows, (row) => row.querySelector('[data-stage]'));
    const write = (states) => entries.forEach((entry, i) => {
      const state = states.get(entry.digest) ?? this.#known.get(entry.digest);
      places[i].textContent = ` · ${this.#sentence(entry, state)}`;
      places[i].dataset.stage = state?.stage ?? 'unknown';
    });
    const open = entries.filter((entry) => !this.#known.has(entry.digest)).map((entry) => entry.digest);
    try {
      const states = await this.ask(open);
      if (round !== this.#round) return;
      write(states);
      this.#complain('');
      const moving = Array.from(states.values()).some((state) => state.stage !== 'complete');
      if (moving) this.#timer = setTimeout(() => this.show(entries, rows), again);
    } catch {
      if (round !== this.#round) return;
      this.#complain(this.#words('offline'));
      this.#timer = setTimeout(() => this.show(entries, rows), 2 * again);
    }
  }

  // ask gives the state of those digests that are known here, by digest.
  async ask(digests) {
    const states = new Map();
    for (let at = 0; at < digests.length; at += atOnce) {
      const query = new URLSearchParams(digests.slice(at, at + atOnce).map((digest) => ['digest', digest]));
      const answer = await fetch(`/api/v1/proofs?${query}`, { headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      for (const state of (await answer.json()).proofs) {
        states.set(state.digest, state);
        if (state.stage === 'complete') this.#known.set(state.digest, state);
      }
    }
    return states;
  }

  #sentence(entry, state) {
    if (!state) return this.#words(entry.ots ? 'elsewhere' : 'unknown');
    return this.#words(state.stage, { Done: state.anchor?.confirmations, Count: state.anchor?.confirmations_needed });
  }
}
