"""Domain names as people see them: whose a name is, how it reads, and what it can be taken for (READ-7)."""

import re
import unicodedata

# SIM905: as lists these would take a line for each name.
_SUFFIXES = frozenset(
    """
    co.jp or.jp ne.jp ac.jp go.jp ad.jp ed.jp gr.jp lg.jp co.uk org.uk me.uk ac.uk gov.uk ltd.uk plc.uk net.uk
    sch.uk nhs.uk com.au net.au org.au edu.au gov.au id.au asn.au co.nz org.nz net.nz ac.nz govt.nz co.kr or.kr
    ne.kr re.kr go.kr ac.kr com.cn net.cn org.cn gov.cn edu.cn ac.cn com.tw net.tw org.tw edu.tw gov.tw idv.tw
    com.hk net.hk org.hk edu.hk gov.hk com.sg net.sg org.sg edu.sg gov.sg com.my net.my org.my edu.my gov.my
    co.th or.th ac.th go.th in.th co.id or.id ac.id go.id web.id com.ph net.ph org.ph com.vn net.vn org.vn
    edu.vn gov.vn co.in net.in org.in ac.in gov.in firm.in gen.in com.br net.br org.br gov.br edu.br com.mx
    org.mx gob.mx edu.mx com.ar net.ar org.ar gob.ar com.co net.co org.co com.pe com.cl com.ve com.ec com.uy
    com.tr net.tr org.tr gov.tr edu.tr co.il org.il ac.il gov.il net.il com.sa com.eg com.pk com.bd com.np
    com.lk co.za org.za net.za ac.za gov.za web.za co.ke or.ke com.ng com.gh co.tz com.ua net.ua org.ua in.ua
    kiev.ua com.pl net.pl org.pl edu.pl gov.pl com.ru co.at or.at ac.at gv.at com.pt com.es org.es com.gr
    com.cy com.mt com.ro co.hu asso.fr gouv.fr com.fr com.qa com.kw com.ae co.ae com.bh com.lb com.jo
    github.io gitlab.io blogspot.com web.app firebaseapp.com pages.dev workers.dev vercel.app netlify.app
    herokuapp.com azurewebsites.net cloudapp.net cloudfront.net amazonaws.com appspot.com onrender.com
    wordpress.com weebly.com wixsite.com myshopify.com hatenablog.com hatenablog.jp jimdo.com sharepoint.com
    """.split()  # noqa: SIM905
)
_TOP = frozenset(
    """
    com net org edu gov int biz info name jp uk de fr it es nl be ch at dk se no fi pl cz sk hu ro bg gr pt ie
    ru ua tr il us ca mx br ar cl co pe au nz cn tw hk sg my th id ph vn kr in pk za ng ke eg sa ae eu asia
    io ai app dev cloud tech online site shop store xyz me tv cc jobs travel tokyo osaka nagoya kyoto london
    berlin paris example test invalid
    """.split()  # noqa: SIM905
)
"""Endings that make two words with a dot a domain: "report.pdf" is none."""
_NAME = re.compile(r"(?<![\w.@-])(?:[\w-]{1,63}\.){1,8}([^\W\d_]{2,18}|xn--[a-z0-9-]{2,59})(?![\w-]|\.\w)")
_ADDRESS = re.compile(r"(?:https?://|ftp://|//|www\.|mailto:)|@")
_LOOKED_AT = 300

# Letters of other scripts, and of Latin itself, that are drawn as a Latin letter is.
_LATIN = str.maketrans(
    "авсԁеѕіјӏкмнорԛгтухзьԝɡɑɩаοαρνικτυχγεωηıłøđħŧｌ",
    "abcdesijlkmhopqrtyx3bwgaiaoapviktuxyewnilodhtl",
)
_ALIKE = str.maketrans("0157i|", "olstll")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def registrable(host: str) -> str:
    """The part of a host's name that somebody registered: "mail.shop.co.jp" gives "shop.co.jp"."""
    labels = host.rstrip(".").lower().split(".")
    keep = 3 if ".".join(labels[-2:]) in _SUFFIXES else 2
    return ".".join(labels[-keep:])


def readable(host: str) -> str:
    """The host with its encoded labels ("xn--…", RFC 3492) in the letters that they stand for."""
    if "xn--" not in host:
        return host
    return ".".join(map(_decoded, host.split(".")))


def encoded(host: str) -> str:
    """The host in the form that no look-alike letters fit into: other letters as "xn--…"."""
    if host.isascii():
        return host
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode", "replace").decode("ascii")
        for label in unicodedata.normalize("NFKC", host).lower().split(".")
    )


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def shown_in(text: str) -> str:
    """The host that a link's text shows, "" if the text is no address: "see www.shop.example/x" does, "here" not."""
    text = text[:_LOOKED_AT]
    if "." not in text:
        return ""
    lowered = text.lower()
    marked = _ADDRESS.search(lowered)
    if marked is not None:
        after = lowered[marked.start() :] if marked[0] == "www." else lowered[marked.end() :]
        found = _NAME.search(after.rpartition("@")[2] if "@" in after.partition("/")[0] else after)
        return found[0] if found else ""
    for found in _NAME.finditer(text):
        # "ASP.NET" is a product, "Shop.co.jp" is a shop.
        if found[1] in _TOP or found[1].startswith("xn--"):
            return found[0].lower()
    return ""


def skeleton(name: str) -> str:
    """What a hurried eye reads: two names that are drawn alike have the same skeleton."""
    name = plain_letters(name).translate(_ALIKE)
    for pair, letter in _PAIRS:
        name = name.replace(pair, letter)
    return name


def plain_letters(name: str) -> str:
    """The name with each letter that is drawn as a Latin one in its place, accents left out."""
    name = readable(name.lower())
    if name.isascii():
        return name
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return bare.translate(_LATIN)


def is_disguised(host: str) -> bool:
    """Whether a label mixes Latin with Cyrillic or Greek, or is written in nothing but letters that pass for Latin."""
    for label in readable(host.lower()).split("."):
        if label.isascii():
            continue
        scripts = {_script(letter) for letter in label if letter.isalpha()}
        if len(scripts & {"LATIN", "CYRILLIC", "GREEK"}) > 1:
            return True
        if scripts <= {"CYRILLIC", "GREEK"} and plain_letters(label).isascii() and host.rsplit(".", 1)[-1].isascii():
            return True
    return False


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
