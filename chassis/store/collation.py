"""Unicode collation (UTS #10), by ICU: text folded for search, and in the order of a reader's language."""

import re
from collections.abc import Callable
from functools import lru_cache

import icu

ROOT = ""
"""The order of all scripts where no language says otherwise."""

LANGUAGES = frozenset(icu.Collator.getAvailableLocales())
ACCEPTED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")

FOLDING = icu.Collator.createInstance(icu.Locale.getRoot())
FOLDING.setAttribute(icu.UCollAttribute.NORMALIZATION_MODE, icu.UCollAttributeValue.ON)


def folded(text: str) -> str:
    """A text as search compares it: the primary weights of the root collation, each as a character; none is NUL.

    What differs in case, accents, width or the form of an apostrophe folds to the same: ``Müller`` and ``MULLER``,
    ``Strauß`` and ``Strauss``, ``Søren`` and ``Soren``; ``Mueller`` is another name. A part of a text folds to a part.
    """
    primary = icu.CollationElementIterator.primaryOrder
    elements = FOLDING.createCollationElementIterator(text)
    return "".join(chr(weight) for each in elements if (weight := primary(each)))


def sort_key(collation: str) -> Callable[[str], bytes]:
    """What to sort texts by in this collation; a key ends with a zero byte and has no other."""
    key: Callable[[str], bytes] = icu.Collator.createInstance(icu.Locale(collation)).getSortKey
    return key


@lru_cache(maxsize=1000)
def collation_for(accepted: str) -> str:
    """The collation of the first language in an ``Accept-Language`` (RFC 9110) that ICU knows; else the root's.

    Languages that order alike have one: English, German, French and Italian that of the root.
    """
    found = [match for part in accepted.split(",") if (match := ACCEPTED.fullmatch(part))]
    wanted = [(float(match[2] or 1), match[1]) for match in found]
    for weight, tag in sorted(wanted, key=lambda each: -each[0]):
        locale = icu.Locale.forLanguageTag(tag)
        if weight > 0 and locale.getLanguage() in LANGUAGES:
            asked = icu.Collator.createInstance(icu.Locale(locale.getBaseName()))
            return str(asked.getLocale(icu.ULocDataLocaleType.ACTUAL_LOCALE).getName())
    return ROOT
