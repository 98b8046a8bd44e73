"""A rep's home with two customers, several deals and a stranger, for what is done with customers on the board."""

from salesinbox.store import board
from salesinbox.store.database import Database

from .test_real import Home

DEALS = (
    "Deal Name,Company,Contact Email,Stage,Amount,Currency,Closing Date\n"
    "倉庫管理,川口物流,mori@kawaguchi.example,見積,2500000,JPY,2026-12-20\n"
    "配送アプリ,川口物流,mori@kawaguchi.example,提案,800000,JPY,2027-01-15\n"
)
CONTACTS = "First Name,Last Name,Email,Company,Title\n大輔,森,mori@kawaguchi.example,川口物流,課長\n"
LEADS = "First Name,Last Name,Email,Company\nAnna,Berg,anna@berg.example,Berg AG\n"


class CustomersHome(Home):
    """永田 has the one deal Web刷新; 森 has two, so that a link is a guess; Anna Berg is a lead; Bob is nobody."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        for kind, text in (("contacts", CONTACTS), ("deals", DEALS), ("leads", LEADS)):
            table = folder / f"more-{kind}.csv"
            table.write_text(text, encoding="utf-8")
            self.services.records.import_file(table, kind)
        self.deliver(
            ("永田 達郎", "nagata@minato.example", "資料のお礼"), ("森 大輔", "mori@kawaguchi.example", "打ち合わせの件"),
            ("Anna Berg", "anna@berg.example", "A question"), ("Bob Stone", "bob@stone.example", "Hello"),
        )  # fmt: skip

    def deliver(self, *mails, ago: int = 600) -> None:
        """As any mail, but to the rep's own address, so that the magnet takes that of customers (MAG-1)."""
        super().deliver(*mails, ago=ago)
        with Database(self.services.database.path) as writing, writing.transaction() as connection:
            connection.execute("UPDATE message SET addressed = 1")
            board.refresh(
                connection,
                [row[0] for row in connection.execute("SELECT id FROM thread")],
                board.placing(self.settings, self.services.own, self.clock[0]),
            )

    def rows(self, statement: str, *values):
        with Database(self.services.database.path, readonly=True) as database:
            return database.connection.execute(statement, values).fetchall()
