// The page of one pledge: this browser remembers its link.
import { remember } from './kept.js';

export function bindPage() {
  const page = document.querySelector('[data-remember]');
  if (!page) return;
  const kept = remember({ key: page.dataset.remember, campaign: page.dataset.campaign, title: page.dataset.campaignTitle });
  const said = document.querySelector('[data-remembered]');
  if (said) said.hidden = !kept;
}
