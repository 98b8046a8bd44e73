"""The demo's mail server: pymap in memory, with one user, and its post office, each on a loopback port.

Only the server's own process imports this module, for pymap costs a tenth of a second.
"""

import asyncio
import os
import ssl
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.config import BackendCapability
from pymap.imap import IMAPServer
from pymap.listtree import ListEntry, ListTree
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from salesinbox.demo.mailbox import FOLDERS, ROLES, Arrival, Filed
from salesinbox.demo.post import Post

HOST = "127.0.0.1"
_PARENT_CHECK = 1.0
"""Seconds. The end of stdin is noticed at once; this is for a parent that died while others hold the pipe."""


class _Entry(ListEntry):
    """A folder that tells its special use (RFC 6154 §2)."""

    @property
    def attributes(self) -> Sequence[bytes]:
        use = ROLES.get(self.name)
        return [*super().attributes, *([use.encode()] if use else [])]


class _Tree(ListTree):
    def list_matching(self, ref_name: str, filter_: str) -> Iterable[ListEntry]:
        for entry in super().list_matching(ref_name, filter_):
            yield _Entry(entry.name, entry.exists, entry.marked, entry.has_children)


class _Folders(MailboxSet):
    async def list_mailboxes(self) -> ListTree:
        plain = await super().list_mailboxes()
        return _Tree(self.delimiter).update(*(entry.name for entry in plain.list() if entry.exists))


class _Settings(Config):
    """pymap's settings without what it would take from the environment or ask of a name server."""

    @property
    def greeting(self) -> bytes:
        return b"SalesInbox demo"

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=True, object_id=True, multi_append=True, custom=[b"SPECIAL-USE"])


async def _put(folders: MailboxSet, filed: Filed, *, recent: bool) -> None:
    mailbox = await folders.get_mailbox(filed.folder)
    flags = frozenset(Flag(flag.encode()) for flag in filed.flags)
    await mailbox.append(AppendMessage(filed.raw, filed.received, flags), recent=recent)


def serve(
    user: str, password: str, mail: Sequence[Filed], script: Sequence[Arrival], *, first: float, every: float, seed: int
) -> bool:
    """Serve `mail`, print {"port": …, "smtp_port": …} as one line when ready, and let the script arrive.

    The first mail of the script comes after `first` seconds, then one every `every` seconds. Returns when stdin
    is closed or the parent process is gone: True when the parent said a word on stdin before, so that it knows.
    """
    # Asked before the line is printed: until then the parent waits for it, so it is the parent.
    parent = os.getppid()
    return asyncio.run(_serve(user, password, mail, script, first, every, seed, parent))


async def _serve(
    user: str,
    password: str,
    mail: Sequence[Filed],
    script: Sequence[Arrival],
    first: float,
    every: float,
    seed: int,
    parent: int,
) -> bool:
    arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
    config = _Settings(
        arguments,
        host=HOST,
        port=0,
        tls_enabled=False,
        reject_dnsbl=False,
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        # The password is made at random for this run and never leaves this process's memory but to its parent.
        hash_context=Cleartext(),
        demo_data=False,
        demo_user=user,
        demo_password=password,
    )
    login = Login(config)
    await login.demo_user_identity.set(UserMetadata(config, user, password=password))
    folders = _Folders()
    for name in FOLDERS:
        if name != "INBOX":
            await folders.add_mailbox(name)
    for filed in mail:
        await _put(folders, filed, recent=False)
    config.set_cache[user] = (folders, FilterSet())
    config.apply_context()

    connection = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
    server = await asyncio.start_server(connection, host=HOST, port=0)
    post = Post(lambda filed: _put(folders, filed, recent=True), lambda: datetime.now(UTC), seed=seed, every=every)
    letter_box = await post.listen(HOST)
    port, smtp_port = (one.sockets[0].getsockname()[1] for one in (server, letter_box))
    print(f'{{"port": {port}, "smtp_port": {smtp_port}}}', flush=True)  # noqa: T201  # what the parent waits for

    told = asyncio.create_task(_end_of_stdin())
    tasks = {told, asyncio.create_task(_end_of_parent(parent))}
    delivery = asyncio.create_task(_deliver(folders, script, first, every))
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    known = told.done() and told.result()
    for task in (*tasks, delivery):
        task.cancel()
    post.close()
    server.close()
    letter_box.close()
    return known


async def _deliver(folders: MailboxSet, script: Sequence[Arrival], first: float, every: float) -> None:
    await asyncio.sleep(first)
    for arrival in script:
        await _put(folders, arrival.filed(datetime.now(UTC)), recent=True)
        await asyncio.sleep(every)


async def _end_of_stdin() -> bool:
    """Wait for it; whether anything was said before."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    said = False
    while await reader.read(1024):
        said = True
    return said


async def _end_of_parent(parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110  # the kernel tells nobody of it
        await asyncio.sleep(_PARENT_CHECK)
