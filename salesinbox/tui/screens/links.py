"""The links of a message: opened or copied by number; what is wrong with one is said in words (READ-2, READ-7)."""

from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.reading import LOOK_ALIKE, OTHER_ADDRESS, Link
from salesinbox.model.text import safe
from salesinbox.services import desktop
from salesinbox.tui.message_lines import Part
from salesinbox.tui.navigation import LINKS
from salesinbox.tui.screens.listing import Item, Listing
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.sheet import Sheet
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from salesinbox.tui.app import Board

_LONGEST = 8_000
"""Characters of an address that are shown; a longer one is data, not a place."""


def links(board: "Board", found: "Sequence[Link]") -> Listing:
    """The list; the address under the cursor is told in full."""
    items = [
        Item(
            str(link.number),
            safe(link.text, 200) or safe(link.address, 200),
            desktop.host(link.address),
            (*((("warning", sentence),) if (sentence := warning(board, link)) else ()), ("text", _shown(link.address))),
            link,
            "warning" if link.warning else "text",
        )
        for link in found
    ]
    return Listing(
        board, LINKS, _("Links"), items,
        {"open": lambda link: follow(board, link), "copy-link": lambda link: copy(board, link)},
    )  # fmt: skip


def warning(board: "Board", link: Link) -> str:
    """What is wrong with a link, in words; "" for nothing (READ-7)."""
    sentence = safe(board.reading.warning(link), 600)
    return f"! {sentence}" if sentence else ""


def follow(board: "Board", link: Link) -> None:
    """Open it where there is a desktop, after one more question for a marked one; else show the address."""
    if reason := desktop.absent():
        board.copy_to_clipboard(_shown(link.address))
        reason += " " + _("The address has been copied, if your terminal takes copies:")
        board.push_screen(in_full(board, link, reason))
    elif link.warning:
        board.push_screen(_sure(board, link))
    else:
        _open(board, link)


def copy(board: "Board", link: Link) -> None:
    """To the rep's own clipboard, through the terminal; and shown, for some terminals drop it on the way."""
    address = _shown(link.address)
    board.copy_to_clipboard(address)
    board.say(_("Copied: {address}").format(address=address))


def in_full(board: "Board", link: Link, reason: str) -> Sheet:
    """The whole address, to be copied by hand or by key."""

    def text(cells: int) -> list[list[Part]]:
        look = board.look
        lines: list[list[Part]] = [[(line, look["dim"])] for line in wrap(reason, cells)]
        if sentence := warning(board, link):
            lines += [[(line, look["warning"])] for line in wrap(sentence, cells)]
        lines.append([])
        lines += [[(line, look["text"])] for line in wrap(_shown(link.address), cells)]
        return lines

    return Sheet(board, _("Link {n}").format(n=link.number), text)


def _sure(board: "Board", link: Link) -> Picker:
    domain, other = desktop.host(link.address) or safe(link.address, 80), safe(link.looks_like, 100)
    shown = {
        OTHER_ADDRESS: _("The text shows {other}").format(other=other),
        LOOK_ALIKE: _("It looks like {other}").format(other=other),
    }.get(link.warning, _("It leads to a bare number"))
    choices = [
        Choice(_("Leave it"), detail=shown, value=False),
        Choice(_("Open it all the same"), detail=_("It leads to {domain}").format(domain=domain), value=True),
    ]

    def chosen(sure: bool) -> None:
        if sure:
            _open(board, link)

    return Picker(board, _("This link is not what it seems"), choices, chosen=chosen)


def _open(board: "Board", link: Link) -> None:
    desktop.open_address(link.address)
    board.say(_("Opened: {address}").format(address=_shown(link.address)))


def _shown(address: str) -> str:
    return safe(address, _LONGEST)
