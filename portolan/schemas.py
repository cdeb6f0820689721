"""Freezes the JSON Schema of every published event, and checks that no change breaks a subscriber.

``python -m portolan.schemas --check`` compares; ``--write`` freezes new events and compatible changes.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts import finance, people, portfolio

FOLDER = Path(__file__).parents[1] / "contracts" / "schemas"
CONTRACTS = {"people": people.EVENTS, "portfolio": portfolio.EVENTS, "finance": finance.EVENTS}
RESTRICTED = {"people": people.CAPACITY_EVENTS}
"""What services tell each other and no subscriber is frozen as well."""


def current() -> dict[str, dict[str, Any]]:
    """Every event's schema as the models have it, by path below the folder."""
    return {
        f"{service}/{event.__name__}.json": event.model_json_schema(mode="serialization")
        for contracts in (CONTRACTS, RESTRICTED)
        for service, events in contracts.items()
        for event in events
    }


def frozen() -> dict[str, dict[str, Any]]:
    """Every event's schema as it was frozen."""
    return {str(path.relative_to(FOLDER)): json.loads(path.read_text()) for path in sorted(FOLDER.glob("*/*.json"))}


def breaks(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Find changes that break a subscriber who knows the old schema; added fields do not."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key, value in old.items():
            if key in ("description", "title") and isinstance(value, str):  # a field of this name is no annotation
                continue
            here = f"{path}/{key}"
            if key == "required" and isinstance(value, list):
                yield from (f"{here}: {name} may be missing now" for name in value if name not in new.get(key, []))
            elif key not in new:
                yield f"{here} is gone"
            else:
                yield from breaks(value, new[key], here)
        if isinstance(new.get("enum"), list) and "enum" not in old:
            yield f"{path}: only some values are left"
    elif isinstance(old, list) and isinstance(new, list) and path.endswith("/enum"):
        yield from (f"{path}: {value} is gone" for value in old if value not in new)
        yield from (
            f"{path}: {value} is new, and who knows the old values refuses it" for value in new if value not in old
        )
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from breaks(was, now, f"{path}/{place}")
    elif old != new:
        yield f"{path} changed"


def problems() -> list[str]:
    """Compare the models with the frozen schemas."""
    old, new = frozen(), current()
    found = [f"{name}: the event is gone" for name in old if name not in new]
    for name, schema in new.items():
        if name not in old:
            found.append(f"{name}: not frozen yet; run `python -m portolan.schemas --write`")
        elif reasons := list(breaks(old[name], schema)):
            found += [f"{name}: {reason}; add a new version beside it instead" for reason in reasons]
        elif old[name] != schema:
            found.append(f"{name}: changed compatibly; run `python -m portolan.schemas --write`")
    return found


def write() -> list[str]:
    """Freeze what is new or changed compatibly; returns what cannot be."""
    old = frozen()
    left = []
    for name, schema in current().items():
        if reasons := list(breaks(old.get(name, {}), schema)):
            left += [f"{name}: {reason}" for reason in reasons]
            continue
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema, indent=2, sort_keys=True) + "\n")
    return left


def main() -> None:
    found = write() if sys.argv[1:] == ["--write"] else problems()
    sys.stdout.write("".join(f"{line}\n" for line in found) or "Every public event is as it was frozen.\n")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
