"""The interface's texts in the rep's language (UI-4). English is the source; catalogues hold the others.

`_` and `ngettext` look the language up when they are called. A text asked for while a module loads would be
frozen in the wrong language: ask for texts where they are shown.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

DOMAIN = "salesinbox"
FOLDER = Path(__file__).parent
LANGUAGES = ("en", "ja")
"""The source, then what has a catalogue."""

_language = ""
"""Empty until the first text is asked for, or a language is chosen."""
_catalogue: "NullTranslations | None" = None


def use(language: str) -> None:
    """Choose the language: "en", "ja", or "" for the locale's. One without a catalogue is English."""
    global _language, _catalogue  # noqa: PLW0603 - a process speaks one language, and every layer asks for texts
    chosen = language or from_environment(os.environ)
    if chosen not in LANGUAGES:
        chosen = LANGUAGES[0]
    _catalogue = None if chosen == LANGUAGES[0] else _load(chosen)
    _language = chosen


def language() -> str:
    """The language in use: "en" or "ja"."""
    if not _language:
        use("")
    return _language


def _(message: str) -> str:
    """The text in the rep's language; itself where there is no translation."""
    if not _language:
        use("")
    return message if _catalogue is None or not message else _catalogue.gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """`one` or `many`, as the rep's language counts `n`."""
    if not _language:
        use("")
    if _catalogue is None:
        return one if n == 1 else many
    return _catalogue.ngettext(one, many, n)


def from_environment(environment: Mapping[str, str]) -> str:
    """The locale's language ("ja" of "ja_JP.UTF-8"), "en" for none, for "C" and for "POSIX" (POSIX §8.2)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            found = value.partition(".")[0].partition("@")[0].partition("_")[0].lower()
            return "en" if found in {"c", "posix"} else found
    return "en"


def _load(chosen: str) -> "NullTranslations":
    import gettext  # noqa: PLC0415 - English starts without it

    return gettext.translation(DOMAIN, FOLDER, [chosen], fallback=True)
