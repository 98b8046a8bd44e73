"""What is said where a secret cannot be had: which account, what is wrong, and what to do."""

from salesinbox.credentials.system_keyring import IN_CLEAR, MISSING, NOT_KEPT, SILENT, KeyringError
from salesinbox.credentials.ways import Way
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe


def no_server(account: Account) -> CredentialsError:
    return CredentialsError(_('Account "{name}" has no server to log in to.').format(name=safe(account.name, 60)))


def no_way(account: Account, way: Way) -> CredentialsError:
    if not way.key:
        return no_server(account)
    return CredentialsError(
        _(
            'Account "{name}" logs in by access token, and nothing says where it comes from. Write a {key} that '
            'prints one, or auth = "oauth" with an [account.oauth].'
        ).format(name=safe(account.name, 60), key=way.key)
    )


def not_kept(account: Account, way: Way, store: str) -> CredentialsError:
    here = _here(account, way)
    if store == "file":
        return CredentialsError(
            _(
                'There is no password for account "{name}" among the encrypted secrets. Store it with: {store} '
                "– or write {example} in the configuration."
            ).format(**here)
        )
    return CredentialsError(
        _(
            'The keyring holds no password for account "{name}". Store it with: {store} '
            "– or write {example} in the configuration."
        ).format(**here)
    )


def no_keyring(account: Account, way: Way) -> CredentialsError:
    return CredentialsError(
        _(
            'There is no password for account "{name}": it has no password_command, and this machine has no keyring. '
            "Store it encrypted with: {store} – or write {example} in the configuration."
        ).format(**_here(account, way))
    )


def keyring_failed(account: Account, error: KeyringError) -> CredentialsError:
    here = _here(account, None)
    if error.reason == SILENT:
        text = _(
            'The keyring did not answer when asked for the password of account "{name}". '
            "It may be locked: unlock it, or write {example} in the configuration."
        )
    elif error.reason == MISSING:
        text = _(
            'This machine has no keyring for the password of account "{name}". '
            'Write store = "file" in [secrets], or {example} in the configuration.'
        )
    elif error.reason == IN_CLEAR:
        text = _(
            'The keyring would write the password of account "{name}" down in clear. '
            'Write store = "file" in [secrets], or {example} in the configuration.'
        )
    elif error.reason == NOT_KEPT:
        text = _(
            'The keyring did not keep the password of account "{name}". '
            'Write store = "file" in [secrets], or {example} in the configuration.'
        )
    else:
        text = _(
            'The keyring refused the password of account "{name}" ({reason}). '
            "Unlock it, or write {example} in the configuration."
        )
    return CredentialsError(text.format(**here, reason=safe(error.reason, 60)))


def _here(account: Account, way: Way | None) -> dict[str, str]:
    name = safe(account.name, 60)
    sending = " --sending" if way is not None and way.sending else ""
    return {
        "name": name,
        "example": f'password_command = ["pass", "show", "{name}"]',
        "store": f"salesinbox secrets set {quoted(name)}{sending}",
    }


def quoted(name: str) -> str:
    """The name as a shell takes it."""
    import shlex  # noqa: PLC0415 - for a sentence only

    return shlex.quote(name)
