// The page's policy lets no plain string name a script. This one lets workers of our
// own, whose addresses the server wrote into the page.
let policy;

export function ownScript(address) {
  if (!globalThis.trustedTypes) return address;
  policy ??= trustedTypes.createPolicy('cairn', {
    createScriptURL(url) {
      if (new URL(url, location.href).origin !== location.origin) throw new TypeError('not our worker');
      return url;
    },
  });
  return policy.createScriptURL(address);
}
