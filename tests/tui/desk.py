"""A small working set of services in memory: many cards, English and Japanese, for the interface's tests."""

import bisect
import threading
from dataclasses import dataclass, field, replace

from salesinbox.model.agenda import Agenda
from salesinbox.model.board import AMOUNT, CLOSING_DATE, COLUMNS, NEWEST, VIEW_NAMES, Card, ColumnHead, ViewCount, Why
from salesinbox.model.errors import NetworkError, UsageError
from salesinbox.model.mail import Address, Attachment, Flag, ThreadMessage
from salesinbox.model.operations import FolderChoice, Outcome
from salesinbox.model.pane import Exchange, Pane
from salesinbox.model.records import Deal, DealBrief
from salesinbox.model.status import AccountStatus, FolderStatus
from salesinbox.model.text import safe
from salesinbox.services.reading import ReadingService

NOW = 1_795_500_000  # 2026-11-24 06:00 UTC
TITLES = dict(zip(COLUMNS, ("Deals", "Contacts & leads", "Colleagues", "Not in CRM"), strict=True))
NAMES = (
    "永田 達郎",
    "志村 達夫",
    "鈴木 ほなみ",
    "Twitter",
    "服部 勉",
    "寺崎 ひなこ",
    "滝沢 健二",
    "岩崎 辰徳",
    "Maria Fernandez-Oliveira",
    "Bob Stone",
    "Ωmega Ltd.",
    "Nguyễn Văn An",
)
SUBJECTS = (
    "Re: 資料ダウンロードのお礼とご案内",
    "【開催決定】12/2-12/3 展示会のお知らせ",
    "Re: 問い合わせ返答",
    "Your weekly digest",
    "Re: Re: 価格表送付依頼",
    "製品について教えてください",
    "手続き依頼 ライトプラン",
    "決算レポートの共有",
    "Quote for 40 seats",
    "Lunch on Friday?",
    "[sales] Re: [/] done",
    "Kick-off: agenda & who brings what, part two of three",
)
MESSAGES = {"me": Address("橋本 奈美", "hashimoto@zylker.example")}


def make(row: int, column: str, date: int, **fields) -> Card:
    name = NAMES[row * 7 % len(NAMES)]
    deal = None
    if column == "deals":
        deal = DealBrief(
            f"d{row}",
            "Web刷新",
            str(250_000 * (row % 17 + 1)),
            "JPY" if row % 3 else "USD",
            ("提案", "見積", "Negotiation")[row % 3],
            f"2026-{11 + row % 2}-{row % 27 + 1:02}",
        )
    given = {
        "id": f"t{row}",
        "row": row,
        "account": "work",
        "column": column,
        "people": (name,),
        "sender_name": name,
        "sender_address": f"person{row}@minato.example",
        "subject": SUBJECTS[row * 5 % len(SUBJECTS)],
        "date": date,
        "messages": 1 + row % 4,
        "unread": row % 5 == 0,
        "flagged": row % 11 == 3,
        "answered": row % 7 == 2,
        "attachments": row % 6 == 1,
        "deal": deal,
        "closing_this_month": bool(deal and deal.closing[:7] == "2026-11"),
        "warning": "auth-failed" if row % 23 == 9 else "",
        "sort": date,
    }
    return Card(**(given | fields))


class DeskReading(ReadingService):
    """Reads messages as the board does; their HTML comes from the desk."""

    def __init__(self, html):
        self.html = html

    def _html(self, message):
        return self.html.get(message.id, "")


class DeskInvitations:
    """Calendars by message; what was answered is kept, and answered again as often as one likes."""

    def __init__(self):
        self.calendars = {}
        self.given = {}

    def read(self, message_id):
        from salesinbox.formats import invitations

        return invitations.read(self.calendars.get(message_id, ""))

    def answered(self, message_id):
        return (self.given[message_id][0], "pending") if message_id in self.given else None

    def may_answer(self, invitation):
        return invitation.answerable

    def answer(self, message_id, answer, comment=""):
        self.given[message_id] = (answer, comment)
        return f"{answer}: told."


class DeskContent:
    """Contents of messages and of their parts; everything is here at once, unless `gate` is closed."""

    def __init__(self):
        self.sources = {}
        self.parts = {}
        self.opened = []
        self.gate = threading.Event()
        self.gate.set()

    def _wait(self):
        assert self.gate.wait(10)

    def source(self, message_id, *, stopped=bool):
        self._wait()
        if message_id not in self.sources:
            raise NetworkError("work: there is no connection to the server. It is tried again by itself.")
        return self.sources[message_id]

    def headers(self, message_id, *, stopped=bool):
        return self.source(message_id).split(b"\r\n\r\n")[0].decode("utf-8", "replace")

    def view(self, message_id, part, *, stopped=bool):
        self._wait()
        return self.parts[message_id, part].decode()

    def image(self, message_id, part, cells, points, *, stopped=bool):
        self._wait()
        return [[(250, 10, 10), (10, 10, 250)], [(10, 250, 10), (0, 0, 0)]]

    def save(self, message_id, part, folder, *, stopped=bool):
        self._wait()
        return self._kept(folder / f"part-{part}.bin", self.parts[message_id, part])

    def save_all(self, message_id, folder, *, stopped=bool):
        return [self.save(message, part, folder) for message, part in self.parts if message == message_id]

    def open_with_system(self, message_id, part, *, stopped=bool):
        self._wait()
        self.opened.append((message_id, part))

    def _kept(self, path, data):
        path.write_bytes(data)
        return path


class DeskSearch:
    """Finds cards by their subject or sender, in the thread that asks; keeps searches in a list."""

    def __init__(self, desk):
        self.desk = desk
        self.last = ""
        self.kept = []

    def typing(self, answered):
        self.answered = answered
        return self

    def ask(self, text, order, limit):
        from salesinbox.model.search import Found, Marked, Results

        found = [
            Found(card, f"m{card.row}0", card.date, Marked(safe(card.sender_name)), Marked(safe(card.subject), ((0, 1),)),
                  Marked(safe(f"… {card.subject} …")))
            for card in self.desk.cards
            if text.lower() in card.subject.lower() or text in card.sender_name
        ]  # fmt: skip
        self.answered(Results(text, order, tuple(found[:limit]), more=len(found) > limit, total=len(found)))

    def close(self):
        pass

    def saved(self):
        return self.kept


class DeskActions:
    """Takes note of what is marked as read; acting is tried on a real database elsewhere."""

    def __init__(self):
        self.marked = []

    @property
    def writer(self):
        raise UsageError("Nothing is written on this desk.")

    def mark(self, ids, mark):
        self.marked.append((tuple(ids), mark))
        return Outcome(tuple(ids))

    def folders(self, account=None):
        return [
            FolderChoice(f"f{n}", "work", name, "", True, n, 0) for n, name in enumerate(("INBOX", "受注/2026年度"))
        ]


class DeskAgenda:
    """Nothing is due, unless a test says so; changing is tried on a real database elsewhere."""

    def __init__(self):
        self.found = Agenda()

    def counts(self):
        return len(self.found.overdue), len(self.found.today)

    def due(self):
        return self.found

    def ics(self, ids=()):
        return "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


class DeskLinks:
    """Every thread may be linked to these; nothing is."""

    def __init__(self):
        self.found = []

    def choices(self, id, typed="", limit=20):
        return [choice for choice in self.found if typed.lower() in choice.name.lower()][:limit]

    def of(self, id):
        return []


@dataclass
class Desk:
    """Board, mail, records, accounts and live in one. Change `cards` and count `changes` up to make news."""

    cards: list[Card] = field(default_factory=list)
    changes: int = 1
    threads: dict[str, list[ThreadMessage]] = field(default_factory=dict)
    overridden: list[tuple] = field(default_factory=list)
    asked: int = 0
    synced: bool = True
    reads: int = 0
    html: dict[str, str] = field(default_factory=dict)
    """The HTML of messages by their id."""
    invitations: DeskInvitations = field(default_factory=DeskInvitations)
    content: DeskContent = field(default_factory=DeskContent)
    pushed: int = 0
    only: str = ""
    """The account that the board is narrowed to."""
    fleeting: None = None

    def __post_init__(self):
        self.actions = DeskActions()
        self.agenda = DeskAgenda()
        self.links = DeskLinks()
        self.search = DeskSearch(self)

    @property
    def reading(self):
        return DeskReading(self.html)

    @classmethod
    def filled(cls, each: int = 300) -> "Desk":
        return cls(
            [
                make(4 * n + place + 1, column, NOW - 600 - n * 5400 - place * 700)
                for place, column in enumerate(COLUMNS)
                for n in range(each)
            ]
        )

    # board
    def _sorted(self, view, column, order):
        def sort(card):
            if order == AMOUNT:
                return int(card.deal.amount) if card.deal else 0
            if order == CLOSING_DATE:
                return int(card.deal.closing.replace("-", "")) if card.deal else 99999999
            return card.date

        chosen = [
            replace(card, sort=sort(card))
            for card in self.cards
            if card.column == column and (view != "unread" or card.unread) and view not in ("trash", "spam")
        ]
        return sorted(chosen, key=lambda card: (card.sort, card.row), reverse=order in (NEWEST, AMOUNT)), order in (
            NEWEST,
            AMOUNT,
        )

    def _place(self, cards, falling, key):
        sign = -1 if falling else 1
        return bisect.bisect_left([(sign * c.sort, sign * c.row) for c in cards], (sign * key[0], sign * key[1]))

    def page(self, view, column, order, limit, *, after=None, before=None):
        self.reads += 1
        cards, falling = self._sorted(view, column, order)
        if before is not None:
            end = len(cards) if before == (-1, -1) else self._place(cards, falling, before)
            return cards[max(0, end - limit) : end]
        start = 0
        if after is not None:
            start = self._place(cards, falling, after)
            start += start < len(cards) and (cards[start].sort, cards[start].row) == after
        return cards[start : start + limit]

    def at(self, view, column, order, key, limit):
        cards, falling = self._sorted(view, column, order)
        start = self._place(cards, falling, key)
        return cards[start : start + limit]

    def rank(self, view, column, order, key):
        cards, falling = self._sorted(view, column, order)
        return self._place(cards, falling, key)

    def heads(self, view):
        return [
            ColumnHead(c, TITLES[c], len(found := self._sorted(view, c, NEWEST)[0]), sum(x.unread for x in found))
            for c in COLUMNS
        ]

    def views(self):
        rows = [ViewCount(name, name.replace("-", " ").capitalize()[:9], len(self.cards), 16) for name in VIEW_NAMES]
        return [*rows, ViewCount("folder 1", "INBOX", 100, 3), ViewCount("folder 2", "受注/2026年度", 9, 0)]

    def card(self, id):
        return next((card for card in self.cards if card.id == id), None)

    def some_cards(self, ids):
        return [card for card in map(self.card, ids) if card is not None]

    def ids(self, view, column, limit=5000, order=NEWEST):
        return [card.id for card in self._sorted(view, column, order)[0]][:limit]

    def within(self, view, ids):
        return {card.id for column in COLUMNS for card in self._sorted(view, column, NEWEST)[0]} & set(ids)

    def untold(self):
        return False

    def pending(self):
        return 0

    def due(self):
        return False

    def why(self, id):
        card = self.card(id)
        return Why(
            card.column,
            f"{card.sender_address} is a contact on the open deal Web刷新.",
            "open-deal",
            "p3",
            card.sender_address,
            ("people",),
            card.warning,
        )

    def override(self, id, scope, column):
        self.overridden.append((id, scope, column))
        moved = self.card(id)
        if column is not None:
            self.cards = [replace(c, column=column) if c.id == moved.id else c for c in self.cards]
        self.changes += 1
        return 1

    def revision(self):
        return self.changes

    # mail
    def thread(self, id):
        if id in self.threads:
            return self.threads[id]
        card = self.card(id)
        body = (
            "お世話になっております。\n\n資料をお送りします。ご確認のほど、よろしくお願いいたします。\n\n"
            + "word " * 60
        )
        return [
            ThreadMessage(
                f"m{card.row}{n}",
                f"<{card.row}.{n}@x>",
                Address(card.sender_name, card.sender_address),
                (MESSAGES["me"],),
                (),
                card.date - 3600 * (card.messages - n),
                card.subject,
                Flag.SEEN if n < card.messages - 1 or not card.unread else Flag.NONE,
                "INBOX",
                body + f"\n\n> quoted line {n}\n> 引用",
                (Attachment("見積書.pdf", "application/pdf", 120_345, "2"),) if card.attachments else (),
                body_here=True,
                mine=n % 2 == 1,
            )
            for n in range(card.messages)
        ]

    # records
    def pane(self, thread_id):
        card = self.card(thread_id)
        if card.column == "unknown":
            return Pane(
                "unknown",
                card.sender_name,
                card.sender_address,
                mails=1,
                exchanges=(Exchange(card.id, card.date, False, card.subject),),
            )
        deals = ()
        if card.deal:
            deals = (
                Deal(
                    card.deal.id,
                    "Web刷新 2026 フェーズ2",
                    "c1",
                    "みなとみらい商事",
                    card.deal.amount,
                    card.deal.currency,
                    card.deal.stage,
                    "open",
                    card.deal.closing,
                    ("p1",),
                    NOW,
                ),
                Deal(
                    "d9999",
                    "保守契約",
                    "c1",
                    "みなとみらい商事",
                    "120000",
                    "JPY",
                    "受注",
                    "won",
                    "2025-03-31",
                    ("p1",),
                    NOW,
                ),
            )
        kind = {"deals": "contact", "people": "lead", "colleagues": "colleague"}[card.column]
        return Pane(
            kind,
            card.sender_name,
            card.sender_address,
            ("t.nagata@gmail.example",),
            "部長",
            "みなとみらい商事",
            "03-1234-5678",
            "展示会",
            "p1",
            "",
            deals,
            card.deal.id if card.deal else "",
            tuple(Exchange(f"t{n}", card.date - n * 86400, n % 2 == 1, SUBJECTS[n]) for n in range(4)),
            27,
            ("高橋 美咲", "Tom Baker"),
            card.warning,
        )

    # accounts
    def status(self):
        folder = FolderStatus("INBOX", "inbox", 20118, 20118 if self.synced else 4200, 20118, NOW - 30, "", 0)
        return [
            AccountStatus("work", "hashimoto@zylker.example", "watching" if self.synced else "syncing", "", (folder,))
        ]

    # live
    def connect(self):
        return False

    def fileno(self):
        return -1

    def events(self):
        return []

    def close(self):
        pass

    def ask_sync(self):
        self.asked += 1

    def ask_push(self):
        self.pushed += 1

    def ensure_process(self):
        pass

    def arrive(self, column="deals", date=NOW, **fields):
        """New mail in a thread of its own."""
        row = max((card.row for card in self.cards), default=0) + 1
        card = make(row, column, date, **fields)
        self.cards.append(card)
        self.changes += 1
        return card
