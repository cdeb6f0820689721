"""Names that are the same: neither their form in Unicode, nor capitals, nor spaces make a difference."""

import unicodedata


def identity(name: str) -> str:
    """What two names have in common that are one: compatible characters (NFKC), folded case, single spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())
