// The creator's pages: writing a campaign, its desk, and the list of one's own.
import { bindCover } from './creator/cover.js';
import { bindDesks, keepDesk } from './creator/desks.js';
import { bindGoal } from './creator/goal.js';
import { bindMarkdown } from './creator/markdown.js';
import { bindPurse } from './creator/purse.js';
import { bindRows } from './creator/rows.js';
import { bindTyped, forgetTyped } from './creator/typed.js';

for (const form of document.querySelectorAll('form[data-write]')) {
  bindRows(form);
  bindTyped(form);
  bindGoal(form);
  bindCover(form);
  bindMarkdown(form);
  bindPurse(form);
}
keepDesk();
forgetTyped();
bindDesks();
