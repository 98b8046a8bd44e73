"""What names one record names another one instead: links, mail, activities, deals and files follow (REC-8)."""

import json
import sqlite3

from salesinbox.model.records import COMPANY, CONTACT, DEAL, ITEM_KINDS, LEAD
from salesinbox.store.records import writing
from salesinbox.store.records.writing import Kept


def follow(connection: sqlite3.Connection, gone: Kept, kept: Kept) -> None:
    """Everything that is about `gone` is about `kept`, of the same kind; `gone` can then be deleted."""
    for table, other in (("item_about", "item_id"), ("message_record", "message")):
        connection.execute(
            f"INSERT INTO {table} (record, {other}) SELECT ?, {other} FROM {table} WHERE record = ?"
            " ON CONFLICT DO NOTHING",
            (kept.id, gone.id),
        )
        connection.execute(f"DELETE FROM {table} WHERE record = ?", (gone.id,))
    for table in ("record_event", "record_file"):
        connection.execute(f"UPDATE {table} SET record = ? WHERE record = ?", (kept.id, gone.id))
    if kept.kind in (LEAD, CONTACT):
        _deals_of_person(connection, gone.number, kept.number)
        own = writing.addresses(connection, kept.number)
        theirs = writing.addresses(connection, gone.number)
        writing.set_addresses(connection, gone.number, ())
        writing.set_addresses(connection, kept.number, (*own, *theirs))
    elif kept.kind == COMPANY:
        for table in ("person", "deal"):
            connection.execute(f"UPDATE {table} SET company_id = ? WHERE company_id = ?", (kept.number, gone.number))
    elif kept.kind == DEAL:
        for table in ("link", "thread_link"):
            connection.execute(f"UPDATE {table} SET deal_id = ? WHERE deal_id = ?", (kept.number, gone.number))
        contacts = writing.contacts(connection, kept.number)
        here = {person for person, _role in contacts}
        theirs_of_deal = writing.contacts(connection, gone.number)
        contacts += [(person, role) for person, role in theirs_of_deal if person not in here]
        writing.set_contacts(connection, kept.number, contacts)
    elif kept.kind in ITEM_KINDS:
        about = writing.about(connection, gone.number)
        here_about = writing.about(connection, kept.number)
        writing.set_about(connection, kept.number, (*here_about, *about))


def _deals_of_person(connection: sqlite3.Connection, gone: int, kept: int) -> None:
    """The roles of one person become those of the other; of two roles on a deal, the main one and a named one stay."""
    both = connection.execute(
        "SELECT theirs.deal_id, theirs.role, theirs.main FROM deal_contact AS theirs"
        " JOIN deal_contact AS ours ON ours.deal_id = theirs.deal_id AND ours.person_id = ? WHERE theirs.person_id = ?",
        (kept, gone),
    ).fetchall()
    for deal, role, main in both:
        connection.execute(
            "UPDATE deal_contact SET main = max(main, ?), role = CASE role WHEN '' THEN ? ELSE role END"
            " WHERE deal_id = ? AND person_id = ?",
            (main, role, deal, kept),
        )
    connection.execute(
        "DELETE FROM deal_contact WHERE person_id = ? AND deal_id IN (SELECT value FROM json_each(?))",
        (gone, json.dumps([deal for deal, _role, _main in both])),
    )
    connection.execute("UPDATE deal_contact SET person_id = ? WHERE person_id = ?", (kept, gone))
