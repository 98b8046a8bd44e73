"""Writing by the Gmail API: flags, keywords and folders are labels, which are set and taken away in few calls."""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence

from salesinbox.formats import headers
from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.mail import DRAFTS, Flag, FlagState
from salesinbox.model.text import safe
from salesinbox.providers.gmail.api import ME, SIMPLE, LostError, objects
from salesinbox.providers.gmail.asking import Asking
from salesinbox.providers.gmail.errors import RefusedError, speaking
from salesinbox.providers.gmail.history import MOST_IDLE, PAGE, EndlessError, id_of, number_of
from salesinbox.providers.gmail.labels import DELIMITER, FIXED, HIDING, PLACES, STARRED, UNREAD, Folder, name_of
from salesinbox.providers.gmail.reading import FEW
from salesinbox.providers.gmail.talk import SEEN, Answer, labels_in
from salesinbox.providers.gmail.threads import thread_of

_SINGLY = 10
"""Messages up to which each is changed by itself: that costs less, and tells their labels."""
_TOGETHER = 1000
"""Messages that one call changes at most."""
_NOTED = {Flag.SEEN: (UNREAD, False), Flag.FLAGGED: (STARRED, True)}
"""Flag → (label, whether it is there when the flag is set). Gmail's API keeps no others."""


class Writing(Asking):
    """Whatever is said twice is the same as said once, but for `append`."""

    def store(self, folder: str, uids: Sequence[int], add: FlagState, remove: FlagState) -> dict[int, FlagState]:
        """Flags that Gmail does not keep (answered, forwarded) are set in what is returned, and nowhere else."""
        doing = _("marking messages in {folder}").format(folder=safe(folder, 100))
        with speaking(self.account, doing, writing=True):
            where = self._folder(folder)
            if not uids:
                return {}
            setting, clearing = self._labels_for(add, make=True), self._labels_for(remove, make=False)
            told = self._changed(uids, setting[0] | clearing[1], setting[1] | clearing[0])
            if told is None:
                found = self._states(where, uids)
            else:
                found = {uid: self._state(labels) for uid, labels in told.items() if where.holds(labels)}
            return {uid: self._with(state, add, remove) for uid, state in found.items()}

    def _labels_for(self, asked: FlagState, *, make: bool) -> tuple[set[str], set[str]]:
        """(labels that are there when this is set, labels that are not); `make` those that are missing."""
        there: set[str] = set()
        away: set[str] = set()
        for flag, (label, shown) in _NOTED.items():
            if asked.flags & flag:
                (there if shown else away).add(label)
        for word in asked.keywords.split():
            label = self._known_labels().with_keyword(word) or self._labels_now().with_keyword(word)
            if not label and make and (name := name_of(word)):
                label = self._made(name)
            if label:
                there.add(label)
        return there, away

    def _with(self, state: FlagState, add: FlagState, remove: FlagState) -> FlagState:
        """What the server has after a change; its lists may be a moment behind."""
        if not self._keeps:
            return SEEN
        flags = (state.flags | add.flags) & ~remove.flags
        words = (set(state.keywords.split()) | set(add.keywords.split())) - set(remove.keywords.split())
        return FlagState(flags, " ".join(sorted(words)))

    def _changed(
        self, uids: Sequence[int], add: Collection[str], remove: Collection[str]
    ) -> dict[int, frozenset[str]] | None:
        """Set and take away labels. Returns what each message has now, None where that is not told."""
        body = {"addLabelIds": sorted(set(add) - set(remove)), "removeLabelIds": sorted(remove)}
        if not add and not remove:
            return None
        wanted = list(dict.fromkeys(uids))
        if len(wanted) > _SINGLY:
            for start in range(0, len(wanted), _TOGETHER):
                ids = [id_of(uid) for uid in wanted[start : start + _TOGETHER]]
                self._api.call(self._api.messages.batchModify(userId=ME, body={"ids": ids, **body}))
            return None
        asked = {str(uid): self._api.messages.modify(userId=ME, id=id_of(uid), body=body) for uid in wanted}
        found: dict[int, frozenset[str]] = {}
        for name, answer in self._api.batch(asked).items():
            if not isinstance(answer, RefusedError):
                found[int(name)] = labels_in(answer)
            elif not (answer.is_gone or answer.is_no_id):
                raise answer
        return found

    def _present(self, folder: Folder, uids: Sequence[int]) -> list[int]:
        """Those of the messages that are in the folder: what another client has put elsewhere is left alone."""
        wanted = list(dict.fromkeys(uids))
        if len(wanted) <= FEW:
            told = self._labels_of(wanted)
            return [uid for uid in wanted if uid in told and folder.holds(told[uid])]
        here = set(self._listed(folder))
        return [uid for uid in wanted if uid in here]

    def move(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        """Whatever other labels a message has, it keeps: in Gmail to archive is to leave the inbox."""
        names = {"folder": safe(folder, 100), "target": safe(target, 100)}
        with speaking(self.account, _("moving messages from {folder} to {target}").format(**names), writing=True):
            source, towards = self._folder(folder), self._folder(target)
            if not uids:
                return {}
            if source == towards:
                return {uid: uid for uid in uids}
            add = {towards.label} - {""}
            remove = {source.label} - {""} - FIXED
            if not towards.label:
                # It is archived only when it lies in no other place of Gmail's own.
                remove |= {"INBOX"} | HIDING
            elif towards.label in HIDING:
                remove |= ({"INBOX"} | HIDING) - add
            if add & FIXED or (source.label in FIXED and towards.label not in HIDING):
                raise self._only_gmail(source if source.label in FIXED else towards)
            here = self._present(source, uids)
            if here:
                self._changed(here, add, remove)
            return {uid: uid for uid in here}

    def copy(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        names = {"folder": safe(folder, 100), "target": safe(target, 100)}
        with speaking(self.account, _("copying messages from {folder} to {target}").format(**names), writing=True):
            source, towards = self._folder(folder), self._folder(target)
            if not uids:
                return {}
            if towards.label in FIXED:
                raise self._only_gmail(towards)
            if not towards.label or towards.label in HIDING or source.label in HIDING:
                raise ServerError(
                    _(
                        "in Gmail a message cannot lie in {target} and in {folder} at the same time; move it instead"
                    ).format(**names)
                )
            here = self._present(source, uids)
            if here:
                self._changed(here, {towards.label}, ())
            return {uid: uid for uid in here}

    def _only_gmail(self, folder: Folder) -> ServerError:
        return ServerError(
            _("only Gmail itself puts mail in {folder} and takes it out; move it to the trash, or label it").format(
                folder=safe(folder.name, 100)
            )
        )

    # --- deleting for good ---------------------------------------------------------------------------------------

    def expunge(self, folder: str, uids: Sequence[int]) -> None:
        """Take messages out of a folder; those that then lie nowhere any more are deleted for good.

        What lies in trash or spam is deleted whatever labels it has. Out of the folder of a label of the rep's own
        a message only loses that label.
        """
        doing = _("deleting messages in {folder}").format(folder=safe(folder, 100))
        with speaking(self.account, doing, writing=True):
            where = self._folder(folder)
            if not uids:
                return
            if where.role == DRAFTS:
                self._delete_drafts(where, uids)
            elif where.label in HIDING:
                self._delete(self._present(where, uids))
            elif where.label in self._known_labels().users:
                if here := self._present(where, uids):
                    self._changed(here, (), {where.label})
            else:
                self._take_out(where, uids)

    def _take_out(self, where: Folder, uids: Sequence[int]) -> None:
        """Out of the inbox, the archive, or what was sent."""
        told = {uid: labels for uid, labels in self._labels_of(uids).items() if where.holds(labels)}
        users = set(self._known_labels(told.values()).users)
        others = (PLACES | users) - {where.label}
        held = [uid for uid, labels in told.items() if labels & others]
        # First what can be refused: nothing is done by halves.
        if held and (not where.label or where.label in FIXED):
            raise ServerError(
                _("in Gmail a message that has labels stays in {folder}; take the labels away first").format(
                    folder=safe(where.name, 100)
                )
            )
        if held:
            self._changed(held, (), {where.label})
        self._delete([uid for uid in told if uid not in held])

    def _delete(self, uids: Sequence[int]) -> None:
        for start in range(0, len(uids), _TOGETHER):
            ids = [id_of(uid) for uid in uids[start : start + _TOGETHER]]
            self._api.call(self._api.messages.batchDelete(userId=ME, body={"ids": ids}))

    def _delete_drafts(self, where: Folder, uids: Sequence[int]) -> None:
        drafts = self._drafts(set(uids))
        asked = {str(uid): self._api.drafts.delete(userId=ME, id=draft) for uid, draft in drafts.items()}
        for answer in self._api.batch(asked).values():
            if isinstance(answer, RefusedError) and not answer.is_gone:
                raise answer
        if others := self._present(where, [uid for uid in uids if uid not in drafts]):
            self._delete(others)

    def _drafts(self, wanted: set[int]) -> dict[int, str]:
        """Message → id of the draft whose message it is, for as many of these as are drafts."""
        found: dict[int, str] = {}
        seen: set[str] = set()
        idle, token = 0, None
        while True:
            answer = self._api.call(self._api.drafts.list(userId=ME, maxResults=PAGE, pageToken=token))
            before = len(seen)
            for draft in objects(answer, "drafts"):
                seen.add(str(draft.get("id", "")))
                message = draft.get("message")
                uid = number_of(message.get("id")) if isinstance(message, dict) else 0
                if uid in wanted:
                    found[uid] = str(draft.get("id", ""))
            token = answer.get("nextPageToken")
            if not token or len(found) == len(wanted):
                return found
            idle = 0 if len(seen) > before else idle + 1
            if idle > MOST_IDLE:
                raise EndlessError("the list of drafts has no end")

    # --- new folders, and filing ---------------------------------------------------------------------------------

    def create(self, folder: str) -> None:
        """Raises ServerError also for a name with control characters, and for an empty one."""
        with speaking(self.account, _("creating the folder {folder}").format(folder=safe(folder, 100)), writing=True):
            self._must_be_a_name(folder)
            if folder not in self._labels_now().folders:
                self._made(folder)

    def _must_be_a_name(self, folder: str) -> None:
        if not folder.strip(DELIMITER + " ") or any(letter < " " or letter == "\x7f" for letter in folder):
            raise ServerError(_("a folder's name must not be empty or hold control characters"))

    def _made(self, name: str) -> str:
        """The id of a label that is made."""
        body = {"name": name, "labelListVisibility": "labelShow", "messageListVisibility": "show"}
        try:
            told = self._api.call(self._api.labels.create(userId=ME, body=body))
        except RefusedError as refusal:
            # It is there under this name in other letters, or since a moment ago.
            known = self._labels_now().folders.items()
            same = [one for other, one in known if other.casefold() == name.casefold() and one.label]
            if refusal.status != 409 or not same:
                raise
            return same[0].label
        self._labels_now()
        return str(told.get("id", ""))

    def append(self, folder: str, message: bytes, flags: Flag, date: int) -> int:  # noqa: ARG002 - see below
        """The date is the one in the message: Gmail takes no other one (or now, where there is none)."""
        self._must_be_a_name(folder)
        doing = _("filing a message in {folder}").format(folder=safe(folder, 100))
        with speaking(self.account, doing, writing=True):
            if folder not in self._known_labels().folders and folder not in self._labels_now().folders:
                self._made(folder)
            where = self._folder(folder)
            octets = _filed_form(message)
            if where.role == DRAFTS:
                body: dict[str, object] = {}
                if thread := thread_of(self._api, octets):
                    body["threadId"] = thread
                told = self._filed(self._api.drafts.create, octets, body, lambda inner: {"message": inner})
                inner = told.get("message")
                told = inner if isinstance(inner, dict) else {}
            else:
                labels = [where.label] if where.label else []
                labels += [] if flags & Flag.SEEN else [UNREAD]
                labels += [STARRED] if flags & Flag.FLAGGED else []
                told = self._filed(self._api.messages.insert, octets, {"labelIds": labels}, dict, _date(octets))
            return number_of(told["id"]) if "id" in told else 0

    def _filed(
        self,
        method: Callable[..., object],
        octets: bytes,
        inner: Mapping[str, object],
        outer: Callable[[dict[str, object]], Mapping[str, object]],
        more: Mapping[str, str] | None = None,
    ) -> Answer:
        if len(octets) <= SIMPLE:
            raw = base64.urlsafe_b64encode(octets).decode("ascii")
            request = method(userId=ME, body=outer({**inner, "raw": raw}), **(more or {}))
            return self._api.call(request, repeat=False)
        request = method(userId=ME, body=outer(dict(inner)), media_body=self._api.media(octets), **(more or {}))
        try:
            return self._api.upload(request)
        except LostError as lost:
            raise NetworkError(
                _('the line to Gmail broke while a message was filed for the account "{account}"').format(
                    account=safe(self.account.name, 60)
                )
            ) from lost


def _date(octets: bytes) -> dict[str, str]:
    """By which date a message is filed: its own, else the time of filing."""
    head = dict(reversed(headers.fields(octets[:65_536])))
    told = headers.seconds(head.get(b"date", b""))
    return {"internalDateSource": "dateHeader" if told is not None else "receivedTime"}


def _filed_form(message: bytes) -> bytes:
    """As on an IMAP server: line ends as CRLF, and no NUL."""
    message = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"\x80")
    return message.replace(b"\n", b"\r\n")
