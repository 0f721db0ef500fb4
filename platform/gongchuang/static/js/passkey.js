import { notify } from "./notify.js";

/** Whether this browser can use passkeys here: they belong to a name, so that a bare IP address has none. */
function usable() {
  return Boolean(window.PublicKeyCredential) && window.isSecureContext && !/^(\d{1,3}\.){3}\d{1,3}$|:/.test(location.hostname);
}

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** Forms with data-passkey="get|create" ask the device before they are sent: options from the server, the device's answer in the hidden field. */
export function passkeys(form) {
  form.closest("[data-passkey-only]").hidden = !usable();
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    try {
      form.elements.credential.value = JSON.stringify(await answer(form));
      form.submit();
    } catch (error) {
      if (error.name !== "AbortError" && error.name !== "NotAllowedError") notify("failed");
    }
  }, true);
}

async function answer(form) {
  const asked = await fetch(form.dataset.passkeyOptions, { method: "POST", body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value }) });
  if (!asked.ok) throw new Error(String(asked.status));
  const options = await asked.json();
  return form.dataset.passkey === "create" ? create(options) : get(options);
}

const described = (keys = []) => keys.map((key) => ({ ...key, id: toBytes(key.id) }));

async function create(options) {
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = made.response;
  return told(made, { clientDataJSON: toText(clientDataJSON), attestationObject: toText(attestationObject), transports: made.response.getTransports?.() ?? [] });
}

async function get(options) {
  const publicKey = { ...options, challenge: toBytes(options.challenge), allowCredentials: described(options.allowCredentials) };
  const made = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
  const response = { clientDataJSON: toText(clientDataJSON), authenticatorData: toText(authenticatorData), signature: toText(signature) };
  return told(made, userHandle ? { ...response, userHandle: toText(userHandle) } : response);
}

const told = (made, response) => ({ id: made.id, rawId: toText(made.rawId), type: made.type, response, clientExtensionResults: {} });
