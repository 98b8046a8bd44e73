"""Small files to attach to sample mail; what is in them follows from the name."""

import struct
import zlib
from hashlib import sha256
from pathlib import PurePath

from salesinbox.demo.letters import File

_CSV = """項目,品番,数量,単価
本体利用料（月額）,ZS-100,1,48000
ハンディ端末,ZH-21,12,62000
導入支援,ZS-900,1,180000
"""
_TEXT = "09:12:04 gateway: 3 devices paired\n09:12:31 gateway: device ZH-21-0417 lost, retry in 30 s\n"


def attachment(name: str) -> File:
    """A file of that name; the suffix decides: .pdf, .png, .csv (Shift_JIS, as spreadsheets write it) or .txt."""
    suffix = PurePath(name).suffix
    if suffix == ".pdf":
        return File(name, "application/pdf", _pdf(name))
    if suffix == ".png":
        return File(name, "image/png", _png(name))
    if suffix == ".csv":
        return File(name, "text/csv", _CSV.encode("cp932"))
    return File(name, "text/plain", _TEXT.encode())


def _pdf(name: str) -> bytes:
    """One page with a line of text (ISO 32000-1 §7.5)."""
    title = "".join(one for one in name if one.isascii()).strip("._-") or "document"
    drawing = f"BT /F1 18 Tf 72 720 Td (Zylker - {title}) Tj ET".encode()
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _png(name: str) -> bytes:
    """A small picture with a slope of two colours that follow from the name (PNG §5)."""
    red, green, blue = sha256(name.encode()).digest()[:3]
    width, height = 48, 32
    rows = b"".join(
        b"\0" + bytes(part for x in range(width) for part in (red, (green + 4 * x) % 256, (blue + 6 * y) % 256))
        for y in range(height)
    )

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
