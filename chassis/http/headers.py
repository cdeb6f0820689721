"""The headers that every answer has unless its route sets its own."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Documents of an API are for programs: a browser that shows one runs and loads nothing. The API's pages load their own.
NOTHING = b"default-src 'none'; frame-ancestors 'none'"
PAGES = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    b" connect-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
)


class SafeHeaders:
    """Adds what keeps an answer out of caches, and from being run, framed or taken for another type."""

    def __init__(self, app: ASGIApp, pages: str) -> None:
        self._app, self._pages = app, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        defaults = {
            b"cache-control": b"no-store",
            b"content-security-policy": PAGES if scope["path"].startswith(self._pages) else NOTHING,
            b"referrer-policy": b"no-referrer",
            b"x-content-type-options": b"nosniff",
        }

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = {name.lower() for name, _ in headers}
                added = [(name, value) for name, value in defaults.items() if name not in given]
                message = {**message, "headers": [*headers, *added]}
            await send(message)

        return await self._app(scope, receive, answer)
