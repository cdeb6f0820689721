"""Finance's copy of people's facts: persons with their grade and certificates, and the divisions with their heads."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.personal import readable
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import people


class KnownPersonRow(ReadRow):
    """A person as known from people; ``name`` is None until published and once erased.

    ``gone``: they left; ``suspended``: they do not act for now. ``stand_ins``: who acts in their place, each with
    ``id`` and the days ``starts_on`` to ``ends_on``. ``left_position_id``: what they held until
    ``left_on``.
    """

    id: UUID
    name: str | None = None
    gone: bool = False
    suspended: bool = False
    division_id: UUID | None = None
    grade: str | None = None
    stand_ins: Sequence[dict[str, str]] = ()
    position_id: UUID | None = None
    left_position_id: UUID | None = None
    left_on: date | None = None


class KnownPlacementsRow(ReadRow):
    """Where a person worked: ``division_id`` from ``starts_on`` on, null for nowhere; ``number``: of the event."""

    id: UUID
    placements: Sequence[dict[str, Any]] = ()


class KnownCertificatesRow(ReadRow):
    """A person's certificates: ``id``, ``scheme_id``, held from ``starts_on`` until the day before ``ends_on``."""

    id: UUID
    certificates: Sequence[dict[str, str | None]] = ()


class KnownSchemeRow(ReadRow):
    """A scheme of certificates; ``budget_management``: who holds one may be trusted with a budget."""

    id: UUID
    budget_management: bool = False


class KnownDivisionRow(ReadRow):
    """A division as heard of."""

    id: UUID
    parent_id: UUID | None = None
    head_id: UUID | None = None
    closed: bool = False
    time_zone: str | None = None


def fold_person(row: KnownPersonRow | None, envelope: Envelope, key: UUID) -> KnownPersonRow:
    person = row or KnownPersonRow(id=key)
    match envelope.event:
        case people.PersonHired(name=name) | people.PersonRenamed(name=name):
            return person.but(name=readable(name))
        case people.PersonErased():
            return person.but(name=None)
        case people.PersonSuspended():
            return person.but(suspended=True)
        case people.PersonReinstated():
            return person.but(suspended=False)
        case people.PersonLeft(effective_on=on):
            return person.but(gone=True, left_position_id=person.position_id, left_on=on)
        case people.LeavingWithdrawn():
            return person.but(gone=False, left_position_id=None, left_on=None)
        case people.PersonRehired():
            return person.but(gone=False, suspended=False, division_id=None, grade=None, position_id=None)
        case people.PersonAppointed(division_id=division_id, grade=grade, position_id=position_id):
            return person.but(division_id=division_id, grade=str(grade), position_id=position_id)
        case people.StandInNamed(stand_in_id=id, effective_on=starts_on, ends_on=ends_on):
            return person.but(stand_ins=[*others_than(person, id, starts_on), standing_in(id, starts_on, ends_on)])
        case people.StandInCorrected(stand_in_id=id, named_from=named_from, starts_on=starts_on, ends_on=ends_on):
            return person.but(stand_ins=[*others_than(person, id, named_from), standing_in(id, starts_on, ends_on)])
        case people.StandInWithdrawn(stand_in_id=id, starts_on=starts_on):
            return person.but(stand_ins=others_than(person, id, starts_on))
        case _:
            return person


def standing_in(id: UUID, starts_on: date, ends_on: date) -> dict[str, str]:
    return {"id": str(id), "starts_on": str(starts_on), "ends_on": str(ends_on)}


def others_than(person: KnownPersonRow, id: UUID, starts_on: date | None) -> list[dict[str, str]]:
    """The stand-ins but one, on the days that begin on this one; None: whenever they are named for."""
    return [
        each
        for each in person.stand_ins
        if each["id"] != str(id) or (starts_on is not None and each["starts_on"] != str(starts_on))
    ]


def fold_placements(row: KnownPlacementsRow | None, envelope: Envelope, key: UUID) -> KnownPlacementsRow:
    known = row or KnownPlacementsRow(id=key)
    match envelope.event:
        case people.PersonAppointed(division_id=division_id, effective_on=on):
            return placed(known, envelope, division_id, on)
        case people.PersonLeft(effective_on=on) | people.PersonRehired(effective_on=on):
            return placed(known, envelope, None, on)
        case people.LeavingWithdrawn() if known.placements and known.placements[-1]["division_id"] is None:
            return known.but(placements=known.placements[:-1])
        case people.EffectiveDayCorrected(corrects=number, effective_on=on):
            corrected = {"starts_on": str(on)}
            return known.but(
                placements=[each | corrected if each["number"] == number else each for each in known.placements]
            )
        case _:
            return known


def placed(known: KnownPlacementsRow, envelope: Envelope, division_id: UUID | None, on: date) -> KnownPlacementsRow:
    there = {"number": envelope.number, "division_id": str(division_id) if division_id else None, "starts_on": str(on)}
    return known.but(placements=[*known.placements, there])


def fold_certificates(row: KnownCertificatesRow | None, envelope: Envelope, key: UUID) -> KnownCertificatesRow:
    """The certificates of a person; an expired one ends by its day, and may yet be renewed."""
    known = row or KnownCertificatesRow(id=key)
    match envelope.event:
        case people.CertificateAwarded() | people.CertificateRenewed() as held:
            before = next((each for each in known.certificates if each["id"] == str(held.certificate_id)), None)
            certificate = {
                "id": str(held.certificate_id),
                "scheme_id": str(held.scheme_id),
                "starts_on": before["starts_on"] if before else str(held.effective_on),
                "ends_on": str(held.expires_on) if held.expires_on else None,
            }
            return known.but(certificates=[*certificates_but(known, held.certificate_id), certificate])
        case people.CertificateRevoked(certificate_id=id):
            return known.but(certificates=certificates_but(known, id))
        case _:
            return known


def certificates_but(known: KnownCertificatesRow, id: UUID) -> list[dict[str, str | None]]:
    return [each for each in known.certificates if each["id"] != str(id)]


def fold_scheme(row: KnownSchemeRow | None, envelope: Envelope, key: UUID) -> KnownSchemeRow:
    scheme = row or KnownSchemeRow(id=key)
    match envelope.event:
        case (
            people.CertificateSchemeDefined(budget_management=budget_management)
            | people.CertificateSchemeRevised(budget_management=budget_management)
        ):
            return scheme.but(budget_management=budget_management)
        case _:
            return scheme


def fold_division(row: KnownDivisionRow | None, envelope: Envelope, key: UUID) -> KnownDivisionRow:
    division = row or KnownDivisionRow(id=key)
    match envelope.event:
        case people.DivisionEstablished(parent_id=parent_id, time_zone=zone):
            return division.but(parent_id=parent_id, time_zone=zone)
        case people.DivisionMoved(parent_id=parent_id):
            return division.but(parent_id=parent_id)
        case people.DivisionTimeZoneSet(time_zone=zone):
            return division.but(time_zone=zone)
        case people.DivisionHeadAppointed(person_id=person_id):
            return division.but(head_id=person_id)
        case people.DivisionClosed():
            return division.but(closed=True)
        case _:
            return division


def forget(connection: Connection, persons: Sequence[UUID]) -> None:
    """Drop the names of erased persons; the event that says so may be parked."""
    forgotten = text("UPDATE known_persons SET name = NULL WHERE id = ANY(:persons) AND name IS NOT NULL")
    connection.execute(forgotten, {"persons": list(persons)})


ORGANISATION: list[Fold[Any]] = [
    Fold("known_persons", KnownPersonRow, of_kind("person"), fold_person),
    Fold("known_placements", KnownPlacementsRow, of_kind("person"), fold_placements),
    Fold("known_certificates", KnownCertificatesRow, of_kind("qualifications"), fold_certificates),
    Fold("known_schemes", KnownSchemeRow, of_kind("certificate-scheme"), fold_scheme),
    Fold("known_divisions", KnownDivisionRow, of_kind("division"), fold_division),
]
