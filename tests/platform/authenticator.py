"""A passkey in software, for tests: makes a credential and signs challenges as a phone would (WebAuthn level 2, ES256, attestation none)."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One device with one credential."""

    def __init__(self, origin: str = "http://localhost", *, verifies: bool = True) -> None:
        self.origin, self.verifies = origin, verifies
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.count = 0

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, rp_id: str, extra: bytes = b"", flags: int = 0) -> bytes:
        self.count += 1
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + extra

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer navigator.credentials.create."""
        public = self.key.public_key().public_numbers()
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": self._data(options["rp"]["id"], attested, ATTESTED)})
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": bytes_to_base64url(client_data), "attestationObject": bytes_to_base64url(made), "transports": ["internal"]})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer navigator.credentials.get."""
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"])
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        signed = {"clientDataJSON": client_data, "authenticatorData": data, "signature": signature}
        return self._answer({name: bytes_to_base64url(value) for name, value in signed.items()})

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        number = bytes_to_base64url(self.credential_id)
        return {"id": number, "rawId": number, "type": "public-key", "response": response, "clientExtensionResults": {}}
