"""Personal data encrypted with a key per subject, which a master key wraps; without the key it is gone for good."""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from chassis.domain.decider import Refused
from chassis.domain.failures import KeyMissing
from chassis.domain.personal import ERASED, WITHHELD, PersonalValue, Shape, replaced, shape, subject_of
from chassis.domain.streams import id_of

PREFIX = "enc:1:"
STATE = "state"
"""The type of what is sealed in a stored state, in place of an event's."""

KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16

M = TypeVar("M", bound=BaseModel)


class Unreadable(Exception):
    """A personal value that is not sealed, or was sealed for something else, or was changed since."""


class WrongMasterKey(Exception):
    """The master key is missing or not the one this database was filled with; the text says which one is."""


class NoKey(StrEnum):
    """The reason why there is no key, which is read in place of personal text."""

    ERASED = ERASED
    WITHHELD = WITHHELD


Key = AESGCM | NoKey
KeyOf = Callable[[UUID], Key]


def withheld(subject: UUID) -> NoKey:
    """The keys of a service that holds none."""
    return NoKey.WITHHELD


def seal(value: Any, key: AESGCM, about: str) -> str:
    """A JSON value as a token that only this key opens, and only in this place."""
    nonce = os.urandom(NONCE_BYTES)
    return PREFIX + encode(nonce + key.encrypt(nonce, to_json(value), about.encode()))


def unseal(token: str, key: AESGCM, about: str) -> Any:
    """The JSON value of a token; raises ``Unreadable``."""
    sealed = decode(token.removeprefix(PREFIX))
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise Unreadable("sealed text is too short")
    try:
        return from_json(key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode()))
    except InvalidTag:
        raise Unreadable("sealed for something else, or changed since") from None


def encode(data: bytes) -> str:
    """Bytes as base64url text without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """The bytes of base64url text, which has exactly one form; raises ``Unreadable``."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Unreadable("sealed text is not base64url") from None
    if encode(data) != text:
        raise Unreadable("sealed text is not base64url")
    return data


class MasterKey:
    """A master key: it wraps subjects' keys. Its id says which one it is and nothing about it."""

    def __init__(self, key: bytes) -> None:
        self.id = hmac.digest(key, b"portolan: the id of a master key", "sha256")[:8].hex()
        self._cipher = AESGCM(key)

    def wrap(self, key: bytes, whose: str) -> bytes:
        """A key that only this master key opens, and only as this one's."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, whose.encode())

    def unwrap(self, wrapped: bytes, whose: str) -> bytes:
        """The key; raises ``KeyMissing`` where it was not wrapped so."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], whose.encode())
        except (InvalidTag, ValueError):
            raise KeyMissing("a wrapped key was changed or belongs to somebody else") from None


class MasterKeys:
    """The master key, and the previous ones that some keys may still need."""

    def __init__(self, current: bytes, previous: Sequence[bytes] = ()) -> None:
        self.current = MasterKey(current)
        self._all = {master.id: master for master in [*map(MasterKey, previous), self.current]}

    @property
    def previous(self) -> list[str]:
        return [id for id in self._all if id != self.current.id]

    @property
    def known(self) -> list[str]:
        return list(self._all)

    def unwrap(self, wrapped: bytes, whose: str, master: str) -> bytes:
        """A key that one of them wrapped; raises ``KeyMissing``."""
        if master not in self._all:
            raise KeyMissing(f"wrapped by the master key {master}, which is not among the configured ones")
        return self._all[master].unwrap(wrapped, whose)


def read_master_keys(current: str, previous: str) -> MasterKeys:
    """The master keys of the settings: base64 of 32 bytes, the previous ones separated by commas."""
    former = [part.strip() for part in previous.split(",") if part.strip()]
    return MasterKeys(
        key_from("PORTOLAN_MASTER_KEY", current), [key_from("PORTOLAN_PREVIOUS_MASTER_KEYS", part) for part in former]
    )


def key_from(name: str, text: str) -> bytes:
    """A key from a setting; raises ``WrongMasterKey`` with a sentence that does not quote it."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongMasterKey(f"{name}: must be the base64 of {KEY_BYTES} bytes, as `openssl rand -base64 32` makes")
    return key


class KeyRow(Protocol):
    subject: UUID
    wrapped: bytes | None
    master: str | None
    erased_at: datetime | None


class Privacy:
    """A process's keys: its master keys, or none, and its database's secret, once that was unlocked."""

    def __init__(self, master_keys: MasterKeys | None = None) -> None:
        self.master_keys = master_keys
        self.secret: bytes | None = None

    def keys(self, rows: Collection[Any]) -> dict[UUID, Key]:
        """The keys in these rows; who has none yet is left out."""
        return {row.subject: self._key(row) for row in rows if row.wrapped is not None or row.erased_at is not None}

    def _key(self, row: KeyRow) -> Key:
        if row.erased_at is not None:
            return NoKey.ERASED
        if self.master_keys is None:
            return NoKey.WITHHELD
        assert row.wrapped is not None
        assert row.master is not None
        return AESGCM(self.master_keys.unwrap(row.wrapped, str(row.subject), row.master))

    def fingerprint(self, hashed: str | None) -> str | None:
        """A body's hash as it is stored: keyed with the database's secret, so that nobody can try bodies out."""
        if hashed is None or self.secret is None:
            return hashed
        return hmac.digest(self._derived("fingerprints"), hashed.encode(), "sha256").hex()

    def digest(self, value: Any, kind: str, field: str) -> str:
        """A value as it is found again by itself alone: keyed with the database's secret, another for every field."""
        return hmac.digest(self._derived(f"digests of {kind}.{field}"), str(value).encode(), "sha256").hex()

    def conceal(self, text: str) -> str:
        """Text that only this service reads again, for those who carry it in their addresses."""
        return seal(text, AESGCM(self._derived("page tokens")), "page token")

    def reveal(self, token: str) -> str:
        """Return the text that ``conceal`` concealed; raise ``Unreadable``."""
        if not token.startswith(PREFIX):
            raise Unreadable("not concealed")
        return str(unseal(token, AESGCM(self._derived("page tokens")), "page token"))

    def _derived(self, purpose: str) -> bytes:
        assert self.secret is not None, "unlocked before anything is served"
        return hmac.digest(self.secret, purpose.encode(), hashlib.sha256)


def text_of_token(token: str | None, key: Key | None, stream: str, place: str) -> str | None:
    """The text of one token of a stored state; None where there is none, or none any more.

    Raises ``Unreadable`` and ``KeyMissing``.
    """
    if token is None or token == ERASED or isinstance(key, NoKey):
        return None
    if key is None:
        raise KeyMissing("the key of a subject is not here")
    value = unseal(token, key, f"{stream}|{STATE}|{place}")
    return None if value is None else str(value)


def key_in(keys: Mapping[UUID, Key]) -> KeyOf:
    """Looks keys up in a mapping; raises ``KeyMissing`` for those that are not there."""

    def key_of(subject: UUID) -> Key:
        try:
            return keys[subject]
        except KeyError:
            raise KeyMissing("the key of a subject is not here") from None

    return key_of


def read(model: type[M], text: str | bytes, stream: str, type_: str, key_of: KeyOf | None, **how: Any) -> M:
    """A model from its stored or published JSON, opened; raises ``ValidationError``, ``Unreadable``, ``KeyMissing``."""
    found = shape(model)
    if found.node is None:
        return model.model_validate_json(text, **how)
    if key_of is None:
        raise TypeError(f"{model.__name__} is personal: say where its keys are")
    try:
        data = from_json(text)
    except ValueError:
        return model.model_validate_json(text, **how)  # says what is wrong with it
    return model.model_validate_json(to_json(opened(found, data, stream, type_, key_of)), **how)


def opened(found: Shape, data: Any, stream: str, type_: str, key_of: KeyOf) -> Any:
    """JSON data with every token replaced by what it holds, or by what stands for what is gone."""
    assert found.node is not None
    subject = subject_in(found, data, stream)

    def open_one(value: Any, leaf: PersonalValue, place: str) -> Any:
        if leaf.text and value == ERASED:
            return value
        if not isinstance(value, str) or not value.startswith(PREFIX):
            raise Unreadable(f"{place}: personal, but not sealed")
        key = key_of(subject)
        if isinstance(key, NoKey):
            return str(key) if leaf.text else None
        try:
            return unseal(value, key, f"{stream}|{type_}|{place}")
        except Unreadable as error:
            raise Unreadable(f"{place}: {error}") from None

    return replaced(found.node, data, open_one)


def subject_in(found: Shape, data: Any, stream: str) -> UUID:
    """Return the subject of data; raise ``Unreadable`` where it names nobody."""
    try:
        return subject_of(found, data, stream)
    except ValueError:
        raise Unreadable("names nobody it is about") from None


def subject_of_text(model: type[BaseModel], text: str | bytes, stream: str) -> UUID | None:
    """Return the subject whose key reading needs; None where none, or where it cannot be read anyway."""
    found = shape(model)
    if found.node is None:
        return None
    if found.subject is None:
        return id_of(stream)
    try:
        return subject_of(found, from_json(text), stream)
    except ValueError:
        return None


def subject_of_model(model: BaseModel, stream: str) -> UUID | None:
    """Return the subject whose key sealing needs; None where it is not personal."""
    found = shape(type(model))
    if found.node is None:
        return None
    return id_of(stream) if found.subject is None else UUID(str(getattr(model, found.subject)))


@dataclass(frozen=True)
class SealedState:
    """A state as it is stored; ``digests``: by these, lists find equal values, until the erasure."""

    text: str
    subject: UUID | None
    digests: Mapping[str, str] | None


class Sealing:
    """Seals what one append stores, and makes the keys of subjects that have none."""

    def __init__(self, privacy: Privacy, stream: str, keys: Mapping[UUID, Key]) -> None:
        self._privacy, self._stream, self.keys = privacy, stream, dict(keys)
        self.made: list[dict[str, Any]] = []

    def event(self, event: BaseModel) -> str:
        if shape(type(event)).node is None:
            return event.model_dump_json()
        sealed, _ = self._sealed(event, type(event).__name__)
        return sealed

    def state(self, state: BaseModel, kind: str, digested: Sequence[str]) -> SealedState:
        """A state's JSON, whom it is about, and the digests of these fields."""
        if shape(type(state)).node is None:
            return SealedState(state.model_dump_json(), None, None)
        sealed, data = self._sealed(state, STATE)
        values = {name: data[name] for name in digested if data[name] not in (None, ERASED)}
        digests = {name: self._privacy.digest(value, kind, name) for name, value in values.items()}
        return SealedState(sealed, subject_of_model(state, self._stream), digests or None)

    def _sealed(self, model: BaseModel, type_: str) -> tuple[str, dict[str, Any]]:
        found = shape(type(model))
        assert found.node is not None
        data = model.model_dump(mode="json")
        subject = subject_of(found, data, self._stream)

        def seal_one(value: Any, leaf: PersonalValue, place: str) -> str:
            # What is gone already needs no key, and there may be none any more.
            if leaf.text and value == ERASED:
                return ERASED
            return seal(value, self._key(subject), f"{self._stream}|{type_}|{place}")

        return to_json(replaced(found.node, data, seal_one)).decode(), data

    def _key(self, subject: UUID) -> AESGCM:
        key = self.keys.get(subject) or self._make(subject)
        if key is NoKey.ERASED:
            raise Refused("subject-erased", "The person concerned was erased.", "Record it for another person.")
        assert isinstance(key, AESGCM), "a service that holds no keys seals nothing"
        return key

    def _make(self, subject: UUID) -> Key:
        master_keys = self._privacy.master_keys
        assert master_keys is not None, "a service with personal data has a master key"
        key = AESGCM.generate_key(256)
        wrapped = base64.b64encode(master_keys.current.wrap(key, str(subject))).decode()
        self.made.append({"subject": subject, "wrapped": wrapped, "master": master_keys.current.id})
        self.keys[subject] = AESGCM(key)
        return self.keys[subject]
