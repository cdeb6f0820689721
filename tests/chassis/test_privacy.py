"""Personal data is sealed before it is stored, bound to its place, and gone once the key is destroyed."""

import asyncio
import base64
import json
import os
import re
import string
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy import text

from chassis.commands.handler import Handler, fingerprint
from chassis.domain.decider import Actor, Refused
from chassis.domain.failures import KeyMissing
from chassis.http.paging import BadPageToken, query_of, select_page
from chassis.messaging.cloudevents import Envelope, StoredMessage, decode
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.operations.diagnosis import read_keys_status
from chassis.postgres.failures import describe
from chassis.service.api import build_app
from chassis.service.preparation import prepare
from chassis.service.settings import RoleSettings, SharedSettings
from chassis.service.worker import work_until
from chassis.store.append import encode_event
from chassis.store.encryption import (
    Key,
    MasterKeys,
    NoKey,
    Privacy,
    Sealing,
    Unreadable,
    WrongMasterKey,
    key_in,
    read,
    read_master_keys,
    withheld,
)
from chassis.store.keys import KeyLookup, Rotation, unlock
from chassis.store.store import Store
from portolan.issuer import ISSUER
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.member import (
    APPRAISAL,
    APPRAISALS,
    MEMBER,
    MEMBER_EVENTS,
    MEMBERS,
    SERVICE,
    Appraise,
    Erase,
    Join,
    Member,
    MemberJoined,
    MemberRemarked,
    MemberVisited,
    Note,
    Remark,
    Visit,
)
from tests.chassis.messages import headers
from tests.chassis.support import as_owner, as_service, do
from tests.examples import examples
from tests.harness import NOWHERE

KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
CANARY = "Wilhelmina Canarius"
pytestmark = pytest.mark.anyio


def b64(key: bytes) -> str:
    return base64.b64encode(key).decode()


async def opened_store(database: ServiceDatabase, *keys: bytes) -> Store:
    """A store with these master keys, the present one first, unlocked."""
    store = Store(database.url, privacy=Privacy(MasterKeys(keys[0], keys[1:])))
    try:
        await unlock(store)
    except WrongMasterKey:
        await store.stop()
        raise
    await store.start()
    return store


@pytest.fixture
async def members(own_database: ServiceDatabase) -> AsyncIterator[Handler]:
    store = await opened_store(own_database, KEY)
    yield Handler(store, MEMBER_EVENTS)
    await store.stop()


async def joined(handler: Handler, name: str = CANARY) -> UUID:
    id = uuid4()
    await do(handler, id, Join(name=name, born_on=date(1815, 12, 10)), aggregate=MEMBERS)
    await do(handler, id, Note(text=f"{name} is punctual"), aggregate=MEMBERS)
    return id


def everything(database: ServiceDatabase) -> str:
    """Every row of every table, as text."""
    with as_owner(database) as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        return "\n".join(
            str(row) for table in tables for row in connection.execute(text(f"SELECT t::text FROM {table} t")).scalars()
        )


def column(database: ServiceDatabase, query: str, **parameters: Any) -> list[Any]:
    with as_owner(database) as connection:
        return list(connection.execute(text(query), parameters).scalars())


# Sealing, without a database


def sealed(model: BaseModel, stream: str, keys: dict[UUID, Key]) -> tuple[str, dict[UUID, Key]]:
    sealing = Sealing(Privacy(MasterKeys(KEY)), stream, keys)
    return sealing.event(model), sealing.keys


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60)
states = st.builds(
    Member,
    name=names,
    born_on=st.none() | st.dates(),
    remarks=st.lists(st.builds(Remark, text=names, on=st.none() | st.dates()), max_size=4).map(tuple),
    visits=st.integers(0, 9),
)


@given(state=states, id=st.uuids())
def test_whatever_is_sealed_opens_to_what_it_was(state: Member, id: UUID) -> None:
    stream = f"member-{id}"
    sealing = Sealing(Privacy(MasterKeys(KEY)), stream, {})
    found = sealing.state(state, "member", [])
    assert read(Member, found.text, stream, "state", key_in(sealing.keys)) == state
    assert found.subject == id
    clear = json.loads(found.text)
    assert clear["visits"] == state.visits
    for token in [clear["name"], *(remark["text"] for remark in clear["remarks"])]:
        assert token.startswith("enc:1:") or token == "erased"


@settings(max_examples=examples(300))
@given(data=st.data())
def test_any_flipped_bit_is_refused(data: st.DataObject) -> None:
    id = UUID(int=7)
    stream = f"member-{id}"
    event = MemberJoined(name=CANARY)
    published, keys = sealed(event, stream, {})
    token = json.loads(published)["name"]
    body = bytearray(base64.urlsafe_b64decode(token[6:] + "=" * (-len(token[6:]) % 4)))
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = "enc:1:" + base64.urlsafe_b64encode(bytes(body)).decode().rstrip("=")
    with pytest.raises(Unreadable):
        read(MemberJoined, json.dumps({"name": changed}), stream, "MemberJoined", key_in(keys))


def test_a_token_has_exactly_one_form() -> None:
    stream = f"member-{UUID(int=7)}"
    published, keys = sealed(MemberJoined(name="Ada Lovelac"), stream, {})
    token = json.loads(published)["name"]
    forms = [
        token[:-1] + letter for letter in string.ascii_letters + string.digits + "-_"
    ]  # some spare bits at the end
    forms += [token + more for more in ("=", "==", "A", " ", "\n", "!")]
    forms += [token[:9] + more + token[9:] for more in ("\n", "!", "=")]
    forms += [token.replace("enc:1:", "enc:2:"), token[6:], "enc:1:", "enc:1:AAAA", token.replace("-", "+") + "+"]
    for form in set(forms) - {token}:
        with pytest.raises(Unreadable):
            read(MemberJoined, json.dumps({"name": form}), stream, "MemberJoined", key_in(keys))


def test_sealed_text_moved_to_another_stream_type_or_field_fails() -> None:
    stream, elsewhere = f"member-{UUID(int=7)}", f"person-{UUID(int=7)}"
    published, keys = sealed(MemberJoined(name=CANARY), stream, {})
    key_of = key_in(keys)
    assert read(MemberJoined, published, stream, "MemberJoined", key_of).name == CANARY
    token = json.loads(published)["name"]
    with pytest.raises(Unreadable, match="name: sealed for something else"):
        read(MemberJoined, published, elsewhere, "MemberJoined", key_of)
    with pytest.raises(Unreadable):
        read(MemberJoined, published, stream, "MemberRenamed", key_of)
    moved = json.dumps({"remark": {"text": token, "on": None}})
    with pytest.raises(Unreadable, match=r"remark\.text: sealed for something else"):
        read(MemberRemarked, moved, stream, "MemberJoined", key_of)
    remarked, _ = sealed(MemberRemarked(remark=Remark(text="late")), stream, keys)
    assert read(MemberRemarked, remarked, stream, "MemberRemarked", key_of).remark.text == "late"


def test_another_persons_key_does_not_open_it() -> None:
    stream = f"member-{UUID(int=7)}"
    published, _ = sealed(MemberJoined(name=CANARY), stream, {})
    _, others = sealed(MemberJoined(name="Grace"), f"member-{UUID(int=8)}", {})
    (key,) = others.values()
    with pytest.raises(Unreadable):
        read(MemberJoined, published, stream, "MemberJoined", key_in({UUID(int=7): key}))


def test_personal_text_that_is_not_sealed_is_refused() -> None:
    stream = f"member-{UUID(int=7)}"
    with pytest.raises(Unreadable, match="name: personal, but not sealed"):
        read(MemberJoined, '{"name": "Ada"}', stream, "MemberJoined", withheld)


def test_equal_texts_do_not_look_equal() -> None:
    stream = f"member-{UUID(int=7)}"
    first, keys = sealed(MemberJoined(name=CANARY), stream, {})
    second, _ = sealed(MemberJoined(name=CANARY), stream, keys)
    assert first != second


def test_without_the_key_text_says_why_and_all_else_is_null() -> None:
    stream = f"member-{UUID(int=7)}"
    published, _ = sealed(MemberJoined(name=CANARY, born_on=date(1815, 12, 10)), stream, {})
    for gone in NoKey:
        seen = read(MemberJoined, published, stream, "MemberJoined", key_in({UUID(int=7): gone}))
        assert seen == MemberJoined(name=str(gone), born_on=None)
    with pytest.raises(KeyMissing):
        read(MemberJoined, published, stream, "MemberJoined", key_in({}))


def test_what_is_personal_is_never_stored_by_who_forgets_to_seal_it() -> None:
    with pytest.raises(TypeError, match="nobody seals it"):
        encode_event(MemberJoined(name=CANARY), public=True, metadata={})


def test_a_wrapped_key_opens_only_as_its_subjects_own() -> None:
    master_keys = MasterKeys(KEY)
    wrapped = master_keys.current.wrap(bytes(32), "one")
    assert master_keys.unwrap(wrapped, "one", master_keys.current.id) == bytes(32)
    with pytest.raises(KeyMissing):
        master_keys.unwrap(wrapped, "another", master_keys.current.id)
    with pytest.raises(KeyMissing):
        MasterKeys(OTHER_KEY).unwrap(wrapped, "one", master_keys.current.id)
    with pytest.raises(KeyMissing):
        master_keys.unwrap(wrapped[:-1], "one", master_keys.current.id)


@pytest.mark.parametrize("bad", ["", "short", b64(b"x" * 31), b64(b"x" * 33), "é" * 44, b64(b"x" * 32)[:-1]])
def test_a_malformed_master_key_is_refused_without_quoting_it(bad: str) -> None:
    for current, previous, name in ((bad, "", "MASTER_KEY"), (b64(KEY), f"{bad or '!'},", "PREVIOUS_MASTER_KEYS")):
        with pytest.raises(WrongMasterKey, match=f"PORTOLAN_{name}: must be the base64 of 32 bytes") as refused:
            read_master_keys(current, previous)
        assert not bad or bad not in str(refused.value)


# In the database


async def test_nothing_personal_is_stored_in_the_clear_not_even_what_lists_sort_by(
    members: Handler, own_database: ServiceDatabase
) -> None:
    id = await joined(members)
    assert (await members.store.load(MEMBER, id)).state.name == CANARY
    assert (await members.store.load(MEMBER, id)).state.remarks[0].text == f"{CANARY} is punctual"
    first, _ = await members.store.events(MEMBER, id)
    assert first.event == MemberJoined(name=CANARY, born_on=date(1815, 12, 10))
    stored = everything(own_database)
    assert not [word for word in (*CANARY.split(), "1815-12") if word in stored]


async def test_digests_tell_equal_values_of_one_field_of_one_database_and_nothing_else(
    members: Handler, own_database: ServiceDatabase
) -> None:
    for name in (CANARY, CANARY, "Grace Hopper"):
        await joined(members, name)
    one, same, other = sorted(
        column(own_database, "SELECT digests->>'name' FROM states"),
        key=[members.store.privacy.digest(name, "member", "name") for name in (CANARY, "Grace Hopper")].index,
    )
    assert one == same != other
    assert one != members.store.privacy.digest(CANARY, "member", "code")
    assert one != members.store.privacy.digest(CANARY, "person", "name")
    elsewhere = Privacy()
    elsewhere.secret = bytes(32)
    assert one != elsewhere.digest(CANARY, "member", "name")


async def test_after_the_erasure_nothing_is_left_and_everybody_reads_erased(
    members: Handler, own_database: ServiceDatabase
) -> None:
    id, other = await joined(members), await joined(members, "Grace Hopper")
    about = uuid4()
    await do(members, about, Appraise(about=id, verdict=f"{CANARY} is great"), aggregate=APPRAISALS)
    before = await members.store.load(MEMBER, id)
    await do(members, id, Erase(), aggregate=MEMBERS)
    assert "Canarius" not in everything(own_database)
    assert column(own_database, "SELECT wrapped FROM keys WHERE subject = :id", id=id) == [None]
    state = (await members.store.load(MEMBER, id)).state
    assert (state.name, state.born_on, state.remarks) == ("erased", None, ())
    told = [event.event for event in await members.store.events(MEMBER, id)]
    assert told[0] == MemberJoined(name="erased", born_on=None)
    assert isinstance(told[1], MemberRemarked)
    assert told[1].remark.text == "erased"
    then = await members.store.folded(MEMBER, id, version=before.version)
    assert (then.state.name, then.state.remarks[0].text) == ("erased", "erased")
    assert (await members.store.load(APPRAISAL, about)).state.verdict == "erased"
    assert (await members.store.load(MEMBER, other)).state.name == "Grace Hopper"


async def test_nothing_new_is_sealed_for_whom_is_erased_though_life_goes_on(
    members: Handler, own_database: ServiceDatabase
) -> None:
    id = await joined(members)
    await do(members, id, Erase(), aggregate=MEMBERS)
    with pytest.raises(Refused, match="subject-erased"):
        await do(members, id, Note(text="back again"), aggregate=MEMBERS)
    with pytest.raises(Refused, match="subject-erased"):
        await do(members, uuid4(), Appraise(about=id, verdict="v"), aggregate=APPRAISALS)
    assert (await do(members, id, Visit(), aggregate=MEMBERS)).version == 4
    assert column(own_database, "SELECT count(*) FROM keys WHERE wrapped IS NOT NULL") == [0]


async def test_what_was_decided_before_an_erasure_leaves_no_name_behind_it(
    members: Handler, own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream about somebody is appended to with the key it read before that somebody was erased."""
    id, about = await joined(members), uuid4()
    await do(members, about, Appraise(about=id, verdict="fine"), aggregate=APPRAISALS)
    loaded = await members.store.load(APPRAISAL, about)
    await do(members, id, Erase(), aggregate=MEMBERS)
    monkeypatch.setattr(members.store, "load", lambda *_: pass_on(loaded))
    await do(members, about, Appraise(about=id, verdict=CANARY), aggregate=APPRAISALS)
    assert "Canarius" not in everything(own_database)
    monkeypatch.undo()
    assert (await members.store.load(APPRAISAL, about)).state.verdict == "erased"


async def pass_on(value: Any) -> Any:
    return value


async def test_two_processes_that_need_the_first_key_of_somebody_agree_on_one(
    members: Handler, own_database: ServiceDatabase
) -> None:
    other = await opened_store(own_database, KEY)
    about, ids = uuid4(), [uuid4() for _ in range(12)]
    try:
        handlers = [members, Handler(other, MEMBER_EVENTS)]
        await asyncio.gather(
            *(
                do(handlers[number % 2], id, Appraise(about=about, verdict=f"v{number}"), aggregate=APPRAISALS)
                for number, id in enumerate(ids)
            )
        )
        read_back = await other.load_many(APPRAISAL, ids)
        assert [loaded.state.verdict for loaded in read_back] == [f"v{number}" for number in range(12)]
    finally:
        await other.stop()
    assert column(own_database, "SELECT count(*) FROM keys") == [1]


async def test_a_refused_command_makes_no_key(members: Handler, own_database: ServiceDatabase) -> None:
    id = await joined(members)
    with pytest.raises(Refused):
        await do(members, id, Join(name="Again"), aggregate=MEMBERS)
    assert column(own_database, "SELECT count(*) FROM keys") == [1]


async def test_what_is_stored_of_a_body_cannot_be_guessed(members: Handler, own_database: ServiceDatabase) -> None:
    id, command = uuid4(), Join(name=CANARY)
    asked: dict[str, Any] = {"command_id": uuid4(), "fingerprint": fingerprint(command, id)}
    first = await do(members, id, command, aggregate=MEMBERS, **asked)
    assert (await do(members, id, command, aggregate=MEMBERS, **asked)).repeated
    assert first.version == 1
    (stored,) = column(own_database, "SELECT fingerprint FROM commands WHERE fingerprint IS NOT NULL")
    assert stored != asked["fingerprint"]
    assert len(stored) == 64


async def test_lists_are_sorted_filtered_and_paged_by_sealed_names_and_show_the_erased(members: Handler) -> None:
    names = ["Cleo", "Ada", "Dora", "Berta"]
    ids = {name: await joined(members, name) for name in names}
    await do(members, ids["Berta"], Erase(), aggregate=MEMBERS)

    async def page(token: str | None = None, **filters: Any) -> tuple[list[str], str | None]:
        asked = query_of(MEMBERS)(page_size=2, page_token=token, **filters)
        found, onwards = await select_page(MEMBERS, members.store, asked, Actor("tester"))
        return [loaded.state.name for _, loaded, _ in found], onwards

    first, token = await page()
    assert first == ["Ada", "Cleo"]
    assert token
    assert "Cleo" not in base64.urlsafe_b64decode(token[6:] + "=" * (-len(token[6:]) % 4)).decode(errors="replace")
    assert await page(token) == (["Dora", "erased"], None)
    with pytest.raises(BadPageToken):
        await page(token, name=["Dora"])
    assert await page(name=["Dora", "Berta"]) == (["Dora"], None)
    for wrong in (token[:-2] + "AA", "enc:1:", base64.urlsafe_b64encode(b'["Cleo", "x"]').decode()):
        with pytest.raises(BadPageToken):
            await page(wrong)


async def test_states_folded_anew_are_sealed_again_and_the_erased_stay_erased(
    members: Handler, own_database: ServiceDatabase
) -> None:
    id, gone = await joined(members), await joined(members, "Grace Hopper")
    await do(members, gone, Erase(), aggregate=MEMBERS)
    await members.store.refold(MEMBER, "one", MEMBERS.digested)
    with as_owner(own_database) as connection:
        connection.execute(text("""UPDATE states SET digests = NULL, state = '{"name": "erased"}'"""))
    assert await members.store.refold(MEMBER, "another", MEMBERS.digested) == 2
    assert (await members.store.load(MEMBER, id)).state.name == CANARY
    assert (await members.store.load(MEMBER, gone)).state.name == "erased"
    kept = members.store.privacy.digest(CANARY, "member", "name")
    assert column(own_database, "SELECT digests->>'name' FROM states ORDER BY 1") == [kept, None]
    assert CANARY not in everything(own_database)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM keys",
        "UPDATE keys SET wrapped = 'w', master = 'm', erased_at = NULL",
        "INSERT INTO keys (subject, wrapped, master) VALUES (gen_random_uuid(), 'w', 'm')",
        "DELETE FROM secret",
        "UPDATE secret SET wrapped = 'w'",
        "INSERT INTO secret (wrapped, master) VALUES ('w', 'm')",
    ],
)
def test_the_service_changes_keys_by_the_functions_made_for_it_alone(
    own_database: ServiceDatabase, statement: str
) -> None:
    with as_service(own_database) as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text(statement))


async def test_no_function_of_the_service_brings_an_erased_key_back(
    members: Handler, own_database: ServiceDatabase
) -> None:
    id = await joined(members)
    with as_owner(own_database) as owner:
        owner.execute(
            text("UPDATE keys SET wrapped = NULL, master = NULL, erased_at = now() WHERE subject = :id"), {"id": id}
        )
    known = MasterKeys(KEY).current.id
    with as_service(own_database) as connection:
        for call in (
            "rewrap_key(:id, 1, :known, 'w', :known)",
            "keep_key(:id, 'w', :known, 99, NULL)",
            "keep_secret('w', :known, NULL)",
        ):
            connection.execute(text(f"SELECT {call}"), {"id": id, "known": known})
    with as_owner(own_database) as owner:
        assert owner.execute(text("SELECT wrapped, master FROM keys WHERE subject = :id"), {"id": id}).one() == (
            None,
            None,
        )
        assert owner.execute(text("SELECT wrapped FROM secret")).scalar_one() != b"w"


# Master keys


async def test_a_wrong_master_key_is_refused_with_the_id_of_the_right_one(
    members: Handler, own_database: ServiceDatabase
) -> None:
    expected = MasterKeys(KEY).current.id
    with pytest.raises(WrongMasterKey, match=f"expects the master key {expected}, and the configured one is"):
        await opened_store(own_database, OTHER_KEY)
    await joined(members)
    with as_owner(own_database) as connection:
        connection.execute(text("DELETE FROM secret"))
    with pytest.raises(WrongMasterKey, match="has keys but no secret"):
        await opened_store(own_database, OTHER_KEY)


async def test_a_master_key_that_does_not_open_the_keys_others_told_of_is_refused(
    own_database: ServiceDatabase,
) -> None:
    others = MasterKeys(OTHER_KEY).current.id
    store = await opened_store(own_database, KEY)
    with as_owner(own_database) as connection:
        told = "INSERT INTO keys (subject, wrapped, master, own) VALUES (gen_random_uuid(), 'w', :master, false)"
        connection.execute(text(told), {"master": others})
    status = await read_keys_status(store)
    assert status is not None
    assert (status.subjects, status.unopened) == (1, 1)
    with pytest.raises(WrongMasterKey, match=f"expects the master key {others}, and the configured one is"):
        await opened_store(own_database, KEY)
    await store.stop()
    both = await opened_store(own_database, OTHER_KEY, KEY)
    status = await read_keys_status(both)
    assert status is not None
    assert (status.unopened, status.older) == (0, 1)  # the database's own secret
    await both.stop()


async def test_a_changed_secret_is_refused(members: Handler, own_database: ServiceDatabase) -> None:
    with as_owner(own_database) as connection:
        connection.execute(text("UPDATE secret SET wrapped = wrapped || '\\x00'::bytea"))
    with pytest.raises(WrongMasterKey, match="secret was changed"):
        await opened_store(own_database, KEY)


def settings_with(key: bytes | None) -> SharedSettings:
    return SharedSettings(
        kafka_bootstrap="127.0.0.1:1",
        kafka_security_protocol="PLAINTEXT",
        jwks_url="http://127.0.0.1:1",
        issuer=ISSUER,
        master_key=SecretStr(b64(key)) if key else None,
    )


async def test_a_worker_refuses_to_start_with_a_lost_or_wrong_master_key(
    members: Handler, own_database: ServiceDatabase
) -> None:
    own = RoleSettings(database_url=own_database.url)
    with pytest.raises(WrongMasterKey, match="PORTOLAN_MASTER_KEY: set it"):
        await work_until(SERVICE, settings_with(None), own, threading.Event())
    with pytest.raises(WrongMasterKey, match="expects the master key"):
        await work_until(SERVICE, settings_with(OTHER_KEY), own, threading.Event())


async def test_an_api_refuses_to_start_with_a_lost_or_wrong_master_key(
    members: Handler, own_database: ServiceDatabase
) -> None:
    with pytest.raises(WrongMasterKey, match="PORTOLAN_MASTER_KEY: set it"):
        build_app(SERVICE, settings_with(None), RoleSettings(database_url=own_database.url))
    store = Store(own_database.url, privacy=Privacy(MasterKeys(OTHER_KEY)))
    with pytest.raises(WrongMasterKey, match="expects the master key"):
        await prepare(SERVICE, store)


async def fill(database: ServiceDatabase) -> None:
    """Let the database have a master key."""
    await (await opened_store(database, KEY)).stop()


RUN = "from tests.chassis.member import SERVICE; from chassis.service.run import main; main(SERVICE)"


@pytest.mark.parametrize("role", ["api", "worker"])
@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "PORTOLAN_MASTER_KEY: set it"),
        ("bm90IGEga2V5", "PORTOLAN_MASTER_KEY: must be the base64 of 32 bytes"),
        (b64(OTHER_KEY), f"PORTOLAN_MASTER_KEY: this database expects the master key {MasterKeys(KEY).current.id}"),
    ],
    ids=["missing", "malformed", "wrong"],
)
def test_the_entry_point_refuses_with_one_sentence(
    own_database: ServiceDatabase, role: str, key: str | None, said: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")} | {
        "PORTOLAN_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "PORTOLAN_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "PORTOLAN_JWKS_URL": "http://127.0.0.1:1",
        "PORTOLAN_ISSUER": ISSUER,
        "PORTOLAN_MEMBERSHIP_DATABASE_URL": own_database.url,
        **({"PORTOLAN_MASTER_KEY": key} if key else {}),
    }
    asyncio.run(fill(own_database))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, role],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith(f"membership cannot start: {said}")
    assert done.stderr.count("\n") == 1
    assert not key or key not in done.stdout + done.stderr


async def test_a_rotation_wraps_every_key_anew_and_what_was_sealed_before_and_after_is_read(
    members: Handler, own_database: ServiceDatabase
) -> None:
    before, gone = await joined(members), await joined(members, "Grace Hopper")
    await do(members, gone, Erase(), aggregate=MEMBERS)
    with pytest.raises(WrongMasterKey):
        await opened_store(own_database, OTHER_KEY)
    rotating = await opened_store(own_database, OTHER_KEY, KEY)
    try:
        during = await joined(Handler(rotating, MEMBER_EVENTS), "Katherine")
        late = await joined(members, "Late, by a process that has only the old key")
        status = await read_keys_status(rotating)
        assert status
        assert (status.subjects, status.erased, status.older) == (3, 1, 3)  # two keys and the secret
        rotation = Rotation(own_database.url, rotating.privacy)
        with as_service(own_database) as connection:
            assert rotation.wrap_batch(connection) == 2
            rotation._wrap_secret(connection)
            assert rotation.wrap_batch(connection) == 0
        status = await read_keys_status(rotating)
        rotation._engine.dispose()
        assert status
        assert (status.older, status.master) == (0, MasterKeys(OTHER_KEY).current.id)
    finally:
        await rotating.stop()
    after = await opened_store(own_database, OTHER_KEY)
    try:
        found = await after.load_many(MEMBER, [before, during, late, gone])
        assert [loaded.state.name for loaded in found][:2] == [CANARY, "Katherine"]
        assert found[3].state.name == "erased"
        again = await joined(Handler(after, MEMBER_EVENTS), "Dorothy")
        assert (await after.load(MEMBER, again)).state.name == "Dorothy"
    finally:
        await after.stop()
    with pytest.raises(WrongMasterKey):
        await opened_store(own_database, KEY)


async def test_an_idempotency_key_still_holds_after_a_rotation(members: Handler, own_database: ServiceDatabase) -> None:
    id, command = uuid4(), Join(name=CANARY)
    asked: dict[str, Any] = {"command_id": uuid4(), "fingerprint": fingerprint(command, id)}
    await do(members, id, command, aggregate=MEMBERS, **asked)
    rotated = await opened_store(own_database, OTHER_KEY, KEY)
    try:
        repeated = await do(Handler(rotated, MEMBER_EVENTS), id, command, aggregate=MEMBERS, **asked)
        assert repeated.repeated
    finally:
        await rotated.stop()


async def test_a_rotation_does_not_bring_an_erased_key_back(members: Handler, own_database: ServiceDatabase) -> None:
    id = await joined(members)
    rotation = Rotation(own_database.url, Privacy(MasterKeys(OTHER_KEY, [KEY])))
    with as_service(own_database) as connection:

        class Slow:
            def execute(self, query: Any, *arguments: Any) -> Any:
                if query is rotation.wrap:
                    with as_owner(own_database) as other:
                        other.execute(
                            text(
                                "UPDATE keys SET wrapped = NULL, master = NULL, erased_at = now(),"
                                " revision = revision + 1 WHERE subject = :id"
                            ),
                            {"id": id},
                        )
                return connection.execute(query, *arguments)

        rotation.wrap_batch(Slow())  # type: ignore[arg-type]
    rotation._engine.dispose()
    assert column(own_database, "SELECT wrapped FROM keys") == [None]


# Readers


def message(id: UUID, published: str, type_: str = "MemberJoined") -> StoredMessage:
    stream = f"member-{id}"
    sent = headers(stream, 1, MemberJoined(name="x"), ce_type=f"portolan.membership.{type_}")
    return StoredMessage("t", 0, 0, stream.encode(), published.encode(), sent)


TYPES: dict[str, type[BaseModel]] = {f"portolan.membership.{event.__name__}": event for event in MEMBER_EVENTS}


class Noting:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def apply(self, connection: Any, envelopes: Sequence[Envelope]) -> None:
        self.seen += [envelope.event for envelope in envelopes]


@contextmanager
def reader(database: ServiceDatabase, privacy: Privacy, noting: Noting) -> Iterator[ReaderLoop]:
    """A reader whose effect is to remember."""
    loop = ReaderLoop(database.url, NOWHERE, "s", Reader("noting", ["t"], TYPES, noting, KeyLookup(privacy)))
    try:
        yield loop
    finally:
        loop._engine.dispose()


def keep(database: ServiceDatabase, sealing: Sealing) -> None:
    """What a service was told of keys."""
    with as_owner(database) as connection:
        for made in sealing.made:
            connection.execute(
                text(
                    "INSERT INTO keys (subject, wrapped, master) VALUES (:subject, decode(:wrapped, 'base64'), :master)"
                ),
                made,
            )


def test_a_reader_waits_for_the_key_and_then_reads(own_database: ServiceDatabase) -> None:
    id, noting, privacy = uuid4(), Noting(), Privacy(MasterKeys(KEY))
    sealing = Sealing(privacy, f"member-{id}", {})
    record = message(id, sealing.event(MemberJoined(name=CANARY)))
    with reader(own_database, privacy, noting) as loop:
        with pytest.raises(KeyMissing):
            loop.process([record])
        assert noting.seen == []
        assert column(own_database, "SELECT count(*) FROM parked") == [0]
        keep(own_database, sealing)
        loop.process([record])
    assert noting.seen == [MemberJoined(name=CANARY)]


def test_a_reader_without_the_master_key_of_a_key_waits(own_database: ServiceDatabase) -> None:
    id, noting = uuid4(), Noting()
    sealing = Sealing(Privacy(MasterKeys(OTHER_KEY)), f"member-{id}", {})
    record = message(id, sealing.event(MemberJoined(name=CANARY)))
    keep(own_database, sealing)
    with (
        reader(own_database, Privacy(MasterKeys(KEY)), noting) as loop,
        pytest.raises(KeyMissing, match="which is not among the configured ones"),
    ):
        loop.process([record])
    with reader(own_database, Privacy(MasterKeys(KEY, [OTHER_KEY])), noting) as loop:
        loop.process([record])
    assert noting.seen == [MemberJoined(name=CANARY)]


def of_stream(
    id: UUID, number: int, published: str, event: type[BaseModel] = MemberJoined, *, offset: int
) -> StoredMessage:
    stream = f"member-{id}"
    sent = headers(stream, number, MemberVisited(), ce_type=f"portolan.membership.{event.__name__}")
    return StoredMessage("t", 0, offset, stream.encode(), published.encode(), sent)


def test_a_stream_whose_key_does_not_come_waits_aside_in_order_while_others_go_on(
    own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.messaging.reader.PATIENCE", 2)
    keyless, other, noting, privacy, stop = uuid4(), uuid4(), Noting(), Privacy(MasterKeys(KEY)), threading.Event()
    late, known = Sealing(privacy, f"member-{keyless}", {}), Sealing(privacy, f"member-{other}", {})
    visited = MemberVisited().model_dump_json()
    first = [
        of_stream(keyless, 1, late.event(MemberJoined(name=CANARY)), offset=0),
        of_stream(other, 1, known.event(MemberJoined(name="Other")), offset=1),
        of_stream(keyless, 2, visited, MemberVisited, offset=2),
    ]
    then = [
        of_stream(keyless, 3, late.event(MemberJoined(name="Again")), offset=3),
        of_stream(other, 2, visited, MemberVisited, offset=4),
    ]
    keep(own_database, known)
    with reader(own_database, privacy, noting) as loop:
        loop._process_patiently(first, stop)
        assert noting.seen == [MemberJoined(name="Other")]
        loop.process(then)  # a key that was waited for once is not waited for again
        assert loop._look_after_parked(False)
        assert noting.seen == [MemberJoined(name="Other"), MemberVisited()]
        reason = f"The key of its subject has not come: {keyless}"
        assert column(own_database, "SELECT reason FROM parked ORDER BY number") == [reason, None, reason]
        assert column(own_database, "SELECT next_offset FROM progress") == [5]
        noting.seen.clear()
        keep(own_database, late)
        for _ in range(2):
            assert loop._look_after_parked(False)
        loop.process([*first, *then])
    assert noting.seen == [MemberJoined(name=CANARY), MemberVisited(), MemberJoined(name="Again")]
    assert column(own_database, "SELECT count(*) FROM parked") == [0]
    assert column(own_database, "SELECT applied FROM progress") == [5]


def test_what_waited_for_a_key_goes_on_with_the_next_message_of_its_stream_as_well(
    own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.messaging.reader.PATIENCE", 1)
    id, noting, privacy = uuid4(), Noting(), Privacy(MasterKeys(KEY))
    sealing = Sealing(privacy, f"member-{id}", {})
    second = of_stream(id, 2, sealing.event(MemberJoined(name=CANARY)), offset=0)
    with reader(own_database, privacy, noting) as loop:
        loop._process_patiently([second], threading.Event())
        assert column(own_database, "SELECT count(*) FROM parked") == [1]
        keep(own_database, sealing)
        loop.process([of_stream(id, 1, MemberVisited().model_dump_json(), MemberVisited, offset=1)])
    assert noting.seen == [MemberVisited(), MemberJoined(name=CANARY)]


def test_a_reader_that_holds_no_keys_reads_withheld(own_database: ServiceDatabase) -> None:
    id, noting = uuid4(), Noting()
    published = Sealing(Privacy(MasterKeys(KEY)), f"member-{id}", {}).event(MemberJoined(name=CANARY))
    with reader(own_database, Privacy(), noting) as loop:
        loop.process([message(id, published)])
    assert noting.seen == [MemberJoined(name="withheld")]


def test_a_reader_after_an_erasure_reads_erased(own_database: ServiceDatabase) -> None:
    id, noting, privacy = uuid4(), Noting(), Privacy(MasterKeys(KEY))
    published = Sealing(privacy, f"member-{id}", {}).event(MemberJoined(name=CANARY))
    with as_owner(own_database) as connection:
        connection.execute(text("INSERT INTO keys (subject, erased_at) VALUES (:id, now())"), {"id": id})
    with reader(own_database, privacy, noting) as loop:
        loop.process([message(id, published)])
    assert noting.seen == [MemberJoined(name="erased")]


def test_a_message_whose_sealed_text_was_moved_is_put_aside(own_database: ServiceDatabase) -> None:
    id, other, noting, privacy = uuid4(), uuid4(), Noting(), Privacy(MasterKeys(KEY))
    sealing = Sealing(privacy, f"member-{id}", {})
    published = sealing.event(MemberJoined(name=CANARY))
    keep(own_database, sealing)
    elsewhere = Sealing(privacy, f"member-{other}", {})
    elsewhere.event(MemberJoined(name="Other"))
    keep(own_database, elsewhere)
    with reader(own_database, privacy, noting) as loop:
        loop.process([message(other, published)])
    assert noting.seen == []
    assert column(own_database, "SELECT reason FROM parked") == ["name: sealed for something else, or changed since"]


def test_a_personal_event_is_not_decoded_by_who_says_nothing_of_keys() -> None:
    published = Sealing(Privacy(MasterKeys(KEY)), f"member-{UUID(int=7)}", {}).event(MemberJoined(name=CANARY))
    with pytest.raises(TypeError, match="say where its keys are"):
        decode(message(UUID(int=7), published), TYPES)


def test_the_reason_why_something_failed_never_quotes_data() -> None:
    with pytest.raises(ValidationError) as invalid:
        Member(name=CANARY * 50)
    with pytest.raises(ZeroDivisionError) as failed:
        fails(CANARY)
    assert describe(invalid.value) == "ValidationError of Member: too_long"
    assert re.fullmatch(r"ZeroDivisionError in test_privacy.py, line \d+ \(fails\)", describe(failed.value))
    assert describe(Refused("a-rule", CANARY)) == "Refused: a-rule"


def fails(what: str) -> None:
    raise ZeroDivisionError(what)
