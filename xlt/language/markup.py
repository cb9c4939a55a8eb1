"""Markup of web pages and subtitles: entities are their characters, tags are nothing.

Runs before anything is read; a text without `&` or brackets does not come here.
"""

import html
import re
from html.entities import html5

_ENTITY = re.compile(
    r"&(?:\#[0-9]{1,8};|\#[xX][0-9a-fA-F]{1,6};|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});"
    r"|(?:amp|quot|lt|gt|nbsp|apos|\#39)(?![\w;]))"
)
"""The last line: those that are often typed without their semicolon."""
_TIMES_ESCAPED = 3
"""`&amp;amp;quot;` was escaped three times; no usual program does more."""

_BREAKS = (
    "address article aside blockquote br center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 "
    "h6 header hr img li main nav ol option p pre section table tbody td tfoot th thead title tr ul"
).split()
"""Elements that part words: they become a space."""
_INLINE = (
    "a abbr acronym b bdi bdo big c cite code data del dfn em font i ins kbd lang mark q rp rt ruby s "
    "samp small span strike strong sub sup time tt u v var wbr"
).split()
"""Elements inside a line, those of subtitles (`<c.yellow>`, `<v Ana>`) among them."""
_TAG = re.compile(
    rf"<(?:/?(?:(?P<breaks>{'|'.join(_BREAKS)})|{'|'.join(_INLINE)})"
    r"(?:\s{0,4}/?|[\s.](?:[^<>]{0,300}=[^<>]{0,300}|[^<>\s]{1,40}))>"
    r"|!--[^<>]{0,300}--|![A-Za-z][^<>]{0,100}>|[0-9]{1,2}:[0-9:.]{1,12}>)(?:(?<=>)|>)",
    re.IGNORECASE,
)
"""Tags with and without attributes, comments, and the times inside a subtitle."""


def entities(text: str) -> tuple[str, int]:
    """`&quot;`, `&#39;`, `&amp;eacute;` -> their characters; return how many there were, too."""
    count = 0

    def character(match: re.Match[str]) -> str:
        nonlocal count
        found, name = match.group(), match["name"]
        if name is None or f"{name};" in html5:
            said = html.unescape(f"{found.removesuffix(';')};")
        else:
            said = html5.get(f"{name.lower()};", found)
        count += said != found
        return said

    for _ in range(_TIMES_ESCAPED):
        if "&" in text:
            text = _ENTITY.sub(character, text)
    return text, count


def without_tags(text: str) -> tuple[str, int]:
    """`<b>sí</b><br/>no` -> `sí no`; return how many tags there were, too."""
    if "<" not in text:
        return text, 0
    return _TAG.subn(lambda match: " " if match["breaks"] else "", text)
