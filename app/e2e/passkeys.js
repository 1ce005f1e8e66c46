// A passkey in the browser, by Chromium's virtual authenticator. Passkeys need
// a host with a name: a site on this machine's own address is visited as
// localhost.
import { base } from './browser.js';

export const named = base.replace(/^http:\/\/(127\.0\.0\.1|\[::1\])/, 'http://localhost');

// authenticator plugs a key into the page's browser, and pulls it out again.
export async function authenticator(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('WebAuthn.enable', { enableUI: false });
  const plug = async () => (await client.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })).authenticatorId;
  let authenticatorId = await plug();
  return {
    count: async () => (await client.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    lose: async () => {
      await client.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
      authenticatorId = await plug();
    },
  };
}

// createVault makes a vault with the page's passkey and leaves it on its page.
export async function createVault(page, name = '') {
  await page.goto(`${named}/account`);
  await page.locator('form[data-passkey=create] input[name=name]').fill(name);
  await page.locator('form[data-passkey=create] button').click();
  await page.locator('form[data-passkey=add]').waitFor();
}
