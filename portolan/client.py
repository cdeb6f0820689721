"""A service's HTTP interface as the parts of the command call it: requests, sent again while the service is away."""

import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay

LONGEST_HEADER = 3_900
PATIENCE = 60.0
LONGEST_PAUSE = 60.0
"""Longer than any rate of a service asks a caller to wait, in seconds."""
UNAVAILABLE = frozenset({429, 502, 503, 504})


class Unreachable(Exception):
    """The service cannot be reached; the text says why."""


class UnexpectedResponse(Exception):
    """The service answered something else than what was asked for."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"status {response.status_code}")
        self.response = response


class TemporarilyUnavailable(Exception):
    """The service cannot answer now; it may after ``wait`` seconds. ``response`` says so, where there is one."""

    def __init__(self, why: str, wait: float, response: httpx.Response | None = None) -> None:
        super().__init__(why)
        self.wait, self.response = wait, response


@cache
def authorities(trust_env: bool) -> ssl.SSLContext:
    """Return the certificate authorities that are trusted: reading them takes longer than many a request."""
    return httpx.create_ssl_context(trust_env=trust_env)


class Client:
    def __init__(
        self,
        url: str,
        *,
        patience: float = PATIENCE,
        timeout: float = 60,
        trust_env: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.patience = patience
        self._client = httpx.Client(
            base_url=url, timeout=timeout, trust_env=trust_env, transport=transport, verify=authorities(trust_env)
        )

    def close(self) -> None:
        self._client.close()

    def request(
        self, method: str, path: str, *, headers: Mapping[str, str], patience: float | None = None, **how: Any
    ) -> httpx.Response:
        """Send a request, again while the service is away and the patience lasts, in seconds; return its last answer.

        Raises ``Unreachable`` where the service cannot be reached.
        """
        stop = stop_after_delay(self.patience if patience is None else patience)
        retrying = Retrying(retry=retry_if_exception_type(TemporarilyUnavailable), stop=stop, wait=pause, reraise=True)
        try:
            return retrying(self._once, method, path, headers, how)
        except TemporarilyUnavailable as away:
            if away.response is not None:
                return away.response
            raise Unreachable(str(away)) from away

    def _once(self, method: str, path: str, headers: Mapping[str, str], how: Mapping[str, Any]) -> httpx.Response:
        try:
            response = self._client.request(method, path, headers=headers, **how)
        except httpx.TransportError as error:
            raise TemporarilyUnavailable(str(error) or type(error).__name__, 0.5) from error
        if response.status_code in UNAVAILABLE:
            after = response.headers.get("retry-after", "1")
            raise TemporarilyUnavailable(
                f"status {response.status_code}", float(after) if after.isdigit() else 1.0, response
            )
        return response

    def read(self, path: str, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """Return a resource, or None where there is none; raises ``UnexpectedResponse``."""
        response = self.request("GET", path, headers=headers)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise UnexpectedResponse(response)
        found: dict[str, Any] = response.json()
        return found

    def wait_for(self, streams: Mapping[str, int], headers: Mapping[str, str]) -> None:
        """Wait until the service has applied these streams up to these numbers; raises ``UnexpectedResponse``."""
        for portion in portions(streams):
            response = self.request("GET", "/status", headers={**headers, "portolan-after": portion})
            if response.status_code != 200:
                raise UnexpectedResponse(response)


def portions(streams: Mapping[str, int]) -> Iterator[str]:
    """Streams with their numbers, as many to a header as it may hold."""
    items = [f"{stream}={number}" for stream, number in streams.items() if number]
    fitting = max(1, LONGEST_HEADER // (max(map(len, items), default=0) + 2))
    for start in range(0, len(items), fitting):
        yield ", ".join(items[start : start + fitting])


def pause(state: RetryCallState) -> float:
    """As long as the service asks for; of itself longer each time, at most five seconds."""
    error = state.outcome.exception() if state.outcome else None
    least = error.wait if isinstance(error, TemporarilyUnavailable) else 0.5
    return float(max(min(least, LONGEST_PAUSE), min(5.0, 0.1 * 2**state.attempt_number)))


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """A response's problem document, empty where it has none."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
