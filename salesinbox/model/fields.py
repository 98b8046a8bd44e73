"""The fields of each kind of record (REC-1): what lists, forms, files and filters know of them.

A field is kept in a column of its own or in `extra` under its English heading, which is also how it is written to
files. Headings and choices are English here; `_` is asked where they are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salesinbox.model.records import (
    CALL,
    CASE,
    COMPANY,
    CONTACT,
    DEAL,
    EVENT,
    LEAD,
    NOTE,
    PRODUCT,
    TASK,
    VENDOR,
)
from salesinbox.model.settings import CustomField

TEXT, LONG, NUMBER, AMOUNT, DATE, MOMENT, CHOICE, PHONE, ADDRESSES, LINK, STAGE, YES, TAGS, ABOUT, PEOPLE = (
    "text", "long", "number", "amount", "date", "moment", "choice", "phone", "addresses", "link", "stage", "yes",
    "tags", "about", "people",
)  # fmt: skip
"""Types. `addresses`: mail addresses, the primary one first; `about`: ids of records; `people`: a deal's contacts."""
CUSTOM_TYPES = (TEXT, LONG, NUMBER, AMOUNT, DATE, CHOICE, PHONE, LINK, YES)


def mark(text: str) -> str:
    """A text that is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is how filters and the command line call it; `heading` how people and files do (English)."""

    name: str
    heading: str
    type: str = TEXT
    choices: tuple[str, ...] = ()
    kept: str = ""
    """The column that holds it; empty: `extra`, under its heading."""
    listed: bool = False
    """A column of a list as it comes."""
    required: bool = False


_OWNER = Field("owner", mark("Owner"), kept="owner")
_TAGS = Field("tags", mark("Tags"), TAGS, kept="tags")
_DESCRIPTION = Field("description", mark("Description"), LONG)
_PLACE = (
    Field("street", mark("Street")),
    Field("city", mark("City")),
    Field("state", mark("State or Province")),
    Field("zip", mark("Zip Code")),
    Field("country", mark("Country")),
)
_INDUSTRY = Field("industry", mark("Industry"))
_SOURCE = Field("source", mark("Lead Source"), kept="source", listed=True)
_PERSON = (
    Field("last", mark("Last Name"), kept="last"),
    Field("first", mark("First Name"), kept="first"),
    Field("addresses", mark("Email"), ADDRESSES, kept="addresses", listed=True),
    Field("company", mark("Company"), kept="company", listed=True),
    Field("title", mark("Title"), kept="title", listed=True),
    Field("phone", mark("Phone"), PHONE, kept="phone"),
    Field("mobile", mark("Mobile"), PHONE),
)
_PRIORITY = Field("priority", mark("Priority"), CHOICE, (mark("High"), mark("Normal"), mark("Low")), kept="priority")
_ABOUT = Field("about", mark("About"), ABOUT, kept="about", listed=True)

FIELDS: Mapping[str, tuple[Field, ...]] = {
    LEAD: (
        *_PERSON,
        _SOURCE,
        Field("status", mark("Lead Status"), CHOICE, (
            mark("Not Contacted"), mark("Attempted to Contact"), mark("Contacted"), mark("Contact in Future"),
            mark("Qualified"), mark("Not Qualified"), mark("Lost Lead"),
        ), listed=True),
        Field("rating", mark("Rating"), CHOICE, (mark("Hot"), mark("Warm"), mark("Cold"))),
        _INDUSTRY,
        Field("website", mark("Website"), LINK),
        Field("employees", mark("No. of Employees"), NUMBER),
        Field("revenue", mark("Annual Revenue"), AMOUNT),
        *_PLACE, _OWNER, _TAGS, _DESCRIPTION,
    ),
    CONTACT: (
        *_PERSON,
        Field("department", mark("Department")),
        _SOURCE,
        Field("assistant", mark("Assistant")),
        Field("birthday", mark("Date of Birth"), DATE),
        *_PLACE, _OWNER, _TAGS, _DESCRIPTION,
    ),
    COMPANY: (
        Field("name", mark("Company Name"), kept="name", required=True),
        Field("domain", mark("Website"), LINK, kept="domain", listed=True),
        Field("phone", mark("Phone"), PHONE, kept="phone", listed=True),
        _INDUSTRY,
        Field("type", mark("Account Type"), CHOICE, (
            mark("Customer"), mark("Prospect"), mark("Partner"), mark("Reseller"), mark("Competitor"), mark("Other"),
        )),
        Field("employees", mark("No. of Employees"), NUMBER),
        Field("revenue", mark("Annual Revenue"), AMOUNT),
        *_PLACE, _OWNER, _TAGS, _DESCRIPTION,
    ),
    DEAL: (
        Field("name", mark("Deal Name"), kept="name", required=True),
        Field("company", mark("Company"), kept="company", listed=True),
        Field("contacts", mark("Contacts"), PEOPLE, kept="contacts"),
        Field("stage", mark("Stage"), STAGE, kept="stage", listed=True, required=True),
        Field("amount", mark("Amount"), AMOUNT, kept="amount", listed=True),
        Field("currency", mark("Currency"), kept="currency"),
        Field("closing", mark("Closing Date"), DATE, kept="closing", listed=True),
        Field("probability", mark("Probability"), NUMBER, kept="probability"),
        Field("pipeline", mark("Pipeline"), kept="pipeline"),
        Field("type", mark("Type"), CHOICE, (mark("New Business"), mark("Existing Business"))),
        Field("next", mark("Next Step")),
        Field("source", mark("Lead Source"), kept="source"),
        _OWNER, _TAGS, _DESCRIPTION,
    ),
    TASK: (
        Field("name", mark("Subject"), kept="name", required=True),
        Field("due", mark("Due Date"), MOMENT, kept="day", listed=True),
        _ABOUT, _PRIORITY,
        Field("status", mark("Status"), CHOICE, (
            mark("Not Started"), mark("In Progress"), mark("Waiting for Input"), mark("Deferred"), mark("Completed"),
        ), kept="status", listed=True),
        _OWNER, _TAGS,
        Field("description", mark("Description"), LONG, kept="body"),
    ),
    EVENT: (
        Field("name", mark("Subject"), kept="name", required=True),
        Field("start", mark("Start"), MOMENT, kept="start", listed=True, required=True),
        Field("finish", mark("End"), MOMENT, kept="finish", listed=True),
        Field("place", mark("Location")),
        _ABOUT, _OWNER, _TAGS,
        Field("description", mark("Description"), LONG, kept="body"),
    ),
    CALL: (
        Field("name", mark("Subject"), kept="name", required=True),
        Field("start", mark("Call Start Time"), MOMENT, kept="start", listed=True),
        Field("minutes", mark("Minutes"), NUMBER),
        Field("direction", mark("Call Type"), CHOICE, (mark("Outbound"), mark("Inbound"), mark("Missed"))),
        Field("result", mark("Call Result")),
        _ABOUT, _OWNER, _TAGS,
        Field("description", mark("Description"), LONG, kept="body"),
    ),
    NOTE: (
        Field("name", mark("Note Title"), kept="name"),
        Field("description", mark("Note"), LONG, kept="body"),
        _ABOUT, _OWNER, _TAGS,
    ),
    CASE: (
        Field("name", mark("Subject"), kept="name", required=True),
        Field("status", mark("Status"), CHOICE, (
            mark("New"), mark("On Hold"), mark("Escalated"), mark("Closed"),
        ), kept="status", listed=True),
        _PRIORITY,
        Field("type", mark("Type"), CHOICE, (mark("Question"), mark("Problem"), mark("Feature Request"))),
        Field("origin", mark("Case Origin"), CHOICE, (mark("Mail"), mark("Phone"), mark("Web"))),
        _ABOUT, _OWNER, _TAGS,
        Field("description", mark("Description"), LONG, kept="body"),
        Field("solution", mark("Solution"), LONG),
    ),
    VENDOR: (
        Field("name", mark("Vendor Name"), kept="name", required=True),
        Field("email", mark("Email"), listed=True),
        Field("phone", mark("Phone"), PHONE, listed=True),
        Field("website", mark("Website"), LINK),
        Field("category", mark("Category")),
        *_PLACE, _OWNER, _TAGS,
        Field("description", mark("Description"), LONG, kept="body"),
    ),
    PRODUCT: (
        Field("name", mark("Product Name"), kept="name", required=True),
        Field("code", mark("Product Code"), listed=True),
        Field("price", mark("Unit Price"), AMOUNT, listed=True),
        Field("currency", mark("Currency")),
        Field("unit", mark("Usage Unit")),
        Field("tax", mark("Tax"), NUMBER),
        Field("stock", mark("Quantity in Stock"), NUMBER),
        Field("active", mark("Product Active"), YES),
        _OWNER, _TAGS,
        Field("description", mark("Description"), LONG, kept="body"),
    ),
}  # fmt: skip


def fields(kind: str, custom: Sequence[CustomField] = ()) -> tuple[Field, ...]:
    """All fields of a kind, the rep's own last."""
    own = (Field(one.name, one.name, one.type, one.choices) for one in custom if one.kind == kind)
    return (*FIELDS[kind], *own)
