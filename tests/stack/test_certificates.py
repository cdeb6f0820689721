"""The broker's certificate: made once, again before it ends, and by an authority that nobody can use again."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portolan.certificates import RENEWED_BEFORE, VALID, ensure_certificate

HOSTS = ("127.0.0.1", "localhost")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "authority.pem", tmp_path / "broker.pem"


def texts(files: tuple[Path, Path]) -> list[str]:
    return [file.read_text() for file in files]


def test_a_certificate_is_made_once_and_its_key_is_its_owners_alone(files: tuple[Path, Path]) -> None:
    assert ensure_certificate(*files, HOSTS)
    made = texts(files)
    assert not ensure_certificate(*files, HOSTS)
    assert texts(files) == made
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o644, 0o600]
    assert "PRIVATE" not in made[0]
    assert made[1].count("PRIVATE KEY-----") == 2, "one key, between two lines: the authority's is kept nowhere"
    assert sorted(path.name for path in files[0].parent.iterdir()) == ["authority.pem", "broker.pem"]


def test_it_is_made_again_before_it_ends_for_other_hosts_and_where_a_file_is_missing_or_cut_short(
    files: tuple[Path, Path],
) -> None:
    ensure_certificate(*files, HOSTS)
    late = datetime.now(UTC) + VALID - RENEWED_BEFORE
    assert not ensure_certificate(*files, HOSTS, now=late - timedelta(days=1))
    assert ensure_certificate(*files, HOSTS, now=late)
    assert ensure_certificate(*files, ("kafka",))
    files[0].unlink()
    assert ensure_certificate(*files, ("kafka",))
    files[1].write_text(files[1].read_text()[:700])
    assert ensure_certificate(*files, ("kafka",))


def test_an_authority_of_another_making_does_not_belong_to_it(files: tuple[Path, Path], tmp_path: Path) -> None:
    ensure_certificate(*files, HOSTS)
    ensure_certificate(tmp_path / "other.pem", tmp_path / "others.pem", HOSTS)
    files[0].write_bytes((tmp_path / "other.pem").read_bytes())
    assert ensure_certificate(*files, HOSTS)


@pytest.mark.parametrize("host", HOSTS)
def test_a_client_trusts_it_under_each_of_its_names_and_no_other(files: tuple[Path, Path], host: str) -> None:
    ensure_certificate(*files, HOSTS)
    assert speaks(files, host) is None
    assert isinstance(speaks(files, "elsewhere.example"), ssl.SSLCertVerificationError)


def speaks(files: tuple[Path, Path], host: str) -> ssl.SSLError | None:
    """What a client says that expects this host and is answered with the certificate."""
    authority, server = files
    ours, theirs = socket.socketpair()
    answering = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    answering.load_cert_chain(server)

    def answer() -> None:
        try:
            answering.wrap_socket(theirs, server_side=True).close()
        except ssl.SSLError:
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        ssl.create_default_context(cafile=str(authority)).wrap_socket(ours, server_hostname=host).close()
    except ssl.SSLError as failure:
        return failure
    finally:
        ours.close()
        thread.join()
    return None
