"""Text for a terminal."""

from __future__ import annotations

import unicodedata

#: `Default_Ignorable_Code_Point` of Unicode: marks and fillers whose categories do not show that they are invisible.
_IGNORABLE = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0000, 0xE0FFF),
)


def escape_invisible(text: str) -> str:
    r"""Text from outside on one line: characters that cannot be seen are shown as `\u202e` or `\u{e0001}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(character) if _is_invisible(character) else character for character in text)


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] == "C" or (category[0] == "Z" and character != " "):
        return True
    return any(first <= ord(character) <= last for first, last in _IGNORABLE)


def _escape(character: str) -> str:
    code = f"{ord(character):04x}"
    return f"\\u{{{code}}}" if len(code) > 4 else f"\\u{code}"


def format_duration(seconds: float) -> str:
    """A duration with its two largest units: `45s`, `3m 12s`, `2h 5m`."""
    total = int(seconds + 0.5)
    parts = [(total // 3600, "h"), (total // 60 % 60, "m"), (total % 60, "s")]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    shown = [f"{number}{unit}" for number, unit in parts[:2] if number > 0]
    return " ".join(shown) or "0s"
