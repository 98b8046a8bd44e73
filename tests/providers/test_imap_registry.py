"""Which provider speaks for an account, and what is loaded for it."""

import subprocess
import sys

import pytest

from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import Account
from salesinbox.providers.registry import session


def test_an_unknown_provider_is_named_with_the_known_ones() -> None:
    account = Account("work", "rep@zylker.example", "imapp")
    with pytest.raises(ConfigurationError, match=r'"work".*"imapp".*imap'):
        session(account, str)


def test_nothing_is_loaded_before_an_account_needs_it() -> None:
    code = "import sys, salesinbox.providers.registry; print('imapclient' in sys.modules, 'ssl' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == ["False", "False"]
