"""What the demo's people write back to the rep: the words, and the letter around them."""

import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from salesinbox.demo.conversations import Mail
from salesinbox.demo.dates import Calendar
from salesinbox.demo.letters import PROGRAMS, Letter
from salesinbox.demo.people import ME, ME_IN_ENGLISH, PEOPLE, Person
from salesinbox.demo.wording import letter_text, quoted
from salesinbox.formats.quoting import Line, mark

MOST_TURNS = 3
"""How often somebody answers in one thread: nobody wants to have the last word for ever."""

# What is answered to.
ASKED, FILES, TOLD, AGAIN, LAST = "asked", "files", "told", "again", "last"

_FROM_CUSTOMERS = {
    ("ja", ASKED): (
        "ご質問の件、承知いたしました。\n社内で確認のうえ、{d+2}までにお返事いたします。",
        "ご連絡をお待ちしておりました。\nその件でしたら、{d+3}の午後であれば都合がつきます。詳しくはその際にご相談させてください。",
        "お問い合わせの点は、担当者に聞いてみます。\n明日中にはご回答できる見込みです。",
    ),
    ("ja", FILES): (
        "資料をお送りいただき、ありがとうございます。問題なく開けました。\n{d+2}の定例で共有し、質問をまとめてお返しします。",
        "添付の資料を拝受しました。\n数字の部分をこれから確認します。気になる点があれば、こちらからご連絡いたします。",
    ),
    ("ja", TOLD): (
        "早速のご連絡をありがとうございます。\n内容を確認いたしました。部内で共有し、{d+2}までにあらためてご連絡します。",
        "ご丁寧にありがとうございます。\nこちらの認識とも相違ございません。この内容で社内の調整を進めます。",
        "ご連絡ありがとうございます。\n上長にも共有しました。次回のお打ち合わせで詳しくお聞かせください。",
    ),
    ("ja", AGAIN): (
        "承知いたしました。\nそれでは、その内容でお願いいたします。",
        "迅速なご対応に感謝いたします。\nこちらも準備を進めておきます。",
    ),
    ("ja", LAST): ("確認いたしました。ありがとうございました。\nまた進展がありましたら、こちらからご連絡いたします。",),
    ("en", ASKED): (
        "Let me check with the people here who would know, and I will come back to you by {d+2}.",
        "Yes, I think we can make that work. {d+3} in the afternoon would suit us best, if that is not too late for you.",
        "Give me a day to ask around here, and you will have an answer.",
    ),
    ("en", FILES): (
        "Got the files, and they open fine. I will go through them with the team and send you our questions by {d+2}.",
        "Thanks for the attachment. At first sight it is what we asked for; I will have a proper look tonight.",
    ),
    ("en", TOLD): (
        "Thanks for the quick mail. That all makes sense. I will pass it on and get back to you by {d+2}.",
        "Understood, and no objections from our side. I will let the others know.",
        "That is helpful, thank you. Let us talk it through in our next call.",
    ),
    ("en", AGAIN): (
        "Perfect, let us do it that way.",
        "Clear now, thank you. We will get things ready on our end.",
    ),
    ("en", LAST): ("All noted, nothing open from our side. I will be in touch when there is news.",),
}
_FROM_COLLEAGUES = {
    ("ja", ASKED): (
        "確認します。今日の夕方までに返事をしますね。",
        "その件は把握しています。{d+1}の朝に5分ほど話しましょう。",
    ),
    ("ja", FILES): ("資料、受け取りました。目を通しておきます。",),
    ("ja", TOLD): ("了解です。共有ありがとうございます。", "承知しました。こちらでも進めておきます。"),
    ("ja", AGAIN): ("助かります。その方向でお願いします。",),
    ("ja", LAST): ("了解しました。では、この件は完了ということで。",),
    ("en", ASKED): (
        "Let me look into it. You will hear from me before the end of my day.",
        "I think so. Can we take five minutes on it on {d+1}?",
    ),
    ("en", FILES): ("Got it, will read it over lunch.",),
    ("en", TOLD): ("Thanks for the heads-up, noted.", "Sounds good. I will take it from here."),
    ("en", AGAIN): ("Works for me, go ahead.",),
    ("en", LAST): ("Great, then we are done here.",),
}

_READ = 20_000
"""Characters of the rep's mail that are looked at, and of which a quotation is made."""
_LONGEST_LINE = 160
_LONGEST_SUBJECT = 200
_ANSWERED = re.compile(r"(?:re(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)
_QUESTION = re.compile(r"[?？]|(?:でしょうか|ますか|ですか|ませんか)。?$", re.MULTILINE)
_KANA_AND_IDEOGRAPHS = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uff66-\uff9d]")
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_LETTERS = re.compile(r"[A-Za-z\u00c0-\u024f]")


@dataclass(frozen=True, slots=True)
class Received:
    """The rep's mail as its reader has it. `references` ends with its own id, where it has a usable one."""

    sender: tuple[str, str]
    to: tuple[tuple[str, str], ...]
    subject: str
    text: str
    references: tuple[str, ...]
    files: bool = False


class Wordings:
    """What is said next; each wording comes once before the first one comes again."""

    def __init__(self) -> None:
        self._said: Counter[tuple[bool, str, str]] = Counter()

    def next(self, language: str, situation: str, *, colleague: bool) -> str:
        """Words with the macros of `dates.Calendar.filled` in them."""
        words = (_FROM_COLLEAGUES if colleague else _FROM_CUSTOMERS)[language, situation]
        spoken = self._said[colleague, language, situation]
        self._said[colleague, language, situation] += 1
        return words[spoken % len(words)]


def situation(received: Received, turn: int) -> str:
    """What kind of answer fits; `turn` counts the answers in the thread from 1."""
    if turn >= MOST_TURNS:
        return LAST
    if turn > 1:
        return AGAIN
    if received.files:
        return FILES
    return ASKED if _QUESTION.search(written(received.text)) else TOLD


def language(received: Received, who: Person) -> str:
    """What the rep wrote in, else what its reader speaks: "ja" or "en"."""
    for text in (written(received.text), _ANSWERED.sub("", received.subject, count=1)):
        japanese, latin = len(_KANA_AND_IDEOGRAPHS.findall(text)), len(_LETTERS.findall(text))
        # A Japanese letter may be full of product names, and an English one may name somebody in Japanese.
        if japanese and (8 if _HIRAGANA.search(text) else 2) * japanese >= latin:
            return "ja"
        if latin:
            return "en"
    return who.language


def written(text: str) -> str:
    """What the rep wrote: without quotations and signature."""
    lines = [Line(line, int(line.startswith(">"))) for line in text[:_READ].split("\n")]
    mark(lines)
    return "\n".join(line.text for line in lines if not line.quote and not line.signature)


def answer(
    received: Received,
    who: Person,
    said: str,
    cc: Sequence[Person],
    *,
    moment: datetime,
    message_id: str,
    colleague: bool,
) -> Letter:
    """The letter in which `who` says that. `said`: see `Wordings`; `cc`: who else gets it; `moment` is aware."""
    spoken = language(received, who)
    if spoken == "en" and who.language == "ja":
        who = replace(who, farewell=f"Best regards,\n{_romanised(who)}")
    mail = Mail(who, "0m", Calendar(moment).filled(said, spoken), {})
    first_time = len(received.references) < 2
    text = letter_text(mail.text, mail, [ME], spoken, first_time=first_time, internal=colleague)
    local = moment.astimezone(who.zone).replace(microsecond=0)
    subject = _encodable(_ANSWERED.sub("", received.subject, count=1).strip())[:_LONGEST_SUBJECT]
    before = Letter(
        sender=(_encodable(received.sender[0]), received.sender[1]),
        to=tuple((_encodable(name), address) for name, address in received.to),
        cc=(),
        subject=subject,
        date=local,
        message_id="",
        references=(),
        text=_quotable(received.text),
        language=spoken,
        program=who.program,
    )
    return Letter(
        sender=(who.name, who.address),
        to=((ME.name if spoken == "ja" else ME_IN_ENGLISH, ME.address),),
        cc=tuple((one.name, one.address) for one in cc),
        subject=f"{'RE' if who.program == 'office' else 'Re'}: {subject}".rstrip(),
        date=local,
        message_id=message_id,
        references=received.references,
        text=text + quoted(before, PROGRAMS[who.program].quoting, spoken),
        language=spoken,
        program=who.program,
    )


def _romanised(who: Person) -> str:
    """The family name in Latin letters, which is what the sample's keys are made of."""
    return who.key.capitalize() if who.key in PEOPLE else who.name


def _quotable(text: str) -> str:
    """The text in lines that no header or transport limit breaks (RFC 5321 §4.5.3.1.6)."""
    lines: list[str] = []
    for line in _encodable(text[:_READ]).rstrip().split("\n"):
        lines += textwrap.wrap(line, _LONGEST_LINE) if len(line) > _LONGEST_LINE else [line]
    return "\n".join(lines)


def _encodable(text: str) -> str:
    """The text without what has no place in UTF-8 (lone surrogates)."""
    return text.encode("utf-8", "replace").decode()
