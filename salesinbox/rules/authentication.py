"""What the account's own server found out about a sender (COL-13, RFC 8601)."""

import re
from collections.abc import Collection, Iterator, Sequence

from salesinbox.model.settings import Account
from salesinbox.rules.addresses import domain_of, normal_domain

AUTH_FAILED = "auth-failed"

# Servers that sign with another name than the one they are reached by (as seen in their mail).
_GMAIL = "mx.google.com"
_SIGNS_AS = {
    "imap.gmail.com": _GMAIL,
    "imap.googlemail.com": _GMAIL,
    "imap.fastmail.com": ".messagingengine.com",
    "imap.mail.yahoo.com": ".yahoo.com",
    "imap.zoho.com": "mx.zohomail.com",
}

# "hardfail" is what servers wrote before RFC 7001. An error of the check itself (permerror, temperror) and
# "neutral" say that nothing was found out (RFC 8601 §2.7), which is no failure.
_FAILED_SPF = frozenset({"fail", "hardfail", "softfail"})
_FAILED_DKIM = frozenset({"fail", "hardfail"})
_PASSED = frozenset({"pass", "bestguesspass"})

_LONGEST = 65_536
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"?|([(;=])|([^\s"();=]+)|\s+|.', re.DOTALL)
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


def trusted_ids(account: Account) -> frozenset[str]:
    """Whose Authentication-Results count for an account: the id that is set, else what its server is called.

    That is the IMAP host, and the address's domain with its sub-domains (written with a leading dot).
    """
    imap = account.imap
    if imap and imap.authserv_id:
        return frozenset({normal_domain(imap.authserv_id)})
    trusted = set()
    if domain := domain_of(account.address):
        trusted |= {domain, f".{domain}"}
    if account.gmail is not None:
        trusted.add(_GMAIL)
    if imap and (host := normal_domain(imap.host)):
        trusted.add(host)
        if host in _SIGNS_AS:
            trusted.add(_SIGNS_AS[host])
    return frozenset(trusted)


def is_trusted(authserv_id: str, trusted: Collection[str]) -> bool:
    """Whether an authserv-id is one of the trusted ones; compared without case (RFC 8601 §2.3)."""
    name = normal_domain(authserv_id)
    if name == "":
        return False
    if name in trusted:
        return True
    dot = name.find(".")
    while dot >= 0:
        if name[dot:] in trusted:
            return True
        dot = name.find(".", dot + 1)
    return False


def warning(values: Sequence[str], sender_domain: str, trusted: Collection[str]) -> str:
    """Says "auth-failed" where the account's server says that the sender's domain failed its checks, else "".

    DMARC decides where it has a verdict. Without one, SPF and DKIM must both have failed. A pass for another
    domain than the sender's (a mailing service's signature) proves nothing, and is passed over.

    Args:
        values: Authentication-Results values, topmost first. Only the topmost one of a trusted server counts:
            those below it came with the mail.
        sender_domain: The domain of the From address.
        trusted: `trusted_ids` of the account.
    """
    for whole in values:
        value = whole[:_LONGEST]
        statements = _statements(value)
        head = next(statements, [])
        if head and is_trusted(head[0], trusted):
            # Nearly all mail passes, and the rest of the value need not be read then.
            if "fail" not in value.lower():
                return ""
            return AUTH_FAILED if _failed(statements, normal_domain(sender_domain)) else ""
    return ""


def _failed(statements: Iterator[list[str]], domain: str) -> bool:
    passed, failed = set(), set()
    for tokens in statements:
        if len(tokens) < 3 or tokens[1] != "=":
            continue
        # A method may carry a version, "dkim/1" (RFC 8601 §2.2).
        method, result = tokens[0].partition("/")[0].lower(), tokens[2].lower()
        if result in _PASSED:
            if _speaks_for(domain, method, tokens[3:]):
                passed.add(method)
        elif method == "dmarc":
            if result == "fail":
                failed.add(method)
        elif (method == "spf" and result in _FAILED_SPF) or (method == "dkim" and result in _FAILED_DKIM):
            failed.add(method)
    if "dmarc" in failed or "dmarc" in passed:
        return "dmarc" in failed
    return {"spf", "dkim"} <= failed - passed


_DOMAIN_PROPERTIES = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.mail", "smtp.helo"),
}


def _speaks_for(domain: str, method: str, tokens: Sequence[str]) -> bool:
    """Whether a result is about the sender's domain; one that names no domain is taken to be."""
    properties = _properties(tokens)
    for name in _DOMAIN_PROPERTIES.get(method, ()):
        if value := properties.get(name):
            other = normal_domain(value.rpartition("@")[2])
            return other == domain or other.endswith("." + domain) or domain.endswith("." + other)
    return True


def _properties(tokens: Sequence[str]) -> dict[str, str]:
    """`ptype.property=value` pairs; space is allowed around the dot and the equals sign (RFC 8601 §2.2)."""
    properties: dict[str, str] = {}
    name = ""
    expected = False
    for word in tokens:
        if word == "=":
            expected = name != ""
        elif expected:
            properties.setdefault(name.lower(), word)
            name, expected = "", False
        elif name and (word.startswith(".") or name.endswith(".")):
            name += word
        else:
            name = word
    return properties


def _statements(value: str) -> Iterator[list[str]]:
    """Tokens between semicolons, without comments and quotes, in one pass over the text."""
    tokens: list[str] = []
    position = 0
    while match := _TOKEN.match(value, position):
        position = match.end()
        quoted, mark, word = match.groups()
        if mark == "(":
            position = _after_comment(value, position)
        elif mark == ";":
            yield tokens
            tokens = []
        elif quoted is not None:
            tokens.append(_QUOTED_PAIR.sub(r"\1", quoted))
        elif mark or word:
            tokens.append(mark or word)
    yield tokens


def _after_comment(value: str, position: int) -> int:
    """Where a comment ends; comments nest (RFC 5322 §3.2.2), and one that is never closed takes the rest."""
    depth = 1
    for match in _IN_COMMENT.finditer(value, position):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
            if depth == 0:
                return match.end()
    return len(value)
