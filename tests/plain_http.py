"""HTTP to servers of this machine, without TLS.

Each client that httpx makes reads the certificates of the world again, 47 ms of a processor, and so does each
`httpx.get`. Nobody on 127.0.0.1 shows any.
"""

import ssl
from typing import Any

import httpx

from tests.patience import patient

_KNOWS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def client(*, timeout: float = 30, **how: Any) -> httpx.Client:
    """A client, to be closed."""
    return httpx.Client(verify=_KNOWS_NOBODY, trust_env=False, timeout=patient(timeout), **how)


def get(url: str, *, timeout: float = 30, **how: Any) -> httpx.Response:
    """Ask once."""
    return httpx.get(url, verify=_KNOWS_NOBODY, trust_env=False, timeout=patient(timeout), **how)


def post(url: str, *, timeout: float = 30, **how: Any) -> httpx.Response:
    """Send once."""
    return httpx.post(url, verify=_KNOWS_NOBODY, trust_env=False, timeout=patient(timeout), **how)
