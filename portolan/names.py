"""Names that a command line is checked against, without loading what they stand for."""

from collections.abc import Sequence
from difflib import get_close_matches

from contracts.roles import Role
from portolan.stack.errors import StackProblem

SERVICES = ("people", "portfolio", "finance", "reporting")
TOKEN_ROLES = [str(role) for role in Role if role is not Role.SYSTEM]


def check_name(what: str, name: str, known: Sequence[str]) -> None:
    """Refuse a name that is none of these, with the one it may be; raises ``StackProblem``."""
    if name in known:
        return
    similar = get_close_matches(name, known, n=1)
    meant = f"Did you mean {similar[0]}? " if similar else ""
    raise StackProblem(f"There is no {what} {name}.", f"{meant}Choose one of: {', '.join(known)}.")


def check_service(name: str) -> None:
    check_name("service", name, SERVICES)
