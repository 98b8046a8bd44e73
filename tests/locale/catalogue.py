"""The Japanese catalogue, kept level with the source: `make locale`, or python -m tests.locale.catalogue [FRAGMENT…].

Takes every text of the package, keeps the translations that are there, puts those of the fragments (.po files,
the first one first) in their place, writes the .po and compiles the .mo. Names what has no translation, and then
ends with 1.
"""

import io
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from salesinbox.cli.parser import ARGPARSE
from salesinbox.locale.texts import DOMAIN, FOLDER

PACKAGE = FOLDER.parent
LANGUAGE = "ja"
PO = FOLDER / LANGUAGE / "LC_MESSAGES" / f"{DOMAIN}.po"
MO = PO.with_suffix(".mo")

# A catalogue changes with its texts, not with the day on which it was written.
_DATE = datetime(2026, 1, 1, tzinfo=UTC)

# `mark` names a text that is translated later, where it is shown.
_KEYWORDS = {"_": None, "ngettext": (1, 2), "mark": None}

Id = str | tuple[str, str]


def source_texts() -> dict[Id, list[str]]:
    """Every text of the package with the files that it occurs in; a plural is a pair."""
    found: dict[Id, list[str]] = {}
    for file, _line, text, _comments, _context in extract_from_dir(
        PACKAGE, method_map=[("**.py", "python")], keywords=_KEYWORDS
    ):
        key = tuple(text) if isinstance(text, tuple | list) else text
        places = found.setdefault(key, [])
        place = f"{PACKAGE.name}/{file}"
        if place not in places:
            places.append(place)
    for text in ARGPARSE:
        found.setdefault(text, [f"{PACKAGE.name}/cli/parser.py"])
    return found


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain=DOMAIN)


def compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def translated(message: Message) -> bool:
    parts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(parts) and not message.fuzzy


def bring_up_to_date(fragments: Iterable[Path]) -> list[Id]:
    """Write the .po and the .mo; returns the texts that have no translation yet."""
    sources = [read(path) for path in [*fragments, PO] if path.exists()]
    catalogue = Catalog(
        locale=LANGUAGE, domain=DOMAIN, project="SalesInbox", version="1", copyright_holder="SalesInbox",
        header_comment="# Japanese texts of SalesInbox. Made level with the source by: make locale",
        creation_date=_DATE, revision_date=_DATE, last_translator="SalesInbox", language_team="ja",
        msgid_bugs_address="SalesInbox", fuzzy=False,
    )  # fmt: skip
    missing = []
    for key, places in source_texts().items():
        string = next((found for one in sources if (found := _translation(one, key))), None)
        if string is None:
            missing.append(key)
        catalogue.add(key, string, locations=[(place, 0) for place in sorted(places)])
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalogue, width=100, sort_by_file=True, include_lineno=False)
    # Compiled from what was written: the two files say the same.
    MO.write_bytes(compiled(read(PO)))
    return missing


def _translation(catalogue: Catalog, key: Id) -> "str | tuple[str, ...] | None":
    message = catalogue.get(key[0] if isinstance(key, tuple) else key)
    if message is None or not translated(message):
        return None
    string = message.string
    if isinstance(key, tuple):
        return (string,) if isinstance(string, str) else tuple(string)
    return string if isinstance(string, str) else string[0]


def main() -> int:
    missing = bring_up_to_date(Path(argument) for argument in sys.argv[1:])
    for key in missing:
        print(f"no translation: {key}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
