"""Rules that ruff does not have: stored state is named through ``Fields``, and replaced words do not come back.

State of a subject that may not be imported is asked for by a function in the service's folder of SQL.

``python -m portolan.lint`` checks the checkout.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
FOLDERS = ("contracts", "chassis", "services", "portolan", "clients", "bench", "tests")
STORED = re.compile(r"\bstate\s*(->|#>)")

# Fields writes such strings, tests compare them, and this rule's own test has some to find.
SPELLED_OUT = (
    "chassis/store/fields.py",
    "tests/chassis/test_fields.py",
    "tests/chassis/test_list_indexes.py",
    "tests/stack/test_lint.py",
)

# Migrations stay as they were written.
UNCHANGED = "migrations"

GLOSSARY = CHECKOUT / "docs" / "glossary.md"
TEXTS = (".py", ".md", ".sql", ".html", ".js", ".yaml", ".yml", "Makefile")
HEADING = "Instead of"
ENTRY = re.compile(r'"(?P<phrase>[^"]+)"|`(?P<name>\w+)`')

# The glossary lists the words, this rule's test has some to find; decisions and changes are records of their time.
QUOTED = ("docs/glossary.md", "docs/decisions", "CHANGELOG.md", "changelog.d", "tests/stack/test_lint.py")


@dataclass(frozen=True)
class Replaced:
    """A word that the glossary replaced, and the term to use: a name in code, or a phrase in text."""

    pattern: re.Pattern[str]
    is_name: bool
    term: str


def offences(path: str, source: str) -> Iterator[str]:
    """Find stored state that a file names in a string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STORED.search(node.value):
            yield f"{path}:{node.lineno}: name the field of a stored state through Fields, not in a string"


def replaced_words(glossary: str) -> list[Replaced]:
    """The words in the last column of the glossary's tables; ``ValueError`` where a table has no such column."""
    words = []
    for line in glossary.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells or set(cells[0]) <= {"-"}:
            continue
        if cells[0] == "Term":
            if cells[-1] != HEADING:
                raise ValueError(f"a table of the glossary does not end with the column {HEADING!r}")
            continue
        for entry in ENTRY.finditer(cells[-1]):
            words.append(replaced_word(entry["phrase"], entry["name"], cells[0]))
    return words


def replaced_word(phrase: str | None, name: str | None, term: str) -> Replaced:
    """A phrase in any case and over line ends, as words of their own; or a name exactly as written."""
    if phrase is None:
        return Replaced(re.compile(rf"\b{name}\b"), True, term)
    words = r"\s+(?:#\s+)?".join(map(re.escape, phrase.split()))
    return Replaced(re.compile(rf"(?<![\w-]){words}(?![\w-])", re.IGNORECASE), False, term)


def dialect(path: str, source: str, words: Sequence[Replaced]) -> Iterator[str]:
    """Find replaced words in a file: phrases in its texts, names in its code and between backticks."""
    found = set()
    # Cutting a file into pieces takes long: most hold none of the words anywhere.
    there = [word for word in words if word.pattern.search(source)]
    for line, text, is_code in pieces(path, source) if there else ():
        for word in there:
            if is_code and not word.is_name:
                continue
            searched = text if is_code or not word.is_name else in_backticks(text)
            for hit in word.pattern.finditer(searched):
                found.add((line + searched.count("\n", 0, hit.start()), " ".join(hit[0].split()), word.term))
    for line, used, term in sorted(found):
        yield f"{path}:{line}: {used!r} is replaced by {term!r}, see docs/glossary.md"


def pieces(path: str, source: str) -> Iterator[tuple[int, str, bool]]:
    """A file's texts and names with their first lines; of Python code the strings, the comments and the names."""
    if not path.endswith(".py"):
        yield 1, source, False
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string, True
        elif token.type == tokenize.COMMENT or (token.type == tokenize.STRING and re.search(r"\s", token.string)):
            yield token.start[0], token.string, False


def in_backticks(text: str) -> str:
    """The text with blanks for everything that does not stand between backticks; lines stay where they are."""
    kept = [False] * len(text)
    for quoted in re.finditer(r"`[^`\n]+`", text):
        kept[quoted.start() : quoted.end()] = [True] * len(quoted[0])
    return "".join(character if keep or character == "\n" else " " for character, keep in zip(text, kept, strict=True))


def checked() -> Iterator[Path]:
    """Every Python file of ours that the rule of stored state is for."""
    for folder in FOLDERS:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            if UNCHANGED not in path.parts and path.relative_to(CHECKOUT).as_posix() not in SPELLED_OUT:
                yield path


def texts() -> Iterator[Path]:
    """Every file of ours in which people read words."""
    inside = [path for folder in (*FOLDERS, "docs", "deploy") for path in sorted((CHECKOUT / folder).rglob("*"))]
    for path in (*sorted(CHECKOUT.glob("*")), *inside):
        name = path.relative_to(CHECKOUT).as_posix()
        if path.is_file() and name.endswith(TEXTS) and not name.startswith(QUOTED):
            yield path


def main() -> None:
    words = replaced_words(GLOSSARY.read_text())
    found = [each for path in checked() for each in offences(path.relative_to(CHECKOUT).as_posix(), path.read_text())]
    for path in texts():
        found += dialect(path.relative_to(CHECKOUT).as_posix(), path.read_text(), words)
    sys.stdout.write("".join(f"{line}\n" for line in found) or "Stored state and words are as they should be.\n")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
