"""Part of reading: a file's bytes → its text, or a reason why they are none."""

import codecs

MARKS = (  # the longer first: UTF-32's mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MOST_CONTROL = 0.01  # share of control characters that a text can hold by accident
MOST_HIGH = (
    0.15  # share of bytes over 127 in a Western European text; Cyrillic or Chinese ones pass it by far
)


class UndecodableError(ValueError):
    """Bytes that are no text; the message says why and what would be right."""


def decode(raw: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding: "utf-8", or what it was taken for.

    UTF-16 and UTF-32 are known by their mark or by their zero bytes. What is not UTF-8 is read as Windows-1252,
    which holds Latin-1, as browsers do (WHATWG Encoding Standard), if it looks like Western European text.

    Raises:
        UndecodableError: the bytes are no text, or of an encoding that cannot be told.
    """
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UndecodableError(_undecodable(raw, encoding, error)) from error
    text = text.removeprefix("\ufeff")
    if "\0" in text or _control_share(text) > MOST_CONTROL:
        raise UndecodableError("is binary, no text; wanted plain text, JSON Lines or HTML")
    return text, encoding


def _encoding(raw: bytes) -> str:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return encoding
    if b"\0" in raw[:4096]:
        return _by_zeros(raw[:4096])
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if _mostly_utf8(raw) or not _looks_western(raw) else "cp1252"
    return "utf-8"


def _by_zeros(head: bytes) -> str:
    """ASCII letters in UTF-16 have a zero at every second place."""
    half = max(1, len(head) // 2)
    if head[1::2].count(0) / half > 0.6:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) / half > 0.6 else "utf-8"


def _mostly_utf8(raw: bytes) -> bool:
    """It holds good multi-byte characters, so that a bad byte is damage and no other encoding."""
    return any(ord(c) > 127 and c != "\ufffd" for c in raw.decode("utf-8", "replace"))


def _looks_western(raw: bytes) -> bool:
    high = sum(byte > 127 for byte in raw)
    return high / len(raw) < MOST_HIGH


def _control_share(text: str) -> float:
    control = sum(c < " " and c not in "\t\n\r\f\v\x1b" for c in text)
    return control / len(text) if text else 0.0


def _undecodable(raw: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    if encoding == "utf-8" and _mostly_utf8(raw):
        line = raw.count(b"\n", 0, error.start) + 1
        return f"line {line} holds a byte (0x{raw[error.start]:02x}) that is no UTF-8; mend it or save the file again"
    if raw.count(b"\0") or _control_share(raw.decode("latin-1")) > MOST_CONTROL:
        return "is binary, no text; wanted plain text, JSON Lines or HTML"
    return "is in an encoding that cannot be told; save it as UTF-8"
