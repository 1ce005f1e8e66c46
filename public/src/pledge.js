// The backer's pages: the three doors, one pledge, and the list of one's own.
import { bindAmount } from './pledge/amount.js';
import { bindDesk } from './pledge/desk.js';
import { bindDoor } from './pledge/door.js';
import { bindFiles } from './pledge/files.js';
import { bindPage } from './pledge/page.js';
import { bindRevoke } from './pledge/revoke.js';
import { bindScan } from './pledge/scan.js';

const form = document.querySelector('form[data-pledging]');
if (form) {
  bindDoor(form, bindAmount(form));
  bindFiles(form);
  bindScan();
}
bindPage();
bindRevoke();
bindDesk();
