"""A sales rep's mailbox for measuring: the same parameters give the same bytes, 20,000 messages in a few seconds.

    FOLDER/Maildir/{cur,new,tmp}   the messages; 10 % unread; their order is that of their dates and file names
    FOLDER/contacts.csv, leads.csv, deals.csv   records of part of the senders
    FOLDER/people.csv   20,000 further contacts, among them most senders that the other files leave out
    FOLDER/made.json    the parameters, written last: with equal ones the folder is used again

Mail is English and Japanese (half ISO-2022-JP, half UTF-8), two in five messages answer another one, three in five
have an HTML alternative, one in twelve an attachment of 5 to 60 KB. Bodies are drawn from pools of paragraphs that
are encoded once, so that a message costs little more than the writing of its file.
"""

import base64
import binascii
import csv
import itertools
import json
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

VERSION = 1
"""Goes up when the same parameters give other bytes."""
OWNER = "rep@zylker.example"
OWN_DOMAIN = "zylker.example"
LAST = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp())
"""When the newest message was sent; each one before it is 13 minutes older."""
STEP = 13 * 60
BIG_FILE = 20_000
"""People in people.csv."""

COMMON_WORD = "offer"
"""In a good third of the English messages."""
RARE_WORD = "quillwort"
"""In five messages, whatever the size."""
JAPANESE = "見積"
"""Two characters, in a good part of the Japanese messages."""
RARE_JAPANESE = "螺鈿"
"""In five messages."""


def _each(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


_USUAL = _each(
    "the to we you and for with our your please of in is on will can this that about next week have from be by"
    " if today would could been like know any further information needed before after thanks tomorrow let me has"
    " meeting contract renewal price quote order delivery invoice schedule update project offer budget review"
    " sample demo support license training question answer plan proposal customer service product team report"
    " agreement deadline shipment warranty feedback change request detail draft version manager office"
    " discount quarter forecast pipeline integration security access account payment terms approval signature"
    " workshop visit travel call agenda minutes summary notes decision option feature release migration"
)
_SYLLABLES = _each(
    "ba be bo ca ce co da de di fa fe ga go ha he ka ki la le li lo ma me mi mo na ne no pa pe ra re ri ro sa"
)
_FIRST = _each(
    "Alice Bruno Carla David Emma Felix Grace Henry Ingrid James Karen Liam Maria Noah Olga Peter Quinn Rosa Simon"
    " Tara Ulrich Vera Walter Xenia Yusuf Zoe"
)
_LAST = _each(
    "Adams Baker Carter Dawson Ellis Foster Grant Hughes Irving Jensen Keller Lambert Mason Norton Osborn Parker Quigley"
    " Reed Sutton Turner Underhill Vance Weber Young"
)
_FAMILY = _each("佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 永田 志村 寺崎 服部 滝沢 岩崎 橋本 大野")
_GIVEN = _each("達郎 奈美 健二 ひなこ 勉 美咲 翔太 由紀 大輔 恵子 直樹 さくら 誠 陽子 拓也 千尋 浩一 真由美 亮 彩")
_SUBJECTS = _each(
    "お見積りのご依頼,資料送付の件,次回お打ち合わせの日程,ご契約更新について,納期のご確認,製品デモのお願い,請求書の送付,"
    "導入スケジュールのご相談,価格表の送付依頼,サポート窓口について,展示会のご案内,ライセンス数の変更",
    ",",
)
_TOPICS = _each(
    "お見積り,ご契約,納品の日程,製品の仕様,導入の計画,次回の打ち合わせ,保守サービス,価格の改定,ライセンスの追加,操作研修,"
    "請求書の宛先,検収の条件,データの移行,セキュリティの確認,デモ環境,予算の承認",
    ",",
)
_ENDINGS = _each(
    "につきまして、ご確認をお願いいたします。,について、社内で検討しております。,の件で、明日お電話いたします。,"
    "に関する資料を添付いたしました。,は来週までにご返答いたします。,について、ご不明な点がございましたらお知らせください。,"
    "の変更をお願いできますでしょうか。,が決まりましたら、改めてご連絡いたします。",
    ",",
)


@dataclass(frozen=True, slots=True)
class Person:
    kind: str
    """deal, contact, lead, colleague or unknown."""
    name: str
    address: str
    company: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    folder: Path
    count: int
    subjects: tuple[str, ...]
    """Of the newest 200 messages, newest first, as far as they are ASCII: what a screen shows when mail is there."""

    @property
    def maildir(self) -> Path:
        return self.folder / "Maildir"

    def records(self) -> Iterator[tuple[str, Path]]:
        """Kinds and files in the order in which they are imported."""
        for kind in ("contacts", "leads", "deals"):
            yield kind, self.folder / f"{kind}.csv"

    @property
    def people(self) -> Path:
        return self.folder / "people.csv"


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A text in the encodings that messages have: [0] ISO-2022-JP (or ASCII), [1] UTF-8."""

    plain: tuple[bytes, bytes]
    html: tuple[bytes, bytes]


def mailbox(folder: Path, count: int, *, seed: int = 7) -> Mailbox:
    """The mailbox in `folder`, made unless it is there already with these parameters."""
    made = folder / "made.json"
    wanted = {"version": VERSION, "count": count, "seed": seed}
    if made.exists():
        found = json.loads(made.read_text())
        if found["parameters"] == wanted:
            return Mailbox(folder, count, tuple(found["subjects"]))
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("cur", "new", "tmp"):
        (folder / "Maildir" / part).mkdir(parents=True)
    chance = random.Random(f"{seed} {count}")
    people = _people(chance, max(300, min(12_000, count // 7)))
    subjects = _write_messages(folder / "Maildir" / "cur", count, people, chance)
    _write_records(folder, people)
    made.write_text(json.dumps({"parameters": wanted, "subjects": subjects}))
    return Mailbox(folder, count, tuple(subjects))


def message(number: int, subject: str) -> bytes:
    """One message more, from a sender of the mailbox: what is delivered while a measurement runs."""
    return (
        f"From: Vera Keller <p{number % 40}@company{number % 40}.example>\r\nTo: Rep <{OWNER}>\r\n"
        f"Subject: {subject}\r\nDate: {format_datetime(datetime.fromtimestamp(LAST + 600 + number, UTC))}\r\n"
        f"Message-ID: <new.{number}.{subject.replace(' ', '-')}@company.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nPlease call me about the offer today.\r\n"
    ).encode()


def _people(chance: random.Random, number: int) -> list[Person]:
    kinds = ("deal", "contact", "lead", "colleague", "unknown")
    found = []
    for i in range(number):
        (kind,) = chance.choices(kinds, (10, 20, 15, 5, 50))
        if i % 3 == 0:
            name = f"{chance.choice(_FAMILY)} {chance.choice(_GIVEN)}"
        else:
            name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        company = f"company{chance.randrange(number // 5)}"
        domain = OWN_DOMAIN if kind == "colleague" else f"{company}.example"
        found.append(Person(kind, name, f"p{i}@{domain}", company.title()))
    return found


def _words(chance: random.Random) -> list[str]:
    """From the most to the least usual: a language's usual slope, with a long tail of names and terms."""
    rare = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) + chance.choice("nrstl") for _ in range(4000)}
    return [*_USUAL, *sorted(rare)]


def _sentence(chance: random.Random, words: Sequence[str], length: int) -> str:
    return " ".join(words[int(len(words) * chance.random() ** 2.5)] for _ in range(length))


def _paragraph(text: str) -> _Paragraph:
    html = f'<p style="margin:0 0 1em;font-family:Calibri,sans-serif;font-size:11pt">{text}</p>\r\n'
    plain = "\r\n".join(text[i : i + 72] for i in range(0, len(text), 72)) if not text.isascii() else _fill(text)
    return _Paragraph((plain.encode("iso-2022-jp"), plain.encode()), (html.encode("iso-2022-jp"), html.encode()))


def _fill(text: str) -> str:
    lines, line = [], ""
    for word in text.split(" "):
        if len(line) + len(word) > 72:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\r\n".join([*lines, line])


def _encoded_word(text: str, charset: str) -> str:
    """RFC 2047, in pieces short enough for one line each."""
    if text.isascii():
        return text
    pieces = [text[i : i + 12] for i in range(0, len(text), 12)]
    return "\r\n ".join(f"=?{charset}?B?{base64.b64encode(p.encode(charset)).decode()}?=" for p in pieces)


_STYLE = b"<html><head><style>p{color:#333} .x{display:none}</style></head><body><div>\r\n"


def _part(kind: bytes, charset: str, content: bytes) -> bytes:
    if charset == "utf-8":
        if kind == b"plain":
            encoding, content = b"base64", base64.encodebytes(content).replace(b"\n", b"\r\n")
        else:
            encoding, content = b"quoted-printable", binascii.b2a_qp(content, istext=True)
    else:
        encoding = b"7bit"
    return b"Content-Type: text/%b; charset=%b\r\nContent-Transfer-Encoding: %b\r\n\r\n%b\r\n" % (
        kind, charset.encode(), encoding, content,
    )  # fmt: skip


def _write_messages(cur: Path, count: int, people: Sequence[Person], chance: random.Random) -> list[str]:
    words = _words(chance)
    english = [_paragraph(_sentence(chance, words, chance.randint(30, 90)).capitalize() + ".") for _ in range(1500)]
    japanese = [
        _paragraph("".join(chance.choice(_TOPICS) + chance.choice(_ENDINGS) for _ in range(chance.randint(3, 8))))
        for _ in range(600)
    ]
    attachment = base64.encodebytes(chance.randbytes(57 * 4000)).replace(b"\n", b"\r\n")
    line = 78  # octets of each encoded line with its end
    addresses = [
        [f"{_encoded_word(person.name, charset)} <{person.address}>" for charset in ("iso-2022-jp", "utf-8")]
        for person in people
    ]
    recent: list[tuple[str, str, str]] = []
    newest: list[str] = []
    rare = max(1, count // 5)
    for i in range(count):
        who = min(int(chance.expovariate(8 / len(people))), len(people) - 1)
        is_japanese = i % 3 == 0
        modern = not is_japanese or i % 2 == 0
        charset = ("utf-8" if modern else "iso-2022-jp") if is_japanese else "us-ascii"
        sent = LAST - (count - 1 - i) * STEP
        identity = f"<{i}.{chance.getrandbits(40):x}@{people[who].address.partition('@')[2]}>"
        if recent and chance.random() < 0.45:
            parent, subject, references = chance.choice(recent)
            # Mailers cut long chains; the first one and the newest stay.
            references = " ".join(dict.fromkeys([*references.split()[:1], *references.split()[-18:], parent]))
            subject = subject if subject.startswith("Re: ") else f"Re: {subject}"
            threading = f"In-Reply-To: {parent}\r\nReferences: {references.replace(' ', chr(13) + chr(10) + ' ')}\r\n"
        else:
            references = threading = ""
            subject = (
                f"{chance.choice(_SUBJECTS)} {i}"
                if is_japanese
                else _sentence(chance, words, chance.randint(3, 7)).capitalize() + f" {i}"
            )
        recent.append((identity, subject, references))
        if len(recent) > 500:
            recent = recent[-400:]
        if i >= count - 200 and subject.isascii():
            newest.append(subject)
        pool = japanese if is_japanese else english
        paragraphs = [chance.choice(pool) for _ in range(chance.randint(1, 6))]
        notes = [f"Ref ZK-{i:06d}"]
        if i % rare == rare // 2:
            notes += [RARE_WORD] if not is_japanese else []
        last = _paragraph(" ".join(notes))
        if i % rare == rare // 3:
            last = _paragraph(f"{RARE_JAPANESE} {RARE_WORD}" if is_japanese else RARE_WORD)
        paragraphs.append(last)
        which = 1 if modern else 0
        body = _part(b"plain", charset, b"\r\n\r\n".join(p.plain[which] for p in paragraphs))
        if chance.random() < 0.6:
            html = _STYLE + b"".join(p.html[which] for p in paragraphs) + b"</div></body></html>\r\n"
            bound = b"=_alt_%d" % i
            body = b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n--%b\r\n%b--%b\r\n%b--%b--\r\n' % (
                bound,
                bound,
                body,
                bound,
                _part(b"html", charset, html),
                bound,
            )
        if chance.random() < 0.08:
            lines = chance.randint(5000, 60000) // 57
            first = chance.randrange(4000 - lines)
            bound = b"=_mix_%d" % i
            name = f"quote{i}.pdf"
            body = (
                b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n%b--%b\r\n'
                b'Content-Type: application/pdf; name="%b"\r\nContent-Transfer-Encoding: base64\r\n'
                b'Content-Disposition: attachment; filename="%b"\r\n\r\n%b--%b--\r\n'
                % (
                    bound, bound, body, bound, name.encode(), name.encode(),
                    attachment[first * line : (first + lines) * line], bound,
                )
            )  # fmt: skip
        head = (
            f"Return-Path: <{people[who].address}>\r\n"
            f"Received: from mx{who % 9}.example (mx{who % 9}.example [192.0.2.{who % 250}])\r\n"
            f"\tby imap.{OWN_DOMAIN} with ESMTPS id {chance.getrandbits(48):x}\r\n"
            f"\tfor <{OWNER}>; {format_datetime(datetime.fromtimestamp(sent + 4, UTC))}\r\n"
            f"From: {addresses[who][which]}\r\nTo: Rep <{OWNER}>\r\n"
            f"Subject: {_encoded_word(subject, charset if is_japanese else 'utf-8')}\r\n"
        )
        raw = (
            f"{head}Date: {format_datetime(datetime.fromtimestamp(sent, UTC))}\r\nMessage-ID: {identity}\r\n{threading}"
            "MIME-Version: 1.0\r\n"
        ).encode() + body
        name = f"{1_700_000_000 + i}.M{i}.bench,S={len(raw)}:2,{'S' if chance.random() < 0.9 else ''}"
        path = cur / name
        path.write_bytes(raw)
        os.utime(path, (sent + 5, sent + 5))
    return newest[::-1]


def _table(path: Path, head: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(itertools.chain([head], rows))


_PERSON = ("First Name", "Last Name", "Email", "Company", "Title", "Phone")


def _person(person: Person) -> Sequence[str]:
    first, _space, last = person.name.partition(" ")
    if not first.isascii():
        first, last = last, first
    return (first, last, person.address, person.company, "Buyer", "+81 3 5550 0100")


def _write_records(folder: Path, people: Sequence[Person]) -> None:
    known = [person for person in people if person.kind in ("deal", "contact")]
    _table(folder / "contacts.csv", _PERSON, map(_person, known))
    _table(folder / "leads.csv", _PERSON, map(_person, (p for p in people if p.kind == "lead")))
    _table(
        folder / "deals.csv",
        ("Deal Name", "Company", "Contact Email", "Stage", "Amount", "Currency", "Closing Date"),
        (
            (f"Deal {i}", p.company, p.address, "Proposal", 10_000 * (i % 90 + 1), "JPY", f"2027-0{i % 9 + 1}-28")
            for i, p in enumerate(p for p in people if p.kind == "deal")
        ),
    )
    strangers = [asdict(person) for person in people if person.kind == "unknown"]
    senders = [Person(**stranger) for stranger in strangers[: len(strangers) * 4 // 5]]
    others = (
        Person(
            "contact",
            f"{_FIRST[i % len(_FIRST)]} {_LAST[i % len(_LAST)]}",
            f"n{i}@firm{i % 900}.example",
            f"Firm{i % 900}",
        )
        for i in range(BIG_FILE - len(senders))
    )
    _table(folder / "people.csv", _PERSON, map(_person, itertools.chain(senders, others)))
