// Passkeys: forms with data-passkey=create, enter, add or confirm ask the
// browser for one; those with data-authorise, which move money, ask before they
// are sent. The server makes the question and checks the answer; this
// only carries them (WebAuthn Level 3, PublicKeyCredential's JSON methods).
const place = document.querySelector('[data-passkeys]');
const say = place.querySelector('[data-say]');
const supported = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);
let waiting; // ends the question that waits in a field's suggestions

function tell(text) {
  say.textContent = text;
  say.hidden = !text;
}

async function post(path, body) {
  const answer = await fetch(path, { method: 'POST', headers: { Accept: 'application/json' }, body });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(content.error ?? place.dataset.failed), { told: true });
  return content;
}

// ask goes from the question to the page that comes next.
async function ask(purpose, name, more = {}) {
  const { ceremony, options } = await post('/account/passkey/begin', new URLSearchParams({ for: purpose, name }));
  const credential = purpose === 'create' || purpose === 'add'
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options), ...more })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), ...more });
  return post('/account/passkey/finish', JSON.stringify({ ceremony, credential: credential.toJSON(), next: place.dataset.next, setup: place.dataset.setup }));
}

function failed(error) {
  if (error.name === 'AbortError') return;
  tell(error.told ? error.message : place.dataset[error.name === 'NotAllowedError' ? 'cancelled' : 'failed']);
}

// during runs work with the form's button held down.
async function during(form, work) {
  const button = form.querySelector('button');
  waiting?.abort();
  tell('');
  button.disabled = true;
  try {
    if (!supported) throw Object.assign(new Error(place.dataset.unsupported), { told: true });
    await work();
  } catch (error) {
    failed(error);
  } finally {
    button.disabled = false;
  }
}

for (const form of place.querySelectorAll('form[data-passkey]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    during(form, async () => {
      if (form.hasAttribute('data-fresh')) await ask('confirm', '');
      const { next } = await ask(form.dataset.passkey, form.elements.name?.value ?? '');
      location.assign(next);
    });
  });
}

// Forms that need a passkey shown just now show it first; what moves money asks
// for one that makes sure of its owner, each time.
for (const form of place.querySelectorAll('form[data-fresh]:not([data-passkey]), form[data-authorise]')) {
  form.addEventListener('submit', (event) => {
    if (!supported) return; // the server says what to do
    event.preventDefault();
    during(form, async () => {
      await ask(form.hasAttribute('data-authorise') ? 'authorise' : 'confirm', '');
      form.submit();
    });
  });
}

// Where the browser can, existing passkeys are among the field's suggestions.
if (supported && place.querySelector('form[data-passkey=enter] button:enabled') && await PublicKeyCredential.isConditionalMediationAvailable?.()) {
  waiting = new AbortController();
  try {
    const { next } = await ask('enter', '', { mediation: 'conditional', signal: waiting.signal });
    location.assign(next);
  } catch (error) {
    if (error.told) failed(error);
  }
}
