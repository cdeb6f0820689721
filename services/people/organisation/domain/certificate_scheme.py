"""CertificateScheme: a kind of certificate, how long it lasts and what renews it (PMP, CISSP, CISA, CSM, ITIL)."""

from collections.abc import Sequence
from typing import assert_never

from pydantic import StrictBool

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts import people
from contracts.values import Line, Name
from services.people.organisation.domain.staffing_policy import Months


class CertificateScheme(State):
    """A scheme as it stands; ``valid_months`` is None where its certificates last for ever."""

    name: Name
    issuer: Name
    valid_months: Months | None
    renewal: people.RenewalRule | None
    budget_management: bool
    retired: bool = False


class DefineCertificateScheme(Command):
    """Define a kind of certificate; without a number of months its certificates last for ever."""

    name: Name
    issuer: Name
    valid_months: Months | None = None
    renewal: people.RenewalRule | None = None
    budget_management: StrictBool = False


class ReviseCertificateScheme(Command):
    """Revise a scheme; certificates already awarded keep their expiry."""

    name: Name
    issuer: Name
    valid_months: Months | None
    renewal: people.RenewalRule | None
    budget_management: StrictBool


class RetireCertificateScheme(Command):
    """Retire a scheme: no more certificates are awarded or renewed; those held last until they expire."""

    reason: Line


CertificateSchemeCommand = DefineCertificateScheme | ReviseCertificateScheme | RetireCertificateScheme
CertificateSchemeEvent = (
    people.CertificateSchemeDefined | people.CertificateSchemeRevised | people.CertificateSchemeRetired
)


def decide(
    state: CertificateScheme | None, command: CertificateSchemeCommand, facts: Facts
) -> Sequence[CertificateSchemeEvent]:
    match command:
        case DefineCertificateScheme():
            return define(state, command)
        case ReviseCertificateScheme():
            return revise(existing(state), command)
        case RetireCertificateScheme(reason=reason):
            return [] if existing(state).retired else [people.CertificateSchemeRetired(reason=reason)]
        case _:
            assert_never(command)


def define(state: CertificateScheme | None, command: DefineCertificateScheme) -> Sequence[CertificateSchemeEvent]:
    """A scheme starts with rules that can be kept."""
    if state is not None and state == state.but(**vars(command)):
        return []
    new(state, "certificate scheme")
    check_renewal(command)
    return [people.CertificateSchemeDefined(**vars(command))]


def revise(state: CertificateScheme, command: ReviseCertificateScheme) -> Sequence[CertificateSchemeEvent]:
    """A retired scheme stays as it is."""
    if state == state.but(**vars(command)):
        return []
    if state.retired:
        raise Refused("scheme-retired", "The scheme is retired.", "Define another one.")
    check_renewal(command)
    return [people.CertificateSchemeRevised(**vars(command))]


def check_renewal(scheme: DefineCertificateScheme | ReviseCertificateScheme) -> None:
    """Credits are counted within the time a certificate lasts, in whole years where each year has its minimum."""
    rule = scheme.renewal
    if rule is None:
        return
    if scheme.valid_months is None:
        detail = "A certificate without an end needs no renewal rule."
        raise Refused("renewal-needs-an-end", detail, "Give the months that certificates last, or leave the rule out.")
    if rule.period_months > scheme.valid_months:
        detail = f"The period of {rule.period_months} months is longer than the {scheme.valid_months} of a certificate."
        raise Refused("period-within-validity", detail, "Shorten the period.")
    if rule.minimum_per_year is None:
        return
    if rule.period_months % 12:
        detail = f"A period of {rule.period_months} months has no whole years, so it cannot have a yearly minimum."
        raise Refused("period-in-whole-years", detail, "Give a period of whole years, or no yearly minimum.")
    if rule.minimum_per_year * (rule.period_months // 12) > rule.credits:
        detail = f"The yearly minimum adds up to more than the {rule.credits} {rule.unit} of the period."
        raise Refused("minimum-within-credits", detail, "Lower the minimum, or ask for more credits.")


def evolve(state: CertificateScheme | None, event: CertificateSchemeEvent) -> CertificateScheme:
    match event:
        case people.CertificateSchemeDefined():
            return CertificateScheme(**vars(event))
        case people.CertificateSchemeRevised():
            return existing(state).but(**vars(event))
        case people.CertificateSchemeRetired():
            return existing(state).but(retired=True)
        case _:
            assert_never(event)


CERTIFICATE_SCHEME = Decider(
    kind="certificate-scheme", state=CertificateScheme, events=CertificateSchemeEvent, decide=decide, evolve=evolve
)
