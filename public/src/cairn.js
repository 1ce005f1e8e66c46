// The one script of every page. Each module binds one behaviour to the
// elements that ask for it by a data- attribute, and every page works without.
import { bindCertificate } from './certificate.js';
import { bindCopy } from './copy.js';
import { bindFind } from './find.js';
import { bindMine } from './mine.js';
import { bindNames } from './names.js';
import { bindTheme } from './theme.js';
import { bindTimes } from './times.js';
import { bindVerify } from './verify.js';

document.documentElement.classList.add('js');
bindTheme();
bindVerify();
bindFind();
bindMine();

// These change what the server wrote, so they run again after a live update.
const refresh = () => {
  bindTimes();
  bindNames();
  bindCertificate();
  bindCopy();
};
refresh();
document.addEventListener('htmx:after:swap', refresh);
