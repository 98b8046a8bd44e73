"""`salesinbox list`, `search` and `why`: the mail as the board has it."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.cli.parser import positive
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language, ngettext
from salesinbox.model.board import ME, VIEW_NAMES, Card
from salesinbox.model.errors import Exit
from salesinbox.model.search import NEWEST, RELEVANCE
from salesinbox.model.text import clip, safe, safe_block, width

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.wiring import Application

SEARCH_LIMIT = 100
_PREVIEW = 28


def add(commands: "Commands", shared: "Parser") -> None:
    listing = commands.add_parser(
        "list",
        parents=[shared],
        help=_("list threads, newest first"),
        description=_("Lists threads, newest first; without an option all mail but spam and trash."),
        epilog=_("Marks: N unread, ! flagged, r answered, @ attachment, ? sender not proved."),
    )
    listing.add_argument(
        "--column", metavar=_("COLUMN"), help=_("deals, people, colleagues, unknown, or one of your own")
    )
    listing.add_argument(
        "--view", metavar=_("VIEW"), help=_("one of: {names}; or one of your own").format(names=", ".join(VIEW_NAMES))
    )
    listing.add_argument("--folder", metavar=_("FOLDER"), help=_("a folder, or ACCOUNT:FOLDER"))
    listing.add_argument("--limit", type=positive, metavar="N", help=_("at most so many"))
    listing.set_defaults(run=run_list)

    search = commands.add_parser(
        "search",
        parents=[shared],
        help=_("find threads by words"),
        description=_(
            'Finds threads. Words must all occur; "a phrase", -not, OR and brackets; from: to: cc: subject: body: '
            "in: label: is: has: filename: before: after: on: newer_than: older_than: larger: column: deal: company: "
            "stage: amount: closing: kind: source: owner: tag: list: – a query that begins with - comes after --"
        ),
    )
    search.add_argument("query", nargs="+", metavar=_("QUERY"), help=_("what to look for"))
    search.add_argument("--relevance", action="store_true", help=_("the best matches first, not the newest"))
    search.add_argument(
        "--limit",
        type=positive,
        default=SEARCH_LIMIT,
        metavar="N",
        help=_("at most so many; {n} if left out").format(n=SEARCH_LIMIT),
    )
    search.set_defaults(run=run_search)

    why = commands.add_parser(
        "why",
        parents=[shared],
        help=_("tell why a thread is in its column"),
        description=_("Tells the rule, the record and the address that put a thread into its column."),
    )
    why.add_argument("id", metavar="ID", help=_("a thread, as list prints it"))
    why.set_defaults(run=run_why)


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        board = application.board
        cards = board.cards(arguments.column, arguments.view, arguments.folder, arguments.limit)
        if application.fleeting is not None and application.fleeting.wants:
            application.content.fill(application.fleeting)
            cards = board.cards(arguments.column, arguments.view, arguments.folder, arguments.limit)
        if arguments.json:
            zone = application.settings.me.zone
            output.array(output.card(*pair, zone) for pair in zip(cards, board.reasons(cards), strict=True))
        else:
            _print_cards(application, [(card, "") for card in cards])
    return Exit.DONE


def run_search(arguments: argparse.Namespace) -> int:
    query = arguments.query[0] if len(arguments.query) == 1 else " ".join(_quoted(arguments.query))
    with opened(arguments) as application:
        # One more than is wanted tells whether there are more.
        order = RELEVANCE if arguments.relevance else NEWEST
        found = application.search.find(query, arguments.limit + 1, order)
        more, found = len(found) > arguments.limit, found[: arguments.limit]
        if arguments.json:
            output.array(_hits(application, found))
        else:
            _print_cards(application, found)
    if more:
        n = arguments.limit
        text = ngettext("Only the first {n} is shown; see --limit.", "Only the first {n} are shown; see --limit.", n)
        print(text.format(n=formatting.number(n)), file=sys.stderr)
    return Exit.DONE


def run_why(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        why = application.board.why(arguments.id)
    if arguments.json:
        output.document(
            {
                "column": why.column,
                "reason": why.reason,
                "rule": why.rule,
                "record": why.record,
                "address": why.address,
                "also": list(why.also),
                "link": why.link,
            }
        )
    else:
        print(safe_block(f"{why.column}: {why.reason} {why.link}".rstrip()))
    return Exit.DONE


def _quoted(words: Sequence[str]) -> list[str]:
    """Words as the shell has taken them apart: what it kept together was quoted, and stays a phrase."""
    return [_phrase(word) for word in words]


def _phrase(word: str) -> str:
    if " " not in word or '"' in word or word[0] in "(-" or " OR " in word:
        return word
    field, colon, rest = word.partition(":")
    return f'{field}:"{rest}"' if colon and field.isidentifier() else f'"{word}"'


def _hits(application: "Application", found: Iterable[tuple[Card, str]]) -> Iterable[dict[str, Any]]:
    zone = application.settings.me.zone
    pairs = list(found)
    reasons = application.board.reasons([card for card, _snippet in pairs])
    for (card, snippet), reason in zip(pairs, reasons, strict=True):
        yield {**output.card(card, reason, zone), "snippet": snippet}


def _print_cards(application: "Application", found: Sequence[tuple[Card, str]]) -> None:
    now, zone, speech = application.now(), application.settings.me.zone, language()
    columns = [
        output.Column(_("Id")),
        output.Column(""),
        output.Column(_("Time"), right=True),
        output.Column(_("Column"), 10),
        output.Column(_("From"), _PREVIEW),
        output.Column(_("Subject")),
    ]
    rows = []
    for card, snippet in found:
        time = formatting.clock(card.date, now, zone, speech)
        subject = f"{_deal(card, speech)}{card.subject or _('(no subject)')}"
        if snippet:
            subject += f"  · {snippet}"
        rows.append((card.id, _marks(card), time, card.column, _people(card), subject))
    output.table(columns, rows)


def _deal(card: Card, speech: str) -> str:
    if card.deal is None:
        return ""
    amount = formatting.money(card.deal.amount, card.deal.currency, speech)
    return f"[{' '.join(part for part in (amount, card.deal.stage) if part)}] "


def _marks(card: Card) -> str:
    return "".join(
        mark if on else " "
        for mark, on in (
            ("N", card.unread),
            ("!", card.flagged),
            ("r", card.answered),
            ("@", card.attachments),
            ("?", bool(card.warning)),
        )
    )


def _people(card: Card) -> str:
    """Who takes part, and how many messages there are: "永田 達郎, me (3)"."""
    names = ", ".join(_("me") if name == ME else name for name in card.people) or card.sender_address
    if card.messages < 2:
        return names
    number = f" ({formatting.number(card.messages)})"
    if output.terminal_width() is None:
        return names + number
    # Cut here, so that the number is not what is cut.
    return clip(safe(names), _PREVIEW - width(number)) + number
