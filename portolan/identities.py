"""Identities of tokens: the demo company's person in a role, or a person by name or id."""

from uuid import UUID

from portolan.issuer import Signer, signer
from portolan.names import TOKEN_ROLES, check_name
from portolan.stack.errors import StackProblem

ISSUER_KEY = "PORTOLAN_ISSUER_KEY"


def identity(role: str) -> tuple[str, list[str]]:
    """Return the identity of a role's token: the demo company's person in that role, or nobody in particular."""
    from portolan import demo

    person = demo.PERSON_OF_ROLE.get(role)
    return (str(person) if person else f"local:{role}", [role])


def asked_identity(role: str, person: str | None) -> tuple[str, list[str]]:
    """The subject and roles of a token that was asked for; raises ``StackProblem``."""
    check_name("role", role, TOKEN_ROLES)
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
