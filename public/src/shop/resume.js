// Vouchers that were made here before, and whose codes nobody has said are saved: how
// the transaction that makes them stands, and what is to be done.
import { draftOf } from '../assetdesk/server.js';
import { number } from '../keys/numbers.js';
import { openWallet } from '../keys/open.js';
import { codesOf, dropCodes } from './codes.js';

const every = 2_000; // ms, while a payment is on its way to the vouchers
const over = ['ended', 'failed', 'open']; // nothing was, or ever will be, sent

export class Resume {
  #desk;
  #keysPlace;
  #say;
  #page; // { stage, saving, only(part), run(act) }

  constructor(desk, keysPlace, say, page) {
    [this.#desk, this.#keysPlace, this.#say, this.#page] = [desk, keysPlace, say, page];
  }

  async begin() {
    const all = await codesOf(this.#desk).catch(() => []);
    for (const { series } of all.filter(({ sent }) => !sent)) await dropCodes(series); // of forms that were left
    const batch = all.find(({ sent }) => sent);
    if (batch) await this.#look(batch);
  }

  async #look(batch) {
    // Without an answer nobody knows, and the codes are shown rather than thrown away.
    const draft = batch.draft ? await draftOf(batch.draft).catch(() => null) : null;
    this.#page.only('stage');
    if (draft && over.includes(draft.state)) return this.#never(batch);
    if (draft?.state === 'unpaid' && draft.pay) return this.#unpaid(batch, draft);
    return this.#locked(batch);
  }

  #names(batch) {
    return { Count: number(batch.count ?? batch.vouchers.length), Name: batch.face.name };
  }

  #never(batch) {
    const { stage } = this.#page;
    stage.step('money');
    stage.show([
      stage.title(this.#say('not-made', this.#names(batch))), stage.text(this.#say('not-made-text')),
      stage.button('forget', async () => {
        await dropCodes(batch.series);
        this.#page.only('form');
      }),
    ]);
    stage.focus();
  }

  #unpaid(batch, draft) {
    const { stage } = this.#page;
    stage.step('sign');
    stage.show([stage.title(this.#say('unpaid', this.#names(batch))), stage.text(this.#say('unpaid-text')), stage.link('pay', draft.pay)]);
    setTimeout(() => this.#look(batch), every);
  }

  // locked has the wallet opened that sealed the codes.
  #locked(batch) {
    const { stage } = this.#page;
    stage.step('block');
    stage.show([
      stage.title(this.#say('kept', this.#names(batch))), stage.text(this.#say('kept-text')),
      stage.button('show', () => this.#page.run(() => this.#open(batch))),
    ]);
    stage.focus();
  }

  async #open(batch) {
    const wallet = await openWallet(this.#keysPlace);
    if (!wallet) return;
    let codes;
    try {
      codes = await wallet.unsealed(batch.box);
    } catch (error) {
      if (error.kind !== 'envelope') throw error;
      this.#locked(batch);
      this.#page.stage.trouble(this.#say('other-wallet'));
      return;
    }
    this.#page.only('codes');
    await this.#page.saving.show(batch, codes, this.#say('resumed'));
  }
}
