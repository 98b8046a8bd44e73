"""A lead becomes a contact, with its company and, if wished, a new or an existing deal (REC-4)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model import fields as types
from salesinbox.model import records as kinds
from salesinbox.model.errors import UsageError
from salesinbox.model.fields import FIELDS, Field
from salesinbox.model.folding import fold
from salesinbox.model.listing import Brief
from salesinbox.model.operations import Outcome
from salesinbox.model.records import OPEN, Deal, Person
from salesinbox.model.text import safe
from salesinbox.tui.records import words
from salesinbox.tui.records.changing import change
from salesinbox.tui.records.editors import Ask, Editor, Line, Pick
from salesinbox.tui.records.filling import Filling, editor
from salesinbox.tui.records.form_page import FormPage, Part
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

COMPANY, OTHER_COMPANY, DEAL, JOINED = "of-company", "other-company", "of-deal", "joined"
"""Names of the rows that are no fields of a record."""
_AS_IT_IS, _OTHER, _NONE = "", "other", "-"
_NO_DEAL, _NEW, _EXISTING = "none", "new", "existing"
_OF_DEAL = ("name", "amount", "stage", "closing")


def converting(board: "Board", id: str) -> None:
    """Open the question for a lead; of anybody else it is said that they are none."""
    record = board.records.show(id)
    if not isinstance(record, Person) or record.kind != kinds.LEAD:
        board.say(_("Only a lead is converted."))
        return
    board.push_screen(ConvertForm(board, record))


class ConvertForm(FormPage):
    """What is to become of the lead, and below it what will happen."""

    def __init__(self, board: "Board", lead: Person, made: Sequence[Editor] | None = None) -> None:
        self.lead = lead
        self.found = self._company_found(board, lead)
        self.company_found = self.found[0] if self.found else None
        super().__init__(board, made if made is not None else self._rows(board))

    def again(self) -> "ConvertForm":
        return ConvertForm(self.board, self.lead, self.editors)

    @staticmethod
    def _company_found(board: "Board", lead: Person) -> list[Brief]:
        """The company of the lead's that is there already."""
        if not lead.company:
            return []
        found = board.records.find(lead.company, (kinds.COMPANY,), 5)
        return [one for one in found if fold(one.name) == fold(lead.company)][:1]

    def _rows(self, board: "Board") -> list[Editor]:
        name = safe(self.lead.company, 100)
        as_it_is = _("{name} (there already)") if self.company_found else _("{name} (is made)")
        companies = [(_AS_IT_IS, as_it_is.format(name=name) if name else _("as the mail address says"))]
        companies += [(_OTHER, _("another one")), (_NONE, _("none"))]
        deals = [(_NO_DEAL, _("none")), (_NEW, _("a new one")), (_EXISTING, _("one that is there"))]
        filling = Filling(kinds.DEAL, values={"name": name or words.name_of(self.lead)})
        by_name = {one.name: one for one in FIELDS[kinds.DEAL]}
        return [
            Pick(Field(COMPANY, "Company"), _("Company"), companies, empty=False),
            Ask(Field(OTHER_COMPANY, "Company", types.ABOUT), _("Which company"), self._ask_company),
            Pick(Field(DEAL, "Deal"), _("Deal"), deals, empty=False),
            *(editor(board, by_name[one], filling) for one in _OF_DEAL),
            Ask(Field(JOINED, "Deal", types.ABOUT), _("Which deal"), self._ask_deal),
        ]

    def _value(self, name: str) -> str:
        return next(one.value() for one in self.editors if one.name == name)

    def shown(self) -> list[Editor]:
        deal = self._value(DEAL)
        hidden = set()
        if self._value(COMPANY) != _OTHER:
            hidden.add(OTHER_COMPANY)
        if deal != _NEW:
            hidden.update(_OF_DEAL)
        if deal != _EXISTING:
            hidden.add(JOINED)
        return [one for one in self.editors if one.name not in hidden]

    def told(self) -> str:
        return _("Convert the lead {name}").format(name=words.name_of(self.lead))

    def above(self, cells: int) -> list[list[Part]]:  # noqa: ARG002 - a blank line
        return [[]]

    def below(self, cells: int) -> list[list[Part]]:
        look = self.board.look
        lines = [line for sentence in self._sentences() for line in wrap("· " + sentence, max(cells - 6, 10))]
        key = self.board.keys.label("form-save")
        return [
            [], [("   " + _("What will happen:"), look["heading"])],
            *([("   " + line, look["text"])] for line in lines),
            [("   " + _("{key} does it; undo takes all of it back.").format(key=key), look["dim"])],
        ]  # fmt: skip

    def _sentences(self) -> list[str]:
        """What will happen, in sentences."""
        name = words.name_of(self.lead)
        told = [_("{name} becomes a contact. Mail, notes and tasks stay where they are.").format(name=name)]
        company = safe(self.lead.company, 100)
        other = next(one for one in self.editors if one.name == OTHER_COMPANY)
        match self._value(COMPANY):
            case "" if company and self.company_found:
                told.append(_("The company {company} is the one that is there.").format(company=company))
            case "" if company:
                told.append(_("The company {company} is made.").format(company=company))
            case "" if not company:
                told.append(_("A company with the domain of the mail address is found, if there is one."))
            case "other":
                chosen = safe(other.found.name, 100) if isinstance(other, Ask) and other.found else "…"
                told.append(_("The company is {company}.").format(company=chosen))
            case _:
                told.append(_("No company."))
        match self._value(DEAL):
            case "new":
                told.append(_("A new deal, {name}, with {contact} as its contact.").format(
                    name=safe(self._value("name"), 100) or "…", contact=name))  # fmt: skip
            case "existing":
                joined = next(one for one in self.editors if one.name == JOINED)
                deal = safe(joined.found.name, 100) if isinstance(joined, Ask) and joined.found else "…"
                told.append(_("{contact} joins the deal {deal}.").format(contact=name, deal=deal))
            case _:
                told.append(_("No deal."))
        return told

    # --- choosing records ---------------------------------------------------------------------------------------

    def _ask_company(self, take: Callable[[Brief], None]) -> None:
        def find(typed: str) -> list[Choice]:
            found = self.board.records.find(typed or self.lead.company, (kinds.COMPANY,), 20)
            return [_choice(one) for one in found]

        self._ask(_("Which company?"), find, take)

    def _ask_deal(self, take: Callable[[Brief], None]) -> None:
        """The open deals of the lead and of its company come first."""
        nearest = self._nearest()

        def find(typed: str) -> list[Choice]:
            if not typed.strip():
                return [_choice(one) for one in nearest]
            return [_choice(one) for one in self.board.records.find(typed, (kinds.DEAL,), 20)]

        self._ask(_("Which deal?"), find, take)

    def _ask(self, heading: str, find: Callable[[str], list[Choice]], take: Callable[[Brief], None]) -> None:
        self.board.push_screen(
            Picker(self.board, heading, find, typing=True, prompt=_("Type a part of its name"), chosen=take, large=True)
        )

    def _nearest(self) -> list[Brief]:
        deals: dict[str, Deal] = {}
        related = [self.lead.id, self.lead.company_id or (self.company_found.id if self.company_found else "")]
        for id in filter(None, related):  # noqa: A001 - as everywhere in the services
            for deal in self.board.records.related(id).deals:
                if deal.stage_state == OPEN:
                    deals[deal.id] = deal
        return [Brief(one.id, kinds.DEAL, one.name, words.brief(one)) for one in deals.values()]

    # --- doing it -----------------------------------------------------------------------------------------------

    def save(self) -> None:
        company, deal = self._value(COMPANY), self._value(DEAL)
        if company == _OTHER and not (company := self._value(OTHER_COMPANY)):
            raise UsageError(f"{_('Which company')}: {_('Press Enter to choose it.')}")
        joined = self._value(JOINED) if deal == _EXISTING else ""
        if deal == _EXISTING and not joined:
            raise UsageError(f"{_('Which deal')}: {_('Press Enter to choose it.')}")
        new_deal = {name: self._value(name) for name in _OF_DEAL if self._value(name)} if deal == _NEW else None
        if new_deal is not None and "name" not in new_deal:
            name = next(one for one in self.editors if one.name == "name" and isinstance(one, Line))
            raise UsageError(f"{name.label}: {_('It cannot be empty.')}")

        def over(outcome: Outcome) -> None:
            if outcome.done:
                self.leave()
            elif outcome.refused:
                self.wrong(outcome.refused[0][1])

        lead = self.lead.id
        change(self.board, lambda changes: changes.convert(lead, company=company, deal=joined, new_deal=new_deal), over)


def _choice(one: Brief) -> Choice:
    return Choice(safe(one.name, 120), detail=safe(one.detail, 200) or " ", value=one)
