"""Addresses in the form in which they are compared, and which of them are the rep's own (COL-4, COL-6)."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from salesinbox.model.settings import Account, Me
from salesinbox.model.text import safe
from salesinbox.rules.freemail import FREE_MAIL_DOMAINS, FREE_MAIL_PARENTS

_LONGEST = 512
_LONGEST_LABEL = 63


def normal(address: str) -> str:
    """The address in the one form in which addresses are compared; harmless to draw, never raises.

    Lower case throughout: RFC 5321 §2.4 allows mailboxes that differ by case only, COL-6 does not. Full-width
    letters are the plain ones (NFKC), an international domain is its A-label (RFC 5890 §2.3.2.1), and the
    root's final dot goes. Tags (`+tag`) and dots stay.
    """
    if address.isascii() and address.isprintable():
        return address.strip().rstrip(".").lower()
    address = unicodedata.normalize("NFKC", safe(address, _LONGEST)).strip().lower()
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{_ascii(domain)}" if at else address


def normal_domain(domain: str) -> str:
    """A domain as `domain_of` gives it; a leading "@" is passed over, since people write one in settings."""
    return normal("@" + domain.strip().lstrip("@＠"))[1:]


def domain_of(address: str) -> str:
    """What stands after the last "@", in its normal form; "" where there is none."""
    return normal(address).rpartition("@")[2] if "@" in address or "＠" in address else ""


@lru_cache(maxsize=1024)
def is_free_mail(domain: str) -> bool:
    """True for a provider that gives mailboxes to everybody: its domain tells nothing of an employer."""
    domain = normal_domain(domain)
    return domain in FREE_MAIL_DOMAINS or domain.partition(".")[2] in FREE_MAIL_PARENTS


def own_domains(me: Me, accounts: Iterable[Account]) -> frozenset[str]:
    """Domains whose addresses are colleagues': those of the accounts and of the setting, free mail left out.

    A domain means itself only: a sub-domain is often a machine's, or a customer's at a hosting company, and
    is listed in the setting where it is the rep's own.
    """
    domains = {domain_of(account.address) for account in accounts}
    domains.update(normal_domain(domain) for domain in me.own_domains)
    return frozenset(domain for domain in domains if domain and not is_free_mail(domain))


def own_addresses(me: Me, accounts: Iterable[Account]) -> frozenset[str]:
    """Addresses that are the rep: those of the accounts and of their identities, and the aliases of the settings."""
    addresses = {normal(address) for address in me.addresses}
    for account in accounts:
        addresses.add(normal(account.address))
        addresses.update(normal(identity.address) for identity in account.identities)
    return frozenset(addresses - {""})


def _ascii(domain: str) -> str:
    """A-labels, without the mapping of IDNA 2003 that makes "straße" and "strasse" one domain."""
    domain = domain.replace("。", ".").rstrip(".")
    if domain.isascii():
        return domain
    return ".".join(
        label
        if label.isascii() or len(label) > _LONGEST_LABEL
        else "xn--" + label.encode("punycode", "replace").decode("ascii", "replace")
        for label in domain.split(".")
    )
