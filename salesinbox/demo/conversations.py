r"""The sample's conversations, read from the text files in `mail/`.

A file is a list of conversations::

    === key | Subject of the first mail
    with: nagata, komiya          who the rep talks to; the first one is written to, the others get copies
    folder: 案件/更新             where incoming mail lies; INBOX if left out
    --- nagata @ 12 10:40 | flag attach=offer.pdf
    What the person wrote, without greeting and signature: those follow from people.py.
    --- me @ 11 9:05
    …

A writer is a key of people.py or "Name <address>". When: see `dates.Calendar.moment`. Options of a mail:

    unread, flag          its flags; all else is read, and what the rep answered later carries \Answered
    bare                  no greeting and farewell;  raw: no signature either
    noquote               nothing of the mail before is quoted
    re=1                  answers the first mail of the conversation, not the one before
    attach=a.pdf,b.png    files (attachments.py)
    to=info  cc=suzuki    recipients, where they are not the obvious ones
    folder=Drafts         where it lies
    kind=…                news, notice, invite, auto, bounce, spoof: what it is beside a letter (mailbox.py)

A conversation without a subject in `arrivals.txt` goes on with the one of that key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from salesinbox.demo.people import PEOPLE, Person

FILES = ("customers-ja", "customers-en", "leads", "colleagues", "others", "bulletins", "unwanted")
ARRIVALS = "arrivals"


@dataclass(frozen=True, slots=True)
class Mail:
    who: Person
    told: str
    text: str
    options: Mapping[str, str]


@dataclass(slots=True)
class Conversation:
    key: str
    subject: str
    settings: dict[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)

    @property
    def partners(self) -> tuple[Person, ...]:
        """Who the rep talks to: as told, else who wrote."""
        if told := self.settings.get("with"):
            return tuple(person(one.strip()) for one in told.split(","))
        return tuple(dict.fromkeys(mail.who for mail in self.mails if mail.who.key != "me"))

    @property
    def language(self) -> str:
        return self.settings.get("lang") or self.partners[0].language


def read(name: str) -> list[Conversation]:
    """The conversations of `mail/<name>.txt`, in the file's order. Raises ValueError for a line out of place."""
    source = files("salesinbox.demo").joinpath("mail", f"{name}.txt").read_text(encoding="utf-8")
    conversations: list[Conversation] = []
    mail: tuple[Person, str, dict[str, str]] | None = None
    lines: list[str] = []

    def finish() -> None:
        if mail:
            who, told, options = mail
            conversations[-1].mails.append(Mail(who, told, "\n".join(lines).strip("\n"), options))

    for line in source.splitlines():
        if line.startswith("=== "):
            finish()
            mail = None
            key, _, subject = line[4:].partition("|")
            conversations.append(Conversation(key.strip(), subject.strip()))
        elif line.startswith("--- "):
            finish()
            lines = []
            writer, _, rest = line[4:].partition("@ ") if "<" not in line else line[4:].partition("> @ ")
            told, _, options = rest.partition("|")
            pairs = (option.partition("=") for option in options.split())
            mail = person(writer.strip()), told.strip(), {name: value or "yes" for name, _, value in pairs}
        elif mail:
            lines.append(line)
        elif line.strip():
            setting, _, value = line.partition(":")
            conversations[-1].settings[setting.strip()] = value.strip()
    finish()
    return conversations


def person(told: str) -> Person:
    """A person by key, or from "Name <address>" (the last bracket may be missing)."""
    if "<" not in told:
        return PEOPLE[told]
    name, _, address = told.rstrip(">").partition("<")
    name, address = name.strip(), address.strip()
    language = "en" if name.isascii() else "ja"
    return Person(address, name, "", address, language=language, program="web", greeting="Hi Nami,")
