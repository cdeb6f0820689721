"""Arguments that several commands take; nothing is loaded for them."""

from typing import Annotated

import typer

from portolan.names import SERVICES, TOKEN_ROLES

SERVICE_NAMES = "One of: " + ", ".join(SERVICES)
TokenRole = Annotated[str, typer.Argument(help="One of: " + ", ".join(TOKEN_ROLES))]
TokenPerson = Annotated[str | None, typer.Option(help="Name or id; by default the demo company's person in that role.")]
TokenHours = Annotated[float, typer.Option(min=0.01, max=24 * 30, help="How long the token is valid.")]
OneService = Annotated[str, typer.Argument(help=SERVICE_NAMES)]
AnyService = Annotated[str | None, typer.Argument(help=f"{SERVICE_NAMES}; all where left out.")]
