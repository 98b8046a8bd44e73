"""The Japanese catalogue says everything that the source says (UI-4)."""

import gettext
import re
import string

import pytest
from babel.messages.catalog import Catalog

from tests.locale.catalogue import MO, PO, Id, read, source_texts, translated

CATALOGUE = read(PO)


def _strings(catalogue: Catalog, key: Id) -> list[str]:
    message = catalogue.get(key[0] if isinstance(key, tuple) else key)
    if message is None:
        return []
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _placeholders(text: str) -> set[str]:
    braces = {f"{{{name}}}" for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}
    return braces | set(re.findall(r"%(?:\(\w+\))?[sdr]", text))


def test_UI_4_every_text_has_a_japanese_translation():
    missing = [
        key
        for key in source_texts()
        if (message := CATALOGUE.get(key[0] if isinstance(key, tuple) else key)) is None or not translated(message)
    ]
    assert missing == []


def test_UI_4_the_catalogue_holds_no_text_that_the_program_does_not_say():
    known = {key[0] if isinstance(key, tuple) else key for key in source_texts()}
    held = {message.id[0] if isinstance(message.id, tuple) else message.id for message in CATALOGUE if message.id}
    assert held - known == set()


def test_UI_4_translations_fill_in_what_the_source_fills_in():
    wrong = [
        (key, said)
        for key in source_texts()
        for said in _strings(CATALOGUE, key)
        if said and _placeholders(said) != _placeholders(key[1] if isinstance(key, tuple) else key)
    ]
    assert wrong == []


def test_UI_4_translations_keep_the_spaces_at_their_ends():
    wrong = [
        key
        for key in source_texts()
        if isinstance(key, str)
        for said in _strings(CATALOGUE, key)
        if said and (said[:1].isspace(), said[-1:].isspace()) != (key[:1].isspace(), key[-1:].isspace())
    ]
    assert wrong == []


def test_UI_4_the_compiled_catalogue_is_the_written_one():
    with MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    stale = []
    for message in CATALOGUE:
        if not message.id or not translated(message):
            continue
        if isinstance(message.id, tuple):
            said = compiled.ngettext(message.id[0], message.id[1], 2)
            written = message.string[0]
        else:
            said, written = compiled.gettext(message.id), message.string
        if said != written:
            stale.append(message.id)
    assert stale == [], "run: make locale"


def test_UI_4_the_tool_finds_split_plural_and_marked_texts(tmp_path, monkeypatch):
    from tests.locale import catalogue

    (tmp_path / "module.py").write_text('_("one "\n  "text")\nngettext("{n} card", "{n} cards", n)\nmark("later")\n')
    monkeypatch.setattr(catalogue, "PACKAGE", tmp_path)
    found = catalogue.source_texts()
    assert {"one text", "later", ("{n} card", "{n} cards")} <= found.keys()


@pytest.mark.parametrize("text", ["{n} of {total}", "%(prog)s: %s"])
def test_placeholders_are_recognised(text):
    assert _placeholders(text)
    assert _placeholders(text) != _placeholders("nothing")
