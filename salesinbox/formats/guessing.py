"""Who a sender is, guessed from their display name, address and signature (REC-5). Pure; a guess is never a fact.

Only what the sender wrote themselves is read: a quotation's signature is somebody else's.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from salesinbox.formats import domains, quoting, signature_words
from salesinbox.model.folding import fold
from salesinbox.model.imports import split_name
from salesinbox.model.text import safe, safe_block

_QUOTE = re.compile(r"[ ]?(?:[>＞][ ]?)+")
_LONGEST = 100
"""Characters of a value; what is longer was not one."""
_MOST_LINES = 2000
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


def guess(name: str, address: str, texts: Sequence[str], *, free: bool) -> Mapping[str, str]:
    """Values by field name: first, last, company, title, department, phone, mobile, website, zip, state, city, street.

    Args:
        name: The display name of the sender, as it came.
        address: Theirs.
        texts: What they wrote, the newest first; its quotations are left out here.
        free: The address is of a provider that gives mailboxes to everybody: its domain is nobody's company.
    """
    found: dict[str, str] = {}
    domain = address.rpartition("@")[2].lower()
    whole, beside = _display_name(name, address)
    for text in texts:
        lines = _signature(text, whole)
        if lines and _is_of(lines, address, free=free):
            for field, value in signature_words.read(lines, whole, _label(domain, free=free)).items():
                found.setdefault(field, value)
    signed = found.pop("name", "")
    whole = _better_name(whole, signed) or _name_of_mailbox(address)
    first, last = _split(whole)
    company = found.get("company") or beside or ("" if free else _company_of_domain(domain))
    values = {**found, "first": first, "last": last, "company": company}
    return {field: safe(value, _LONGEST).strip() for field, value in values.items() if value.strip()}


# --- names -----------------------------------------------------------------------------------------------------------

_BESIDE = re.compile(r"\s*[(（\[［<＜【〔「/／|｜]+\s*(.+?)\s*[)）\]］>＞】〕」]*\s*$")
_VIA = re.compile(r"\s+(?:via|from|at|@|of|経由)\s+(.+)$", re.IGNORECASE)
_HONORIFIC = re.compile(
    r"^(?:mr|mrs|ms|dr|prof)\.?\s+|(?:\s*(?:様|さん|氏))$|,?\s+(?:ph\.?d|mba|cpa|esq)\.?$", re.IGNORECASE
)
_MAILBOXES = frozenset(
    ("info", "sales", "support", "contact", "office", "mail", "admin", "hello", "team", "noreply", "no-reply",
     "service", "help", "billing", "accounts", "postmaster", "webmaster", "inquiry", "eigyo", "soumu", "marketing")
)  # fmt: skip
_KANA = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\s・]+")
_JAPANESE = re.compile(r"[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def _display_name(name: str, address: str) -> tuple[str, str]:
    """A person's name, and the company that stands beside it: "永田 達郎 (みなと商事)", "Jane Doe | Acme"."""
    shown = " ".join(unicodedata.normalize("NFKC", safe(name, 200)).strip("\"'“”「」 ").split())
    if not shown or "@" in shown.split(" ")[0] or shown == address.rpartition("@")[0]:
        return "", ""
    beside = ""
    for pattern in (_VIA, _BESIDE):
        if (found := pattern.search(shown)) and found.start():
            said, shown = found[1].strip(), shown[: found.start()].strip()
            if not _KANA.fullmatch(said) and "@" not in said and not beside:
                beside = said
    shown = _HONORIFIC.sub("", _HONORIFIC.sub("", shown)).strip()
    words = shown.split(" ")
    if len(words) > 1 and _JAPANESE.search(shown):
        company, rest = signature_words.company_in(words)
        if company:
            return " ".join(signature_words.without_titles(rest)), company
        return " ".join(signature_words.without_titles(words)), beside
    if signature_words.is_company(shown):
        return "", shown
    if beside and signature_words.is_title(beside):
        beside = ""
    return shown, beside


def _split(whole: str) -> tuple[str, str]:
    first, last = split_name(whole)
    words = whole.split(" ")
    # "NAGATA Taro": capitals are the family name's, where they are not everybody's.
    if len(words) == 2 and "," not in whole and words[0].isupper() and len(words[0]) > 2 and not words[1].isupper():
        return words[1], words[0].capitalize()
    if whole.isupper() or whole.islower():
        return _capitalised(first), _capitalised(last)
    return first, last


def _capitalised(name: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda found: found[0].capitalize(), name)


def _better_name(shown: str, signed: str) -> str:
    """The name in the signature where it says more: 永田 達郎 for 永田達郎, Jane Doe for Jane."""
    if not shown:
        return signed
    if signed and "".join(fold(signed).split()) == "".join(fold(shown).split()):
        return signed if " " in signed else shown
    if signed and " " not in shown and set(fold(shown).split()) <= set(fold(signed).split()):
        return signed
    return shown


def _name_of_mailbox(address: str) -> str:
    """Jane Doe for jane.doe@; one word alone might be anything."""
    local = address.rpartition("@")[0].partition("+")[0].lower()
    words = re.split(r"[._-]", local)
    if len(words) == 2 and local not in _MAILBOXES and all(re.fullmatch(r"[a-z]{2,}", word) for word in words):
        return " ".join(word.capitalize() for word in words) if not set(words) & _MAILBOXES else ""
    return ""


# --- domains ---------------------------------------------------------------------------------------------------------


def _label(domain: str, *, free: bool) -> str:
    """What a company's name would look like in its domain: "minato" of "mail.minato.co.jp"."""
    return "" if free else domains.registrable(domain).partition(".")[0]


def _company_of_domain(domain: str) -> str:
    label = domains.readable(_label(domain, free=False))
    if len(label) < 2 or label.isdigit():
        return ""
    words = [word for word in re.split(r"[-_]", label) if word]
    if len(words) == 1 and len(label) < 4 and label.isascii():
        return label.upper()  # letters that stand for words
    return " ".join(word.capitalize() for word in words)


# --- signatures ------------------------------------------------------------------------------------------------------

_CLOSING = re.compile(
    r"\W*(?:(?:with )?(?:best|kind(?:est)?|warm(?:est)?|many|sincere)?\s?(?:regards|wishes|thanks)|thanks(?: again)?|"
    r"thank you(?: .{0,30})?|cheers|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|all the best|best|"
    r"respectfully|cordially|mit freundlichen gr[uü](?:ß|ss)en|viele gr[uü](?:ß|ss)e|cordialement|bien [aà] vous|"
    r"saludos(?: cordiales)?|cordiali saluti|met vriendelijke groet(?:en)?)\W*$|"
    r".{0,40}(?:よろしくお願い(?:いた|致|申し上げ|し)?(?:し|げ)?ます|宜しくお願い(?:いた|致|申し上げ|し)?(?:し|げ)?ます|"
    r"お願い(?:いた|致|申し上げ)[しげ]?ます|敬具|草々)[。.．!！]?\s*$|\s*以上[。.]?\s*$",
    re.IGNORECASE,
)
_LONGEST_SIGNATURE = 16
_LONG_LINE = 90


def _signature(text: str, name: str) -> list[str]:
    """The lines of the sender's own signature: as mail programs part it off, else what stands below the farewell."""
    own = list(_own_lines(text))
    marked = [line.text for line in own if line.signature]
    if any(line.strip() and not _DASHES.match(line) for line in marked):
        return marked[: 2 * _LONGEST_SIGNATURE]
    lines = [line.text for line in own if not line.signature]
    while lines and not lines[-1].strip():
        lines.pop()
    start = None
    for at in range(max(len(lines) - _LONGEST_SIGNATURE - 1, 0), len(lines)):
        if len(lines[at]) < _LONG_LINE and _CLOSING.match(lines[at].strip()):
            start = at + 1
    if start is None:
        start = _signed_at(lines, name)
    if start is None:
        return []
    below = lines[start:]
    if any(len(line) > _LONG_LINE for line in below) or not any(line.strip() for line in below):
        return []
    return below


_DASHES = re.compile(r"--\s*$")


def _signed_at(lines: Sequence[str], name: str) -> int | None:
    """Where a line near the end is the sender's name and nothing else, with something below it."""
    bare = "".join(fold(name).split())
    if not bare:
        return None
    for at in range(len(lines) - 2, max(len(lines) - 12, -1), -1):
        if "".join(fold(lines[at]).split()) == bare:
            return at
    return None


def _own_lines(text: str) -> Iterator[quoting.Line]:
    """What the sender wrote: without quotations, and only down to what is passed on."""
    lines = []
    for written in safe_block(text).split("\n")[:_MOST_LINES]:
        found = _QUOTE.match(written) if written[:2].lstrip(" ")[:1] in (">", "＞") else None
        depth = found[0].count(">") + found[0].count("＞") if found else 0
        lines.append(quoting.Line(written.rstrip() if written != "-- " else written, depth))
    quoting.mark(lines)
    for line in lines:
        if not line.quote and quoting.is_forward(line.text):
            return
        if not line.quote:
            yield line


def _is_of(lines: Iterable[str], address: str, *, free: bool) -> bool:
    """Whether a signature can be the sender's: one that names only addresses of others is not."""
    named = [found.lower() for line in lines for found in _ADDRESS.findall(unicodedata.normalize("NFKC", line))]
    if not named:
        return True
    ours = domains.registrable(address.rpartition("@")[2])
    return any(
        one == address.lower() or (not free and domains.registrable(one.rpartition("@")[2]) == ours) for one in named
    )
