// What the pages of vouchers ask of the server. It sees names, scripts and signed
// transactions, never a code.
import { Refused, Unreachable } from '../keys/server.js';

export { Refused, Unreachable };

const passing = [408, 425, 429]; // not now

// Later is the server's sentence that this cannot be done just now, and nothing was.
export class Later extends Unreachable {
  told = true;

  constructor(text) {
    super(text);
    this.kind = 'later';
  }
}

// ask posts a request: what it answers, or Refused with the server's sentence, or
// Later, or Unreachable, after which nobody knows whether it was done.
export async function ask(path, body, { patience = 15_000 } = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method: 'POST', signal: AbortSignal.timeout(patience), cache: 'no-store', referrerPolicy: 'no-referrer',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
  } catch (error) {
    throw new Unreachable(path, { cause: error });
  }
  const content = await answer.json().catch(() => null);
  if (answer.ok && content) return content;
  // A server that is too busy or down has not said no.
  if (typeof content?.error !== 'string' || answer.status >= 500) throw new Unreachable(path);
  if (passing.includes(answer.status)) throw new Later(content.error);
  throw new Refused(content.error, answer.status);
}
