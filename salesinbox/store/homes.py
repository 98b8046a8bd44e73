"""Where the provider of an account keeps things of its own: a folder for each account in the data folder."""

import hashlib
import re
from pathlib import Path

FOLDER = "accounts"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def home(data: Path, account: str) -> Path:
    """The folder of the account of that name; its provider makes it. A name that no folder can have gets another."""
    if _PLAIN.fullmatch(account):
        return data / FOLDER / account
    letters = re.sub(r"[^A-Za-z0-9_-]+", "_", account)[:20]
    return data / FOLDER / f"{letters}.{hashlib.sha256(account.encode()).hexdigest()[:12]}"
