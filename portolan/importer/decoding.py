"""From a file's bytes to its lines of text: encodings are checked, never guessed."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from portolan.importer.problem import ImportProblem

DOUBLED = ("\ufeff", "\xef\xbb\xbf")
LONGEST_LINE = 4_000_000
UTF_8 = "utf-8-sig"
MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "UTF-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "UTF-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "UTF-16", "utf-16"),
)


class TooLong(str):
    """The beginning of a line that is longer than can be read."""

    __slots__ = ()


def choose_encoding(path: Path, named: str | None, beginning: bytes) -> str:
    """The encoding to read a file in: the one named, otherwise UTF-8, unless the file shows that it is another."""
    if named is not None:
        return known_encoding(named)
    for mark, shown, name in MARKS:
        if beginning.startswith(mark):
            raise other_encoding(path, shown, name)
    if (order := zero_bytes(beginning)) is not None:
        raise other_encoding(path, "UTF-16", order)
    return UTF_8


def known_encoding(named: str) -> str:
    """The encoding's codec, which must be one of text; UTF-8 with or without its mark."""
    try:
        name = codecs.lookup(named).name
        "".encode(name)
    except (LookupError, UnicodeError, ValueError) as error:
        raise ImportProblem(
            f"There is no text encoding named {named!r}.",
            "Name one such as utf-8, cp1252, iso-8859-15 or utf-16 with --encoding.",
        ) from error
    return UTF_8 if name == "utf-8" else name


def first_bytes(path: Path, called: Path) -> bytes:
    """The beginning of a file, which the user calls by another name where it is a copy."""
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise unreadable(called, error) from error


def unreadable(path: Path, error: OSError) -> ImportProblem:
    return ImportProblem(f"{path} cannot be read: {error.strerror or error}.", "Name a file that you may read.")


def zero_bytes(beginning: bytes) -> str | None:
    """The byte order of UTF-16 without its mark, recognised by every other byte being zero."""
    half = len(beginning) // 2
    high, low = beginning[0::2].count(0), beginning[1::2].count(0)
    if half >= 4 and low > half * 0.4 and high == 0:
        return "utf-16-le"
    if half >= 4 and high > half * 0.4 and low == 0:
        return "utf-16-be"
    return None


def other_encoding(path: Path, shown: str, name: str) -> ImportProblem:
    """The file is not UTF-8, and one can see what it is."""
    return ImportProblem(f"{path} is encoded in {shown}, not in UTF-8.", f"Import it with --encoding {name}.")


def lines(path: Path, encoding: str) -> Iterator[str]:
    """The file's lines with their ends; ``TooLong`` for one that is too long, of which only the beginning is kept."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            text = unmarked(file.readline(LONGEST_LINE))
            while text:
                if len(text) < LONGEST_LINE or text[-1] in "\r\n":
                    yield text
                else:
                    while (rest := file.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                        pass
                    yield TooLong(text[:200])
                text = file.readline(LONGEST_LINE)
    except UnicodeError as error:
        raise undecodable(path, encoding) from error
    except OSError as error:
        raise unreadable(path, error) from error


def unmarked(text: str) -> str:
    """The first line without byte order marks, also where one was read as letters and written again."""
    while text.startswith(DOUBLED):
        text = text.removeprefix("\ufeff").removeprefix("\xef\xbb\xbf")
    return text


def undecodable(path: Path, encoding: str) -> ImportProblem:
    """Return a problem that says where the file is not in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    shown = "UTF-8" if encoding == UTF_8 else encoding
    line, ended_with_cr, offset = 1, False, 0
    remedy = "Name the encoding it was written in with --encoding, often cp1252, or save it as UTF-8."

    def count(text: str) -> None:
        nonlocal line, ended_with_cr
        line += text.count("\n") + text.count("\r") - text.count("\r\n")
        line -= ended_with_cr and text.startswith("\n")
        ended_with_cr = text.endswith("\r") if text else ended_with_cr

    with path.open("rb") as file:
        while True:
            data = file.read(65536)
            try:
                count(decoder.decode(data, final=not data))
            except UnicodeDecodeError as error:
                count(error.object[: error.start].decode(encoding, errors="replace").removeprefix("\ufeff"))
                at = offset + len(data) - len(error.object) + error.start + 1
                byte = error.object[error.start]
                return ImportProblem(
                    f"{path} is not {shown}: line {line} has the byte 0x{byte:02X}, byte {at:,} of the file.", remedy
                )
            except UnicodeError as error:
                return ImportProblem(f"{path} is not {shown}: {error}.", remedy)
            if not data:
                return ImportProblem(f"{path} is not {shown}.", remedy)
            offset += len(data)
