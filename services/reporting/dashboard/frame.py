"""The frame of all pages: who looks at them, how amounts are written, how a page is made."""

from collections.abc import Callable, Coroutine, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chassis.domain.decider import Actor, Forbidden
from chassis.http.audit import called_by
from chassis.http.security import Unauthenticated
from services.reporting.organisation.access import may_read

HERE = Path(__file__).parent
COOKIE = "portolan_token"
LONGEST_TOKEN = 8000
SIGN_IN = "/sign-in"
HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def amount(value: Decimal | None, places: int = 1) -> str:
    """An amount in millions with so many decimals."""
    return "–" if value is None else f"{value / 1_000_000:,.{places}f}"


def exact(value: Decimal) -> str:
    """An amount with all its decimals, at least two."""
    plain = f"{value:,f}"
    whole, _, decimals = plain.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def exact_places(amounts: Iterable[Decimal]) -> int:
    """Return the decimals a table needs to show these amounts in millions exactly; at least one."""
    needed = (-int(exponent) for each in amounts if isinstance(exponent := millionths(each), int))
    return max(1, *needed, 0)


def millionths(value: Decimal) -> Any:
    """The exponent of an amount in millions without trailing zeros."""
    return (value / 1_000_000).normalize().as_tuple().exponent if value else 0


def percent(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:.0%}"


templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)

templates.filters |= {"amount": amount, "exact": exact, "percent": percent}


def cookie_of(request: Request) -> str:
    """The cookie's name; over TLS one that a browser takes from this very host alone."""
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


async def signed_in(request: Request) -> Actor | None:
    """Return the signed-in user; None where nobody signed in, they signed out, or the token expired."""
    token = request.cookies.get(cookie_of(request), "")
    if not 0 < len(token) <= LONGEST_TOKEN:
        return None
    try:
        actor = may_read(await request.app.state.tokens.actor(token))
    except (Unauthenticated, Forbidden):
        return None
    called_by(request.scope, actor)
    return actor


Viewer = Annotated[Actor | None, Depends(signed_in)]


async def still_signed_in(viewer: Viewer) -> Actor:
    """Return the signed-in user; raise ``Unauthenticated`` before anything is answered."""
    if viewer is None:
        raise Unauthenticated("sign in again")
    return viewer


SignedIn = Annotated[Actor, Depends(still_signed_in)]


class PageRoute(APIRoute):
    """A page: who is not signed in is sent to where they can be."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def signed_in_first(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthenticated:
                return RedirectResponse(SIGN_IN, status_code=303)

        return signed_in_first


def page(name: str, **values: Any) -> Response:
    return HTMLResponse(templates.get_template(name).render(values), headers=HEADERS)
