"""All records of the sample as files for the import (REC-7)."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from salesinbox.demo.company import COMPANIES, DEALS, LEAD_COMPANIES
from salesinbox.demo.dates import Calendar, month_end
from salesinbox.demo.people import CONTACTS, LEADS, PEOPLE, Person

COMPANY_HEADINGS = ("Company", "Domain", "Phone")
PERSON_HEADINGS = ("First Name", "Last Name", "Email", "Secondary Email", "Company", "Title", "Phone", "Lead Source")
DEAL_HEADINGS = ("Deal Name", "Company", "Contact Email", "Stage", "Amount", "Currency", "Closing Date")


def closing_date(told: str, now: datetime) -> date:
    """The date of `Deal.closing`. One in this month is never past, so that the view has something to show."""
    calendar = Calendar(now)
    which, _, number = told.rpartition(" ")
    if not which:
        return date.fromordinal(calendar.today.toordinal() + int(number))
    last = month_end(calendar.month(1 if which == "next" else 0))
    day = last.replace(day=min(int(number), last.day))
    return max(day, calendar.today)


def records(now: datetime) -> dict[str, str]:
    """Kind ("companies", "contacts", "leads", "deals") -> CSV text, in an order that the import can follow.

    `now` is aware; closing dates follow from it.
    """
    customers = [company for key, company in COMPANIES.items() if key != "zylker"]
    deals = [
        (
            deal.name, COMPANIES[deal.company].name, PEOPLE[deal.contact].address, deal.stage,
            deal.amount, deal.currency, closing_date(deal.closing, now).isoformat(),
        )
        for deal in DEALS
    ]  # fmt: skip
    return {
        "companies": _csv(COMPANY_HEADINGS, [(one.name, one.domain, one.phone) for one in customers]),
        "contacts": _csv(PERSON_HEADINGS, _person_rows(CONTACTS)),
        "leads": _csv(PERSON_HEADINGS, _person_rows(LEADS)),
        "deals": _csv(DEAL_HEADINGS, deals),
    }


def _person_rows(people: Iterable[Person]) -> list[tuple[str, ...]]:
    return [
        (
            person.first, person.last, person.address, person.second_address,
            person.company_name or LEAD_COMPANIES.get(person.key, ""),
            person.title, person.phone, person.source,
        )
        for person in people
    ]  # fmt: skip


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue()
