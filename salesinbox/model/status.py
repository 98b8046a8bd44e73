"""How an account and its folders stand (ACC-7), and what a check of the installation found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """`server` and `local` are counts of messages; times are seconds since 1970, 0 for never."""

    name: str
    role: str
    server: int
    local: int
    bodies: int
    """Messages whose content is here, of `local`; 0 where they were not counted."""
    last_success: int
    last_error: str
    next_try: int

    @property
    def synced(self) -> bool:
        """True only when the counts agree and the last pass went through."""
        return self.last_success > 0 and self.server == self.local and not self.last_error


@dataclass(frozen=True, slots=True)
class AccountStatus:
    name: str
    address: str
    state: str
    """connecting, syncing, watching, waiting, paused, stopped, or unknown when no sync process runs."""
    detail: str
    folders: tuple[FolderStatus, ...]
    pending: int = 0
    """Changes and mail of the rep's that servers are still to be told of."""

    @property
    def synced(self) -> bool:
        return bool(self.folders) and all(folder.synced for folder in self.folders)


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What one pass did to one folder."""

    name: str
    server: int
    local: int
    new: int
    changed: int
    gone: int
    ok: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class AccountReport:
    name: str
    folders: tuple[FolderReport, ...]
    seconds: float
    error: str = ""
    exit: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`: what was looked at, how it stands, and what to do about it."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
