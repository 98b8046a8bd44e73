"""What the screen of an import shows: what a file is taken for, how far the work is, and its report (REC-7)."""

from collections.abc import Sequence

from rich.style import Style

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.imports import CUSTOM, FIELD, SINGULAR, FileLook, HeadingGuess
from salesinbox.model.records import ImportReport
from salesinbox.model.text import clip, pad, safe, width
from salesinbox.tui.records import words
from salesinbox.tui.themes import Look
from salesinbox.tui.wrapping import wrap

OWN = "x:"
"""What the name of a field of the rep's own begins with where headings are mapped."""


def mark(text: str) -> str:
    """A text that is translated where it is shown."""
    return text


_OF_FILES = (
    mark("Record Id"), mark("Full Name"), mark("Secondary Email"), mark("Created Time"), mark("Modified Time"),
    mark("Contact Name"), mark("Contact Role"), mark("Began"), mark("Ended"), mark("Related To"), mark("Closed Time"),
)  # fmt: skip
"""Headings of what files have besides the fields of records (`FileLook.fields`)."""
Part = tuple[str, Style]
Line = list[Part]


def titles(look: FileLook) -> dict[str, str]:
    """What the fields are called that a heading can be taken for, by their names."""
    return {name: safe(_(heading), 60) for name, heading in look.fields}


def taken(one: HeadingGuess, named: dict[str, str]) -> str:
    if one.taken == FIELD:
        return named.get(one.field, one.field)
    if one.taken == CUSTOM:
        return _("field of your own: {name}").format(name=safe(one.field, 60))
    return _("(left out)")


def kind_title(kind: str) -> str:
    """A kind of file as people call it; "" is a calendar of events and tasks."""
    return words.plural(SINGULAR[kind]) if kind else f"{words.plural('event')}, {words.plural('task')}"


def recognised(look: FileLook) -> str:
    """What the file is taken for, in a sentence."""
    kind = kind_title(look.kind)
    if look.recognised:
        return _("An export of {program}: {kind}").format(program=look.recognised, kind=kind)
    if not look.certain:
        return _("Perhaps {kind}: the first line does not say it").format(kind=kind)
    return _("A file of {kind}").format(kind=kind)


def wrong(look: FileLook, kind_key: str) -> str:
    """What keeps the file from being taken in as it is, "" for nothing."""
    if look.likely:
        return _("This looks like a file of “{likely}”, not of “{kind}”. {key} changes the kind.").format(
            likely=kind_title(look.likely), kind=kind_title(look.kind), key=kind_key
        )
    if look.lacking:
        named = titles(look)
        first, *others = (words.quoted(named.get(name, name)) for name in look.lacking)
        fields = first
        for other in others:
            fields = _("{one} or {other}").format(one=fields, other=other)
        return _("None of the columns is {fields}: choose one for it with ⏎, or another kind with {key}.").format(
            fields=fields, key=kind_key
        )
    return ""


class Widths:
    """How wide the columns of the headings are."""

    def __init__(self, guesses: Sequence[HeadingGuess], named: dict[str, str], cells: int) -> None:
        most = max(cells - 6, 12)
        self.heading = min(max((width(one.heading) for one in guesses), default=8), most // 3, 34)
        self.heading = max(self.heading, min(width(_("Heading")), most // 3))
        self.taken = min(max((width(taken(one, named)) for one in guesses), default=8), most * 2 // 5, 44)
        self.taken = max(self.taken, min(width(_("Taken for")), most // 3))


def head(widths: Widths) -> str:
    return f"  {pad(_('Heading'), widths.heading)}  {pad(_('Taken for'), widths.taken)}  " + _("Sample")


def row(look: Look, one: HeadingGuess, named: dict[str, str], widths: Widths, *, here: bool) -> Line:
    styles = {FIELD: look["text"], CUSTOM: look["mark"]}
    return [
        ("▌ " if here else "  ", look["cursor"]),
        (pad(one.heading or "–", widths.heading), look["selected" if here else "name"]),
        ("  " + pad(taken(one, named), widths.taken), styles.get(one.taken, look["dim"])),
        ("  " + one.sample, look["dim"]),
    ]


def progress(look: Look, doing: str, rows: int, share: float, cells: int) -> list[Line]:
    """How far the work is, as a bar and in figures."""
    if share >= 1:
        doing = _("Placing and linking your mail again…")
    wide = max(min(cells - 12, 60), 4)
    full = round(wide * share)
    bar: Line = [("   ", look["text"]), ("█" * full, look["ok"]), ("░" * (wide - full), look["dim"])]
    text = ngettext("{n} row", "{n} rows", rows).format(n=number(rows))
    return [
        [],
        [("   " + doing, look["text"])],
        [],
        [*bar, (f" {round(share * 100)} %", look["text"])],
        [("   " + text, look["dim"])],
    ]


def numbers(look: Look, report: ImportReport, *, done: bool) -> list[Line]:
    """What was done, or would be."""
    bad = len(report.errors) + report.further_errors
    if done:
        said = [
            (report.created, _("newly created"), "ok"), (report.updated, _("brought up to date"), "ok"),
            (report.skipped, _("unchanged: they are here just like this"), "dim"), (bad, _("not taken in"), "warning"),
            (report.moved, ngettext("thread moved to another column", "threads moved to another column", report.moved),
             "text"),
        ]  # fmt: skip
    else:
        said = [
            (report.created, _("would be created"), "ok"), (report.updated, _("would be brought up to date"), "ok"),
            (report.skipped, _("would stay as they are: they are here just like this"), "dim"),
            (bad, _("cannot be taken in"), "warning"),
            (report.moved,
             ngettext("thread would move to another column", "threads would move to another column", report.moved),
             "text"),
        ]  # fmt: skip
    wide = max(width(number(count)) for count, _text, _style in said) + 3
    lines: list[Line] = []
    for count, text, style in said:
        role = look[style if count else "dim"]
        figure = number(count)
        lines.append([(" " * (wide - width(figure)) + figure, role), ("  " + text, look["text" if count else "dim"])])
    return lines


def bad_rows(look: Look, report: ImportReport, cells: int) -> list[Line]:
    """The rows that cannot be taken, each with its line in the file and what is wrong with it."""
    lines: list[Line] = []
    label = max((width(_line(error.line)) for error in report.errors), default=0) + 2
    for error in report.errors:
        for n, text in enumerate(wrap(safe(error.error, 600), max(cells - label - 4, 20))):
            start = _line(error.line) if n == 0 else ""
            lines.append([("  " + pad(start, label), look["warning"]), (text, look["text"])])
    if report.further_errors:
        text = ngettext("and {n} more row", "and {n} more rows", report.further_errors)
        lines.append([("  " + text.format(n=number(report.further_errors)), look["dim"])])
    return lines


def _line(line: int) -> str:
    return _("line {n}").format(n=number(line))


def own_fields(report: ImportReport) -> str:
    """Headings that are kept as fields of the rep's own, in a sentence; "" for none."""
    if not report.unmapped:
        return ""
    names = ", ".join(clip(safe(one, 60), 30) for one in report.unmapped)
    return _("Kept as fields of your own: {names}").format(names=names)


def summary(report: ImportReport) -> str:
    """The report in one line."""
    return _("{created} created, {updated} updated, {skipped} unchanged, {errors} not taken").format(
        created=number(report.created), updated=number(report.updated), skipped=number(report.skipped),
        errors=number(len(report.errors) + report.further_errors),
    )  # fmt: skip
