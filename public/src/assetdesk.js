// The pages of those who issue and hold assets.
import { bindAct } from './assetdesk/act.js';
import { bindMine } from './assetdesk/mine.js';
import { bindOwn } from './assetdesk/own.js';
import { bindProgress } from './assetdesk/progress.js';

for (const form of document.querySelectorAll('form[data-act]')) bindAct(form);
for (const page of document.querySelectorAll('[data-my-assets]')) bindMine(page);
for (const page of document.querySelectorAll('[data-draft]')) bindProgress(page);
for (const button of document.querySelectorAll('[data-own-addresses]')) bindOwn(button);
