"""To whom an answer goes, from which address, and what ties it to the conversation (SEND-1, SEND-3). Pure."""

import re
from collections.abc import Collection, Iterable, Sequence

from salesinbox.model.drafts import EDIT, REPLY, REPLY_ALL, Original
from salesinbox.model.identities import Identity
from salesinbox.model.mail import Address
from salesinbox.rules.addresses import normal

_ID = re.compile(r"<[^<>\s]{1,900}>")
_MOST_REFERENCES = 100


def recipients(original: Original, own: Collection[str], kind: str) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """(To, Cc) of a new message of one of the kinds of `model.drafts`; the kinds that answer nobody have none.

    An answer goes to the Reply-To, else to the sender; one to the rep's own mail goes to whom that went. A mailing
    list that puts itself into the Reply-To is passed over, so that an answer to one person reaches one person; an
    answer to all reaches the list as well. Nobody stands there twice, and the rep only where nobody else is.

    Args:
        original: The message that is answered.
        own: The rep's own addresses.
        kind: REPLY or REPLY_ALL; EDIT takes over the recipients as they are.
    """
    if kind == EDIT:
        return original.to, original.cc
    if kind not in (REPLY, REPLY_ALL):
        return (), ()
    rep = {normal(address) for address in own}
    everybody = kind == REPLY_ALL
    if original.mine and (others := _without(rep, (*original.to, *original.cc))):
        to = _without(rep, original.to) or others
        return to, _without(rep | _keys(to), original.cc) if everybody else ()
    to = _writers(original, rep)
    if not everybody:
        return to, ()
    # The list may be in none of the fields but its own Reply-To.
    lists = [one for one in original.reply_to if _is_list(one, original)]
    cc = _without(rep | _keys(to), (*original.to, *original.cc, *lists))
    return to, cc


def identity(original: Original, identities: Sequence[Identity]) -> Identity:
    """Who answers: the identity that the mail came to, or that it was from if it is the rep's own; else the first.

    An address with a tag ("rep+fair@…") is met by the one without it. `identities` holds at least one.
    """
    met = [original.sender] if original.mine else [*original.to, *original.cc]
    for form in (normal, _untagged):
        known = {form(one.address): one for one in reversed(identities)}
        for address in met:
            if found := known.get(form(address.address)):
                return found
    return identities[0]


def references(original: Original) -> tuple[str, tuple[str, ...]]:
    """(In-Reply-To, References) of an answer (RFC 5322 §3.6.4), with angle brackets; "" and () where none are known.

    A chain that has grown too long keeps its first id, by which the conversation is found, and the last ones. What
    is no id is left out: a header is built of these.
    """
    own = original.message_id if _ID.fullmatch(original.message_id) else ""
    chain = [one for one in dict.fromkeys(original.references) if _ID.fullmatch(one) and one != own]
    if own:
        chain.append(own)
    if len(chain) > _MOST_REFERENCES:
        chain = [chain[0], *chain[1 - _MOST_REFERENCES :]]
    return own, tuple(chain)


def _writers(original: Original, rep: set[str]) -> tuple[Address, ...]:
    """Who reads an answer to one person: never empty as long as the message names any address at all."""
    asked = [one for one in original.reply_to if not _is_list(one, original)]
    sender = [] if _is_list(original.sender, original) else [original.sender]
    for choice in (asked, sender, original.reply_to, (original.sender,), (*original.to, *original.cc)):
        if found := _without(rep, choice):
            return found
    # A mail from the rep to the rep.
    return _without(set(), original.to) or _without(set(), (original.sender,))


def _is_list(address: Address, original: Original) -> bool:
    """Whether the address is the mailing list's that the message came by."""
    if not original.list_id:
        return False
    sent_to = _keys((*original.to, *original.cc))
    named = {one for one in sent_to | _keys((*original.reply_to, original.sender)) if _names(original.list_id, one)}
    key = normal(address.address)
    # A list whose id tells nothing of its address is still whom the mail was sent to, as its writer is not.
    return key in named or (not named and key in sent_to and key != normal(original.sender.address))


def _names(list_id: str, address: str) -> bool:
    """Whether a list's id is made of its address, as most are: "name.domain" (RFC 2919 §2)."""
    return address.replace("@", ".") == normal(list_id).strip("<>")


def _without(excluded: set[str], addresses: Iterable[Address]) -> tuple[Address, ...]:
    """The mailboxes among the addresses, each once, those excluded left out."""
    kept: dict[str, Address] = {}
    for one in addresses:
        key = normal(one.address)
        local, _at, domain = key.rpartition("@")
        if local and domain and key not in excluded:
            kept.setdefault(key, one)
    return tuple(kept.values())


def _keys(addresses: Iterable[Address]) -> set[str]:
    return {normal(one.address) for one in addresses}


def _untagged(address: str) -> str:
    local, at, domain = normal(address).rpartition("@")
    return local.partition("+")[0] + at + domain
