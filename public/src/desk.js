// A desk is a worker that digests files (hasher.js), one job at a time.
import { ownScript } from './trusted.js';

export class Desk {
  #worker;
  #answer; // of the job that runs: {resolve, reject, progress}

  constructor() {
    this.#worker = new Worker(ownScript(document.documentElement.dataset.hasher));
    this.#worker.onmessage = ({ data }) => {
      if (data.read !== undefined) this.#answer?.progress?.(data.read);
      else if (data.error) this.#end().reject(new Error(data.error));
      else this.#end().resolve(data);
    };
    this.#worker.onerror = () => this.#end()?.reject(new DeskError());
  }

  // many digests small files: one digest each, null where a file could not be
  // read.
  async many(files) {
    return (await this.#ask({ files })).digests;
  }

  // one digests a file of any size, from where an earlier call was stopped if
  // its saved state is given. It gives {digest}, or {saved} after stop().
  // progress hears how many bytes were read.
  one(file, saved, progress) {
    return this.#ask({ file, saved }, progress);
  }

  stop() {
    this.#worker.postMessage({ stop: true });
  }

  close() {
    this.#worker.terminate();
  }

  #ask(job, progress) {
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject, progress };
      this.#worker.postMessage(job);
    });
  }

  #end() {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer;
  }
}

// DeskError: the worker itself could not be loaded, or broke. Its desk is of
// no more use.
class DeskError extends Error {
  name = 'DeskError';
}
