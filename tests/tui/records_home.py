"""A rep's home with records of several kinds, and many of them where a test wants that."""

from salesinbox.store.database import Database

from .customers_home import CustomersHome

HOSTILE = ("\x1b]0;pwned\x07\x1b[31mred", "[bold red]markup[/] [@click=app.exit]x[/]", "\u202egnp.exe\u202c", "a" + "\u0301" * 90,
           "👩‍👩‍👧‍👦 🇯🇵", "長" * 300)  # fmt: skip


class RecordsHome(CustomersHome):
    """永田 (みなとみらい商事) has the deal Web刷新, 森 (川口物流) has two; Anna Berg is a lead."""

    def take(self, kind: str, text: str) -> None:
        """Take in a CSV file of `kind`."""
        table = self.services.data / "taken.csv"
        table.write_text(text, encoding="utf-8")
        report = self.services.records.import_file(table, kind)
        assert not report.errors, report.errors

    def many(self, number: int) -> None:
        """Contacts by the thousand: Person 00000 to Person 04999."""
        rows = [f"{n:05},Person,person{n}@many.example,Company {n % 50},Buyer" for n in range(number)]
        self.take("contacts", "\n".join(["First Name,Last Name,Email,Company,Title", *rows, ""]))

    def change(self, deed) -> tuple[str, ...]:
        """Change records as the rep would; the ids that it was done to."""
        from salesinbox.services.records.changes import RecordChanges

        return deed(RecordChanges(self.services.actions.writer)).done

    def one(self, statement: str, *values):
        """The first value of the first row."""
        with Database(self.services.database.path, readonly=True) as database:
            row = database.connection.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def dump(self) -> str:
        """Everything that is kept of records, to compare before with after."""
        tables = ("person", "person_address", "company", "deal", "deal_contact", "item", "item_about", "record_event")
        with Database(self.services.database.path, readonly=True) as database:
            rows = [sorted(map(repr, database.connection.execute(f"SELECT * FROM {table}"))) for table in tables]
        return repr(rows)


def typed(text: str) -> list[str]:
    """The keys that write a text."""
    return [{" ": "space"}.get(letter, letter) for letter in text]
