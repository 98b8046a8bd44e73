"""Passwords and tokens of the rep's accounts: where they come from, and where they are kept (ACC-4, ACC-5).

    ways            where an account's secrets come from, as its configuration says it
    keeper          all of it together: `Credentials`
    command         what a command of the rep's own prints
    system_keyring  the system's keyring, in a process of its own
    vault, opening  an encrypted file, and the passphrase that opens it
    places          which secrets were put into the keyring
    using           which of these an account uses, and what is wrong with it
    oauth           logging in by OAuth

Nothing here prompts on the terminal or waits without end. A secret is in this process's memory, on a pipe, in the
keyring or encrypted; never in an argument, the environment, a log, a `repr` or an error.
"""

from salesinbox.credentials.keeper import AUTO, IN_FILE, KEYRING, Credentials
from salesinbox.credentials.using import Used

__all__ = ["AUTO", "IN_FILE", "KEYRING", "Credentials", "Used"]
