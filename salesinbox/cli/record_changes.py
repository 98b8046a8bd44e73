"""`salesinbox records create`, `edit`, `convert`, `merge`, `from` …: changing records from scripts (REC-4)."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from salesinbox.cli import ids, output
from salesinbox.cli.opening import opened
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.duplicates import Duplicate, Guess
from salesinbox.model.errors import Exit, UsageError
from salesinbox.model.operations import Outcome
from salesinbox.model.records import COMPANY, CONTACT, DEAL, KINDS, LEAD
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser

_WITH_DUPLICATES = (LEAD, CONTACT, COMPANY, DEAL)


def add_verbs(verbs: "Commands", shared: "Parser") -> None:
    """The commands below `records` that change records."""

    def verb(name: str, help: str, description: str) -> "Parser":
        return verbs.add_parser(name, parents=[shared], help=help, description=description)

    create = verb(
        "create",
        _("make a record"),
        _(
            'Makes a record of values such as name="永田 達郎" addresses=nagata@minato.example company=みなと商事. '
            "A field is called by its name or by its heading; days and times are written like tomorrow, 12/20 or "
            '"Fri 10:00".'
        ),
    )
    create.add_argument("--kind", choices=KINDS, required=True, help=_("which kind of record"))
    create.add_argument(
        "--about", metavar="ID", action="append", default=[], help=_("a record that it is about; may be given again")
    )
    create.add_argument(
        "--from", dest="source", metavar="ID", default="", help=_("the thread or message it comes from")
    )
    _add_values(create, needed=True)
    create.set_defaults(run=run_create)

    edit = verb(
        "edit",
        _("change fields of records"),
        _(
            "Writes the same values into all records that are named. NAME= empties a field; "
            'tags="+a -b" adds and removes.'
        ),
    )
    edit.add_argument("ids", nargs="+", metavar="ID", help=_("records, and then NAME=VALUE; - reads ids from stdin"))
    edit.set_defaults(run=run_edit)

    delete = verb(
        "delete",
        _("delete records"),
        _("Deletes records; undo brings them back. Deals of a person and people of a company stay."),
    )
    delete.add_argument("ids", nargs="+", metavar="ID", help=_("records; - reads ids from stdin"))
    delete.add_argument("--yes", action="store_true", help=_("this is meant; without it nothing is deleted"))
    delete.set_defaults(run=run_delete)

    convert = verb(
        "convert",
        _("make a contact of a lead"),
        _(
            "Makes a contact of a lead, with its company and, if wished, in a deal. Mail and activities follow. "
            "Where a contact has its address already, the lead becomes part of it."
        ),
    )
    convert.add_argument("id", metavar="ID", help=_("a lead"))
    convert.add_argument(
        "--company", metavar="ID", default="", help=_('its company; "-" for none; left out: found or made')
    )
    joining = convert.add_mutually_exclusive_group()
    joining.add_argument("--deal", metavar="ID", default="", help=_("a deal that is there, which it joins"))
    joining.add_argument(
        "--new-deal", nargs="*", metavar=_("NAME=VALUE"), default=None, help=_("make a deal of these values with it")
    )
    convert.set_defaults(run=run_convert)

    merge = verb(
        "merge",
        _("make one record of several"),
        _(
            "The first record stays and takes over the mail, activities, deals, links and files of the others, which "
            "are deleted. NAME=VALUE decides a field; else the first record's value stands, then the others'."
        ),
    )
    merge.add_argument("id", metavar="KEEP", help=_("the record that stays"))
    merge.add_argument("ids", nargs="+", metavar="OTHER", help=_("records that become part of it, and then NAME=VALUE"))
    merge.set_defaults(run=run_merge)

    duplicates = verb(
        "duplicates",
        _("find records that may be the same"),
        _("Lists what may be the same as a record, or all groups of a kind that are likely the same."),
    )
    which = duplicates.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="ID", help=_("a record"))
    which.add_argument("--kind", choices=_WITH_DUPLICATES, help=_("which kind of record"))
    duplicates.set_defaults(run=run_duplicates)

    source = verb(
        "from",
        _("make a record of a thread's sender"),
        _(
            "Makes a contact or a lead of who wrote a thread. Name, company, phone and title are guessed from the "
            "display name, the domain and the signature; NAME=VALUE says it better. Likely duplicates are named first."
        ),
    )
    source.add_argument("thread", metavar="THREAD", help=_("a thread, as list prints it"))
    source.add_argument(
        "--kind", choices=(CONTACT, LEAD), default=CONTACT, help=_("what it becomes; contact if left out")
    )
    source.add_argument("--dry-run", action="store_true", help=_("show what is guessed, and change nothing"))
    source.add_argument("--force", action="store_true", help=_("also where a record has the address already"))
    _add_values(source)
    source.set_defaults(run=run_from)

    stages = verb("stages", _("list the stages of deals"), _("Lists the pipelines and their stages."))
    stages.set_defaults(run=run_stages)


def _add_values(parser: "Parser", *, needed: bool = False) -> None:
    parser.add_argument(
        "values", nargs="+" if needed else "*", metavar=_("NAME=VALUE"), help=_("a field and its value")
    )


# --- what is done ----------------------------------------------------------------------------------------------------


def run_create(arguments: argparse.Namespace) -> int:
    values = _values(arguments.values)
    source: str = arguments.source
    with opened(arguments) as application:
        outcome = application.record_changes.create(
            arguments.kind,
            values,
            about=arguments.about,
            thread=source if not source.startswith("m") else "",
            message=source if source.startswith("m") else "",
        )
    return _report(arguments, outcome)


def run_edit(arguments: argparse.Namespace) -> int:
    given, values = _ids_and_values(arguments.ids)
    if not values:
        raise UsageError(_("Say what is to be changed: NAME=VALUE."))
    with opened(arguments) as application:
        return _report(arguments, application.record_changes.edit(given, values))


def run_delete(arguments: argparse.Namespace) -> int:
    if not arguments.yes:
        raise UsageError(_("Add --yes if the records are to be deleted; undo brings them back."))
    given = ids.given(arguments.ids)
    with opened(arguments) as application:
        return _report(arguments, application.record_changes.remove(given))


def run_convert(arguments: argparse.Namespace) -> int:
    new_deal = None if arguments.new_deal is None else _values(arguments.new_deal)
    with opened(arguments) as application:
        outcome = application.record_changes.convert(
            arguments.id, company=arguments.company, deal=arguments.deal, new_deal=new_deal
        )
    return _report(arguments, outcome)


def run_merge(arguments: argparse.Namespace) -> int:
    others, values = _ids_and_values(arguments.ids)
    with opened(arguments) as application:
        return _report(arguments, application.record_changes.merge(arguments.id, others, values))


def run_duplicates(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        if arguments.id is None:
            groups = application.record_changes.all_duplicates(arguments.kind)
            if arguments.json:
                output.array({"ids": list(group)} for group in groups)
            else:
                for group in groups:
                    print(" ".join(group))
            return Exit.DONE
        found = application.record_changes.duplicates(arguments.id)
    if arguments.json:
        output.array(map(_duplicate, found))
    else:
        _print_duplicates(found)
    return Exit.DONE


def run_from(arguments: argparse.Namespace) -> int:
    typed = _values(arguments.values)
    with opened(arguments) as application:
        guess = application.record_changes.guess(arguments.thread)
        values = {**guess.values, **typed}
        if "name" in typed:
            values = {name: value for name, value in values.items() if name not in ("first", "last")}
        if arguments.dry_run:
            return _show_guess(arguments, guess, values)
        same = [one for one in guess.duplicates if one.score >= _CERTAIN]
        if same and not arguments.force:
            raise UsageError(
                _("{name} ({id}) may be the same: {reason}. Add --force to make another record all the same.").format(
                    name=safe(same[0].name, 60), id=same[0].id, reason=same[0].reason
                )
            )
        if not arguments.json:
            _print_duplicates(guess.duplicates, sys.stderr)
        outcome = application.record_changes.create(arguments.kind, values, thread=arguments.thread)
    return _report(arguments, outcome)


_CERTAIN = 90
"""The score from which a duplicate stops a script."""


def run_stages(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        changes = application.record_changes
        found = [(name, stage) for name in changes.pipelines() or [""] for stage in changes.stages(name)]
    if arguments.json:
        output.array(
            {"pipeline": name, "stage": stage.name, "state": stage.state, "probability": stage.probability}
            for name, stage in found
        )
        return Exit.DONE
    states = {"open": _("open"), "won": _("won"), "lost": _("lost")}
    rows = [(name, stage.name, states.get(stage.state, stage.state), f"{stage.probability} %") for name, stage in found]
    columns = [
        output.Column(_("Pipeline"), 30),
        output.Column(_("Stage"), 40),
        output.Column(_("State")),
        output.Column(_("Probability"), right=True),
    ]
    output.table(columns if any(row[0] for row in rows) else columns[1:], [
        row if any(one[0] for one in rows) else row[1:] for row in rows
    ])  # fmt: skip
    return Exit.DONE


# --- what is given ---------------------------------------------------------------------------------------------------


def _values(words: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (equals and name.strip()):
            raise UsageError(_("{word} is no NAME=VALUE.").format(word=safe(word, 60)))
        found[name.strip()] = value
    return found


def _ids_and_values(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Words with an equals sign are values, the others ids."""
    given = ids.given([word for word in words if "=" not in word])
    if not given:
        raise UsageError(_("Name at least one record."))
    return given, _values([word for word in words if "=" in word])


# --- what came of it -------------------------------------------------------------------------------------------------


def _report(arguments: argparse.Namespace, outcome: Outcome) -> int:
    if arguments.json:
        output.document(
            {
                "done": list(outcome.done),
                "refused": [{"id": name, "error": error} for name, error in outcome.refused],
                "text": outcome.text,
            }
        )
    else:
        if outcome.done:
            print(f"{' '.join(outcome.done)}  {safe(outcome.text)}" if len(outcome.done) < 4 else safe(outcome.text))
        for name, error in outcome.refused:
            print(f"salesinbox: {safe(name, 40)}: {safe(error)}", file=sys.stderr)
    if not outcome.refused:
        return Exit.DONE
    return Exit.PARTLY if outcome.done else Exit.FAILED


def _duplicate(one: Duplicate) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "detail": one.detail,
        "reason": one.reason,
        "score": one.score,
    }


def _print_duplicates(found: Sequence[Duplicate], stream: Any = None) -> None:
    if stream is not None:
        if found:
            text = ngettext("{n} record may be the same:", "{n} records may be the same:", len(found))
            print(text.format(n=len(found)), file=stream)
        for one in found:
            print(f"  {one.id}  {safe(one.name)}  {safe(one.detail)}  {one.reason}", file=stream)
        return
    columns = [
        output.Column(_("Id")),
        output.Column(_("Likely"), right=True),
        output.Column(_("Name"), 40),
        output.Column(_("Details"), 50),
        output.Column(_("Reason")),
    ]
    output.table(columns, [(one.id, f"{one.score} %", one.name, one.detail, one.reason) for one in found])


def _show_guess(arguments: argparse.Namespace, guess: Guess, values: Mapping[str, str]) -> int:
    guessed = sorted(name for name in guess.guessed if values.get(name) == guess.values.get(name))
    if arguments.json:
        output.document(
            {
                "values": dict(values),
                "guessed": guessed,
                "company": {"id": guess.company_id, "name": guess.company_name} if guess.company_id else None,
                "duplicates": [_duplicate(one) for one in guess.duplicates],
            }
        )
        return Exit.DONE
    _print_duplicates(guess.duplicates, sys.stdout)
    rows = []
    for name, value in values.items():
        mark = _("guessed") if name in guessed else ""
        if name == "company" and guess.company_id and mark:
            mark = guess.company_id
        rows.append((name, value, mark))
    output.table([output.Column(_("Field")), output.Column(_("Value"), 60), output.Column("")], rows)
    return Exit.DONE
