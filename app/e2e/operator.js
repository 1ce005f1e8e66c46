// The operator in the browser: a one-time link is taken with a passkey.
import { execFileSync } from 'node:child_process';
import { authenticator, named } from './passkeys.js';

// CAIRN_OPERATOR_LINK is a command that prints a new link ("cairn operator
// link"), CAIRN_SETUP one link that works once.
export const wanted = Boolean(process.env.CAIRN_OPERATOR_LINK || process.env.CAIRN_SETUP);

// link is one that works, at the address where passkeys do.
function link() {
  const command = process.env.CAIRN_OPERATOR_LINK?.split(' ');
  const text = command ? execFileSync(command[0], command.slice(1), { encoding: 'utf8' }) : process.env.CAIRN_SETUP;
  return text.match(/https?:\S+/)[0].replace(/^https?:\/\/[^/]+/, named);
}

// becomeOperator takes a link with a new passkey, and leaves the page where the
// operator sees who may come in. It returns the authenticator.
export async function becomeOperator(page, name = '', at = link()) {
  const key = await authenticator(page);
  await page.goto(at);
  await page.locator('form[data-passkey=create] input[name=name]').fill(name);
  await page.locator('form[data-passkey=create] button').click();
  await page.waitForURL('**/operator/access');
  return key;
}
