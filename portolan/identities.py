"""Identities of tokens: the demo company's person in a role, or a person by name or id."""

from typing import Annotated
from uuid import UUID

import typer

from contracts.roles import Role
from portolan.issuer import Signer, signer
from portolan.stack.errors import StackProblem

ISSUER_KEY = "PORTOLAN_ISSUER_KEY"
TOKEN_ROLES = [str(role) for role in Role if role is not Role.SYSTEM]

TokenRole = Annotated[str, typer.Argument(help="One of: " + ", ".join(TOKEN_ROLES))]
TokenPerson = Annotated[str | None, typer.Option(help="Name or id; by default the demo company's person in that role.")]
TokenHours = Annotated[float, typer.Option(min=0.01, max=24 * 30)]


def identity(role: str) -> tuple[str, list[str]]:
    """Return the identity of a role's token: the demo company's person in that role, or nobody in particular."""
    from portolan import demo

    person = demo.PERSON_OF_ROLE.get(role)
    return (str(person) if person else f"local:{role}", [role])


def asked_identity(role: str, person: str | None) -> tuple[str, list[str]]:
    """The subject and roles of a token that was asked for; raises ``StackProblem``."""
    if role not in TOKEN_ROLES:
        raise StackProblem(f"There is no role {role}.", "Choose one of: " + ", ".join(TOKEN_ROLES) + ".")
    subject, roles = identity(role)
    return (named(person) if person else subject), roles


def named(person: str) -> str:
    """The id of the one person of the demo company a text means; any id stands for itself."""
    from portolan import demo

    found = demo.find(person)
    if len(found) > 1:
        names = ", ".join(f"{member.name} ({member.title})" for member in found[:9])
        raise StackProblem(f"{person} may be: {names}.", "Write more of the name, or the id.")
    if found:
        return str(found[0].id)
    try:
        return str(UUID(person))
    except ValueError as error:
        raise StackProblem(
            f"Nobody of the demo company is called {person}.", "Write a name, or a person's id."
        ) from error


def signer_of(secret: str) -> Signer:
    """The issuer whose key is in PORTOLAN_ISSUER_KEY; raises ``StackProblem``."""
    try:
        return signer(secret)
    except ValueError as error:
        raise StackProblem(f"{ISSUER_KEY} is {error}.", "Take it from the .env of the stack it belongs to.") from error
