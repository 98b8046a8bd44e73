"""Attachments that a terminal can show: text, and images as points (READ-4, READ-5)."""

import io
import random
import struct
import sys
import zlib

import pytest
from PIL import EpsImagePlugin, Image

from salesinbox.formats import showing
from salesinbox.model.errors import UsageError
from tests.hostile import POISON_BYTES, worst_messages


def _image(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 20), **how: object) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(buffer, kind, **how)
    return buffer.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


# --- text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/plain", "text/csv", "application/json", "text/html", "message/rfc822"])
def test_READ_3_no_byte_of_an_attachment_drives_the_terminal(kind: str) -> None:
    shown = showing.text(b"Subject: " + POISON_BYTES + b"\r\n\r\n" + POISON_BYTES, kind)
    assert "red" in shown
    assert all(letter == "\n" or letter.isprintable() for letter in shown)


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-2022-jp", "お世話になっております。"),
        ("shift_jis", "見積書①をお送りします。"),
        ("windows-1250", "Příliš žluťoučký kůň"),
        ("koi8-r", "Коммерческое предложение"),
        ("windows-1253", "Προσφορά τιμής"),
    ],
)
def test_READ_4_an_attached_text_is_read_by_its_charset(charset: str, text: str) -> None:
    octets = text.encode("cp932" if charset == "shift_jis" else charset)
    assert showing.text(octets, "text/plain", charset) == text


def test_READ_4_the_charset_of_a_part_is_found_in_its_message() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nhi\r\n--B\r\n"
        b"Content-Type: text/csv; charset=koi8-r\r\n\r\nx\r\n--B--\r\n"
    )
    assert showing.charset_of(raw, "2") == "koi8-r"
    assert showing.charset_of(raw, "1") == showing.charset_of(raw, "7") == ""


def test_an_attached_message_shows_who_wrote_what() -> None:
    raw = (
        b"From: Ann <ann@customer.example>\r\nTo: Bo <bo@customer.example>\r\nSubject: Old offer\r\n\r\nThe price.\r\n"
    )
    shown = showing.text(raw, "message/rfc822")
    assert [
        word for word in ("ann@customer.example", "bo@customer.example", "Old offer", "The price.") if word in shown
    ]
    assert shown.index("Old offer") < shown.index("The price.")


def test_the_worst_mail_as_an_attachment_is_shown() -> None:
    for raw in worst_messages().values():
        assert isinstance(showing.text(raw, "message/rfc822"), str)


@pytest.mark.parametrize("content", [b"x" * 3_000_000, "あ".encode() * 1_000_000])
def test_a_long_text_is_cut_and_says_so(content: bytes) -> None:
    shown = showing.text(content, "text/plain", "utf-8")
    assert shown.endswith("[…]")
    assert len(shown) < showing.LONGEST + 10


# --- images -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_READ_5_images_are_points_that_fit(kind: str) -> None:
    rows = showing.image(_image(kind, size=(400, 200)), 40, 40)
    assert (len(rows[0]), len(rows)) == (40, 20)
    assert {len(row) for row in rows} == {40}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_READ_5_every_kind_of_colour_is_shown(mode: str) -> None:
    rows = showing.image(_image("PNG", mode, (100, 100)), 10, 10)
    assert all(0 <= value <= 255 for row in rows for point in row for value in point)
    assert len({point for row in rows for point in row}) > 1


def test_READ_5_what_is_transparent_is_white() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(buffer, "PNG")
    assert showing.image(buffer.getvalue(), 4, 4)[0][0] == (255, 255, 255)


def test_READ_5_a_photograph_that_lies_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    rows = showing.image(_image("JPEG", size=(400, 200), exif=exif), 40, 60)
    assert (len(rows[0]), len(rows)) == (30, 60)


def test_READ_5_an_image_never_starts_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow hands EPS to Ghostscript, whatever the mail says that the file is."""
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_a, **_k: pytest.fail("a program was started"))
    with pytest.raises(UsageError, match="no image"):
        showing.image(_image("EPS"), 10, 10)


def test_READ_5_an_image_that_would_fill_the_memory_is_refused() -> None:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")
    with pytest.raises(UsageError, match="too large"):
        showing.image(bomb, 10, 10)
    just = _chunk(b"IHDR", struct.pack(">IIBBBBB", 9_000, 5_000, 8, 2, 0, 0, 0))
    with pytest.raises(UsageError, match="too large"):
        showing.image(b"\x89PNG\r\n\x1a\n" + just + _chunk(b"IDAT", b"") + _chunk(b"IEND", b""), 10, 10)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_READ_5_damaged_images_are_shown_or_are_a_sentence(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = _image(kind, "RGB", (60, 60), **({"exif": exif} if kind in {"PNG", "JPEG", "WEBP"} else {}))
    dice = random.Random(11)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole[: dice.randrange(4, len(whole))] if dice.random() < 0.3 else whole)
        for _bytes in range(dice.randrange(1, 8)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            showing.image(bytes(damaged), 10, 10)
        except UsageError:
            refused += 1
    assert refused


def test_without_pillow_the_rep_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UsageError, match=r"salesinbox\[images\]"):
        showing.image(b"", 10, 10)
