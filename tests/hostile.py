"""The worst messages that could be constructed, by name. Other tests sync, list and draw them."""

from base64 import b64encode

# Everything that drives a terminal or misleads a reader: CSI, OSC (title, clipboard), C1, bidi, zero-width, BEL.
POISON = (
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]52;c;cm0gLXJm\x1b\\\x9b31m\x90dcs\x9c"
    "\u202egnp.exe\u202c\u2066iso\u2069\u200b\u200d\ufeff\u2028line\u2029\x08\x7f\x0b\x0c"
)
POISON_BYTES = POISON.encode()
MARKUP = "Re: [/] [red]done[/red] [@click=app.quit]x[/] \\["


def _head(name: str, *more: bytes, subject: bytes | None = None) -> bytes:
    lines = [
        b"From: Worst <worst@hostile.example>",
        b"To: rep@zylker.example",
        b"Subject: " + (name.encode() if subject is None else subject),
        b"Date: Wed, 01 Jan 2025 10:00:00 +0000",
        b"Message-ID: <" + name.encode() + b"@hostile.example>",
        *more,
    ]
    return b"\r\n".join(lines) + b"\r\n"


def _plain(name: str, *more: bytes, content: bytes = b"Hello.\r\n", subject: bytes | None = None) -> bytes:
    return _head(name, *more, subject=subject) + b"\r\n" + content


def _word(text: str, charset: str = "utf-8") -> bytes:
    return b"=?" + charset.encode() + b"?B?" + b64encode(text.encode(charset, "surrogatepass")) + b"?="


def _nested(depth: int) -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth)
    )
    closing = b"".join(b"\r\n--b%d--\r\n" % level for level in reversed(range(depth)))
    return opening + b"Content-Type: text/plain\r\n\r\nat the bottom" + closing


def _forwarded(depth: int) -> bytes:
    inner = b"Subject: innermost\r\n\r\nfind me\r\n"
    for level in range(depth):
        inner = b"Subject: level %d\r\nContent-Type: message/rfc822\r\n\r\n" % level + inner
    return inner


def worst_messages() -> dict[str, bytes]:
    """Name to raw message. Where a message has an id it is `<name@hostile.example>`, the duplicates excepted."""
    mixed = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B"
    poison_file = b64encode(POISON_BYTES)
    worst = {
        "broken-boundary": _plain(
            "broken-boundary",
            mixed,
            content=b"preamble\r\n--B\r\nContent-Type: text/plain\r\n\r\nfirst part\r\n--B\r\n"
            b"Content-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD",
        ),
        "wrong-boundary": _plain(
            "wrong-boundary",
            mixed,
            content=b"--other\r\n\r\nstill readable\r\n--other--\r\n",
        ),
        "no-boundary": _plain("no-boundary", b"Content-Type: multipart/mixed", content=b"still readable\r\n"),
        "unknown-charset": _plain(
            "unknown-charset",
            b"Content-Type: text/plain; charset=klingon-8",
            content="お世話になっております。".encode(),
        ),
        "wrong-charset": _plain(
            "wrong-charset",
            b"Content-Type: text/plain; charset=us-ascii",
            content="お世話になっております。永田です。".encode("cp932"),
        ),
        "many-references": _plain(
            "many-references",
            b"References: " + b"\r\n ".join(b"<ref%d@hostile.example>" % number for number in range(10_000)),
        ),
        "empty": b"",
        "blank-lines": b"\r\n\r\n\r\n",
        "header-only": _head("header-only"),
        "no-message-id": b"From: a@hostile.example\r\nTo: rep@zylker.example\r\nSubject: no id\r\n\r\nno id\r\n",
        "duplicate-id-1": _plain("duplicate-id", content=b"the first\r\n"),
        "duplicate-id-2": _plain("duplicate-id", content=b"the second, quite another\r\n"),
        "date-1970": _plain("date-1970").replace(b"01 Jan 2025 10:00", b"01 Jan 1970 00:00"),
        "date-2099": _plain("date-2099").replace(b"01 Jan 2025", b"31 Dec 2099"),
        "date-nonsense": _plain("date-nonsense").replace(b"Wed, 01 Jan 2025 10:00:00 +0000", b"\xff\x00 next Tuesday"),
        "poison": (
            b"From: "
            + _word(POISON)
            + b" <p\x1b[31m@hostile.example>\r\nTo: \x1b]0;x\x07 <rep@zylker.example>\r\nCc: "
            + _word(POISON)
            + b" <c@hostile.example>\r\nReply-To: "
            + POISON_BYTES.replace(b"\x0b", b"").replace(b"\x0c", b"")
            + b" <r@hostile.example>\r\nSubject: "
            + _word(POISON)
            + b" "
            + POISON_BYTES
            + b"\r\nDate: \x1b[31m\r\nMessage-ID: <poison\x1b[31m@hostile.example>\r\nReferences: <a\x1b]0;@b>\r\n"
            b"In-Reply-To: <c\xc2\x9b@d>\r\nList-Id: \x1b[5m <\x1b[5m.hostile.example>\r\n"
            b"Authentication-Results: \x1b[31mmx; dmarc=fail\r\n" + mixed + b"\r\n\r\n--B\r\n"
            b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + POISON_BYTES + b"\r\n--B\r\n"
            b"Content-Type: application/\x1b[31m; name*=utf-8''%1B%5B31m%E2%80%AE\r\n"
            b'Content-Disposition: attachment; filename="\x1b]0;x\x07.pdf"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n" + poison_file + b"\r\n--B--\r\n"
        ),
        "poison-html": _plain(
            "poison-html",
            b"Content-Type: text/html; charset=utf-8",
            content=b"<p>" + POISON_BYTES + b"&#27;[31m&#x9b;31m&#8238;x</p><a href='http://a.example/\x1b[31m'>"
            b"link\x1b</a><img alt='&#27;]0;x&#7;' src=http://t.example/x.gif>",
        ),
        "markup": _plain("markup", subject=MARKUP.encode(), content=MARKUP.encode()),
        "long-subject": _plain("long-subject", subject=b"x" * 1_000_000),
        "long-encoded-subject": _plain("long-encoded-subject", subject=b"\r\n ".join([_word("長い件名です")] * 30_000)),
        "many-recipients": _plain(
            "many-recipients",
            b"Cc: " + b",\r\n ".join(b'"Person, %d" <p%d@hostile.example>' % (n, n) for n in range(10_000)),
        ),
        "nul": _plain("nul", subject=b"a\x00b", content=b"one\x00two\r\n\x00\x00\x00three\r\n"),
        "deep-multipart": _head("deep-multipart") + _nested(1_000),
        "forward-bomb": _head("forward-bomb") + _forwarded(1_000),
        "base64-garbage": _plain(
            "base64-garbage",
            b"Content-Transfer-Encoding: base64",
            content=b"SGVsbG8g!!**\xff\x00d29ybGQ==\r\n=A=B=\r\nx",
        ),
        "quoted-printable-garbage": _plain(
            "quoted-printable-garbage",
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
            content=b"caf=C3=A9 =ZZ =C3 =\r\n=1B[31m =E2=80=AE =",
        ),
        "cut-character": _plain(
            "cut-character",
            b"Content-Type: text/plain; charset=utf-8",
            subject="件名が途中で切".encode()[:-1],
            content="本文が途中で切".encode()[:-2],
        ),
        "raw-shift-jis": (
            "From: 永田 達郎 <nagata@hostile.example>\r\nTo: rep@zylker.example\r\nSubject: 資料ダウンロードのお礼①\r\n"
            "Date: Wed, 01 Jan 2025 10:00:00 +0900\r\nMessage-ID: <raw-shift-jis@hostile.example>\r\n\r\n"
            "お世話になっております。\r\n"
        ).encode("cp932"),
        "vendor-jis": _plain(
            "vendor-jis",
            b"Content-Type: text/plain; charset=iso-2022-jp",
            # ①㈱日本 as NEC row 13 has it, half-width kana by ESC ( I
            subject=b"\x1b$B-!-jF|K\\\x1b(B \x1b(IC=D\x1b(B",
            content=b"\x1b$B-!-jF|K\\\x1b(B \x1b(IC=D\x1b(B\r\n",
        ),
        "split-jis-word": _plain(
            "split-jis-word",
            # A character cut in two between encoded words, the second without padding.
            subject=b"=?ISO-2022-JP?B?"
            + b64encode(b"\x1b$BF|K")
            + b"?=\r\n =?iso-2022-jp?b?"
            + b64encode(b"\\8l\x1b(B").rstrip(b"=")
            + b"?=",
        ),
        "gb18030-as-gb2312": _plain(
            "gb18030-as-gb2312",
            b"Content-Type: text/plain; charset=gb2312",
            content="请查收附件中的报价单，镕㐀。".encode("gb18030"),
        ),
        "html-tables": _plain(
            "html-tables",
            b"Content-Type: text/html; charset=utf-8",
            content=b"<table><tr><td>" * 40 + b"<p>deep in tables</p>" + b"</td></tr></table>" * 40,
        ),
        "huge-html": _plain(
            "huge-html",
            b"Content-Type: text/html; charset=utf-8",
            content=b"<div><p>hello <b>world</b></p></div>" * 140_000,
        ),
        "choking-html": _plain(
            "choking-html",
            b"Content-Type: text/html; charset=utf-8",
            content=b"".join(b"<font color=%d>" % n for n in range(3_000)) + b"<p>x" * 50_000 + b"<div>" * 10_000,
        ),
        "path-attachment": _plain(
            "path-attachment",
            mixed,
            content=b"--B\r\n\r\nsee file\r\n--B\r\nContent-Type: application/octet-stream\r\n"
            b'Content-Disposition: attachment; filename="../../etc/passwd"\r\n\r\nroot\r\n--B\r\n'
            b"Content-Type: application/octet-stream\r\n"
            b"Content-Disposition: attachment; filename*=utf-8''invoice%E2%80%AEfdp.exe\r\n\r\nMZ\r\n--B\r\n"
            b'Content-Disposition: attachment; filename="C:\\\\Users\\\\x\\\\..\\\\con.txt"\r\n\r\nx\r\n--B--\r\n',
        ),
        "winmail": _plain(
            "winmail",
            mixed,
            content=b"--B\r\n\r\nfrom Outlook\r\n--B\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\neJ8+IgEA\r\n--B--\r\n",
        ),
        "leading-space": b" X-Broken: yes\r\n" + _plain("leading-space"),
        "mbox-line": b"From worst@hostile.example Wed Jan  1 10:00:00 2025\r\n" + _plain("mbox-line"),
        "line-ends": _head("line-ends").replace(b"\r\n", b"\r") + b"\rone\rtwo\nthree\r\nfour\n\rfive",
        "no-colon-header": b"this is no header at all\r\n" + _plain("no-colon-header"),
        "binary": bytes(range(256)) * 40,
        "zalgo": _plain("zalgo", subject=_word("H" + "\u0300\u0301\u0302" * 400 + "i")),
        "broken-words": _plain(
            "broken-words",
            subject=b"=?utf-8?B?5pel5pys=?= =?x?Q?=ZZ_=41?= =?utf-8?Q?open =?= =?utf-8?X?a?= =??B?? =?utf-8?B?",
        ),
        "spoofed-name": _plain("spoofed-name").replace(
            b"Worst <worst@hostile.example>",
            b"=?utf-8?Q?CEO_<ceo@zylker.example>?= <worst@hostile.example>",
        ),
        "many-parts": _plain("many-parts", mixed, content=b"--B\r\n\r\nx\r\n" * 20_000 + b"--B--\r\n"),
        "boundaries-alike": _plain(
            "boundaries-alike", mixed, content=b"--B\r\n\r\nfound\r\n" + b"--Bx\r\n" * 200_000 + b"--B--\r\n"
        ),
        "unclosed-quotes": _plain("unclosed-quotes", b"Cc: " + b'"\\' * 100_000 + b" <c@hostile.example>"),
        "one-long-line": _plain("one-long-line", content=b"word " * 600_000),
    }
    assert len(worst) >= 24
    return worst
