// Creates and uses passkeys: the options are in the form, and the credential is put into it
// (https://www.w3.org/TR/webauthn-3/#sctn-api).
"use strict";

const form = document.querySelector("form[data-passkey]");
const base64 = (text) => text.replace(/-/g, "+").replace(/_/g, "/");
const decode = (text) => Uint8Array.from(atob(base64(text)), (letter) => letter.charCodeAt(0));
const encode = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
const descriptors = (list) => list.map((item) => ({ ...item, id: decode(item.id) }));

async function get(options) {
  const allowCredentials = descriptors(options.allowCredentials);
  const publicKey = { ...options, challenge: decode(options.challenge), allowCredentials };
  const credential = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return json(credential, { clientDataJSON, authenticatorData, signature, userHandle });
}

async function create(options) {
  const user = { ...options.user, id: decode(options.user.id) };
  const excludeCredentials = descriptors(options.excludeCredentials);
  const challenge = decode(options.challenge);
  const publicKey = { ...options, user, challenge, excludeCredentials };
  const credential = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = credential.response;
  const { response, ...rest } = json(credential, { clientDataJSON, attestationObject });
  const transports = credential.response.getTransports?.() ?? [];
  return { ...rest, response: { ...response, transports } };
}

function json({ id, type, authenticatorAttachment }, buffers) {
  const present = Object.entries(buffers).filter(([, buffer]) => buffer);
  const response = Object.fromEntries(present.map(([name, buffer]) => [name, encode(buffer)]));
  return { id, rawId: id, type, authenticatorAttachment, response };
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const message = document.getElementById("passkeyError");
  message.textContent = "";
  if (!window.PublicKeyCredential) {
    message.textContent = "Passkeys need https, or the host name localhost.";
    return;
  }
  const creates = form.dataset.passkey === "create";
  try {
    const run = creates ? create : get;
    form.elements.CREDENTIAL.value = JSON.stringify(await run(JSON.parse(form.dataset.options)));
    form.submit();
  } catch {
    message.textContent = `No passkey was ${creates ? "created" : "used"}. Try again.`;
  }
});
