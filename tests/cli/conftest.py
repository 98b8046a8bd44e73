"""The command line as scripts meet it: `cli(…)` runs one command and gives its exit code, stdout and stderr."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from salesinbox.cli.main import main
from salesinbox.locale import texts
from tests.mailboxes import mail
from tests.servers import Mailbox

ME = '[me]\nname = "橋本 奈美"\nzone = "Asia/Tokyo"\nown_domains = ["zylker.example"]\n'


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout must be one JSON document and nothing else."""
        return json.loads(self.out)


Cli = Callable[..., Done]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    texts.use("")
    yield
    texts.use("")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rep's home: the configuration and the data of these tests, nothing of the machine's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SALESINBOX_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("SALESINBOX_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def cli(home: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(list(arguments))
        return Done(code, *capsys.readouterr())

    return run


def write_config(home: Path, *accounts: str, me: str = ME) -> Path:
    path = home / "config.toml"
    path.write_text("\n".join([me, *accounts]), encoding="utf-8")
    path.chmod(0o600)
    return path


def account(mailbox: Mailbox, name: str = "work", **changes: str) -> str:
    """An [[account]] that reaches this mailbox. `changes` are TOML values."""
    values = {
        "host": f'"{mailbox.host}"',
        "port": str(mailbox.port),
        "tls": '"none"',
        "user": f'"{mailbox.user}"',
        "password_command": json.dumps(["printf", "%s", mailbox.password]),
        **changes,
    }
    lines = "\n".join(f"{key} = {value}" for key, value in values.items())
    return f'[[account]]\nname = "{name}"\naddress = "{mailbox.user}@zylker.example"\n[account.imap]\n{lines}\n'


@pytest.fixture
def synced(cli: Cli, home: Path, dovecot: Mailbox) -> Cli:
    """A rep with mail of one thread from a contact on an open deal, one from a colleague, one from nobody known."""
    write_config(home, account(dovecot))
    (home / "contacts.csv").write_text(
        "First Name,Last Name,Email,Company,Title\n達郎,永田,nagata@minato.example,みなとみらい商事,部長\n"
    )
    (home / "deals.csv").write_text(
        "Deal Name,Company,Contact Email,Stage,Amount,Currency,Closing Date\n"
        "Web刷新,みなとみらい商事,nagata@minato.example,提案,4000000,JPY,2027-12-20\n"
    )
    dovecot.deliver(
        mail(1, sender="永田 達郎 <nagata@minato.example>", subject="資料の件", body="お見積もりの資料です。\n")
    )
    dovecot.deliver(
        mail(2, sender="永田 達郎 <nagata@minato.example>", subject="Re: 資料の件", references="<1@test.example>"),
        flags="S",
    )
    dovecot.deliver(mail(3, sender="鈴木 ほなみ <suzuki@zylker.example>", subject="会議"), flags="S")
    dovecot.deliver(mail(4, sender="Stranger <stranger@elsewhere.example>", subject="Hello [/] there"))
    assert cli("records", "import", str(home / "contacts.csv"), "--kind", "contacts").code == 0
    assert cli("records", "import", str(home / "deals.csv"), "--kind", "deals").code == 0
    assert cli("sync").code == 0
    return cli
