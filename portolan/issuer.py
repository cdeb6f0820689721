"""The local stack's own token issuer: a key pair in the state folder, and tokens for named roles."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import OKPAlgorithm

ISSUER = "https://issuer.portolan.invalid"
AUDIENCE = "portolan"


class Issuer:
    """Mints RFC 9068 access tokens; whoever can read the folder can become anybody, so it is the owner's alone."""

    def __init__(self, folder: Path) -> None:
        self._private, self._jwks = folder / "issuer.pem", folder / "jwks.json"
        if not self._private.exists():
            self._create(folder)
        key = load_pem_private_key(self._private.read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        self._key = key
        self._kid = json.loads(self._jwks.read_text())["keys"][0]["kid"]

    @property
    def jwks_url(self) -> str:
        """Where services find the public key."""
        return self._jwks.resolve().as_uri()

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

    def _create(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        public = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        public |= {"kid": uuid4().hex, "use": "sig", "alg": "EdDSA"}
        self._jwks.write_text(json.dumps({"keys": [public]}))
        self._private.touch(mode=0o600)
        self._private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
