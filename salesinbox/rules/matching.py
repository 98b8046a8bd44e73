"""When two records are the same one, and what a stage's name says of its state (REC-6, REC-7)."""

import re
from functools import lru_cache

from salesinbox.model.folding import fold
from salesinbox.model.imports import shown_name, split_name
from salesinbox.model.records import LOST, OPEN, WON

_SPACES = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[\s.,、。，．・'’\"“”]+")
_FORMS = (("(株)", "株式会社"), ("(有)", "有限会社"), ("(合)", "合同会社"), ("㍿", "株式会社"))


def person_key(first: str, last: str) -> str:
    """A person's name as it is compared: width and case make no difference, spaces none in Japanese."""
    name = fold(shown_name(first, last))
    return _SPACES.sub(" " if name.isascii() else "", name).strip()


def person_keys(name: str) -> tuple[str, str]:
    """What a whole name may be compared as: as it is shown here, and taken apart ("Smith, John")."""
    return person_key("", name), person_key(*split_name(name))


@lru_cache(maxsize=4096)
def company_key(name: str) -> str:
    """A company's name as it is compared: "(株)" is 株式会社, "Acme, Inc." is "ACME Inc".

    The legal form counts, and its place: みなと株式会社 and 株式会社みなと are two companies.
    """
    key = fold(name)
    for short, form in _FORMS:
        key = key.replace(short, form)
    return _PUNCTUATION.sub("", key)


def deal_key(name: str) -> str:
    return _SPACES.sub(" ", fold(name)).strip()


def stage_key(name: str) -> str:
    return _PUNCTUATION.sub("", fold(name))


_LOST = re.compile(r"\blost\b|closedlost|失注|不成立|不成約|敗戦|見送り|取り?下げ|辞退|未成約")
_WON = re.compile(r"\bwon\b|closedwon|受注|成約|契約済|契約締結|獲得")
# "受注見込" is hope, not a won deal.
_HOPE = re.compile(r"見込|予定|確度|待ち|前$|未|交渉|可能性|not won|not lost")


def stage_state(name: str) -> str:
    """The state that a stage's name speaks of; an unclear one is open, so that no deal is hidden."""
    text = _SPACES.sub(" ", fold(name))
    if _LOST.search(text) and "not lost" not in text:
        return LOST
    if _WON.search(text) and not _HOPE.search(text):
        return WON
    return OPEN
