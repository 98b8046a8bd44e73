"""A sync process that goes on for days follows the configuration."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from salesinbox import wiring
from salesinbox.model.drafts import NEW
from salesinbox.model.outbox import FILED
from salesinbox.wiring import Application
from tests.mailboxes import configuration
from tests.servers import Mailbox, until
from tests.sync.outpost import Outpost


def test_SEND_5_an_account_that_learns_to_send_sends_without_a_restart(tmp_path: Path, dovecot: Mailbox) -> None:
    config, data = configuration(tmp_path, dovecot), tmp_path / "data"
    command = [sys.executable, "-m", "salesinbox", "--config", str(config), "--data", str(data), "sync", "--watch"]
    with (
        Outpost() as outpost,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
    ):
        try:
            application = Application(wiring.settings(config), data)
            until(application.live.connect, "the sync process")
            text = config.read_text(encoding="utf-8")
            config.write_text(text + '  [account.smtp]\n  host = "127.0', encoding="utf-8")  # the rep is still typing
            smtp = f'  [account.smtp]\n  host = "127.0.0.1"\n  port = {outpost.port}\n  tls = "none"\n'
            config.write_text(text + smtp, encoding="utf-8")
            application.close()
            application = Application(wiring.settings(config), data)
            draft = replace(application.writing.begin(NEW), to="a@x.example", subject="s", text="t")
            entry = application.writing.send(draft, undo=False).id
            until(lambda: application.outbox.entry(entry).filed == FILED, "the mail to be sent", 30)
            assert process.poll() is None  # it is the same process still
            assert len(outpost.taken) == 1
            application.close()
        finally:
            process.kill()
