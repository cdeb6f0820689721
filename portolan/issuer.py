"""The stack's own token issuer: a key pair in the state folder or from a secret, and tokens for named roles."""

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import OKPAlgorithm

ISSUER = "https://issuer.portolan.invalid"
AUDIENCE = "portolan"


class Signer:
    """Mints RFC 9068 access tokens with a key."""

    def __init__(self, key: Ed25519PrivateKey, kid: str) -> None:
        self._key, self._kid = key, kid

    def jwks(self) -> Mapping[str, object]:
        public = OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": self._kid, "use": "sig", "alg": "EdDSA"}]}

    def token(self, subject: str, roles: Sequence[str], *, seconds: int = 12 * 3600) -> str:
        """A token for a person's id or a system's name, with roles, valid for so many seconds."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "client_id": "portolan",
            "roles": list(roles),
            "iat": now,
            "exp": now + seconds,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": self._kid})


def signer(secret: str) -> Signer:
    """The signer whose private key is this secret, the base64 of 32 bytes; raises ``ValueError``."""
    try:
        seed = base64.b64decode(secret, validate=True)
        key = Ed25519PrivateKey.from_private_bytes(seed)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not the base64 of 32 bytes") from error
    return Signer(key, hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:32])


class Issuer(Signer):
    """Keeps its key in a folder; anyone who can read that can become anybody, so it is the owner's alone."""

    def __init__(self, folder: Path) -> None:
        self._private, self._jwks = folder / "issuer.pem", folder / "jwks.json"
        if not self._private.exists():
            self._create(folder)
        key = load_pem_private_key(self._private.read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        super().__init__(key, json.loads(self._jwks.read_text())["keys"][0]["kid"])

    @property
    def jwks_url(self) -> str:
        return self._jwks.resolve().as_uri()

    def _create(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        self._jwks.write_text(json.dumps(Signer(key, uuid4().hex).jwks()))
        self._private.touch(mode=0o600)
        self._private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
