"""The command table of certificate schemes."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people import policy
from services.people.domain.certificate_scheme import (
    CERTIFICATE_SCHEME,
    CertificateScheme,
    CertificateSchemeCommand,
    DefineCertificateScheme,
    RetireCertificateScheme,
    ReviseCertificateScheme,
)


async def scheme_facts(
    view: View, state: CertificateScheme | None, command: CertificateSchemeCommand, base: Facts
) -> Facts:
    """A name belongs to one scheme that is not retired."""
    before = None if state is None or state.retired else claim(state.name)
    after = None if isinstance(command, RetireCertificateScheme) else claim(command.name)
    if before == after:
        return base
    if before is not None:
        view.release(before)
    if after is not None:
        view.claim(after)
    return base


def claim(name: str) -> str:
    """The business key of a name; capitals make no difference."""
    return f"certificate-scheme:{name.casefold()}"


CERTIFICATE_SCHEMES = Aggregate(
    CERTIFICATE_SCHEME,
    path="certificate-schemes",
    commands=[
        CommandRow("define", DefineCertificateScheme, policy.hr, scheme_facts, creates=True),
        CommandRow("revise", ReviseCertificateScheme, policy.hr, scheme_facts),
        CommandRow("retire", RetireCertificateScheme, policy.hr, scheme_facts),
    ],
    filters=["issuer", "budget_management", "retired"],
    sorts=["name"],
)
