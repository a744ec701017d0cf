"""The text of a PDF as a reader that copies it would get it; enough for pages of one font."""

import re
import zlib
from itertools import pairwise

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_SHOWN = re.compile(rb" Tm(.*?)\nET", re.DOTALL)
_STRING = re.compile(rb"\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)|<([0-9A-Fa-f]+)>", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def n_pages(content):
    """How many pages a PDF says it has."""
    return int(re.search(rb"/Type/Pages/Count (\d+)", content)[1])


def text_of(content):
    """All text, in the order it is drawn, without white space."""
    streams = [_stream(body) for _, body in _OBJECT.findall(content) if b"stream\n" in body]
    letters = _letters(next(one for one in streams if b"beginbfchar" in one))
    drawn = b"".join(one for one in streams if b" Tf " in one)
    codes = [code for shown in _SHOWN.findall(drawn) for part in _STRING.findall(shown) for code in _codes(part)]
    return bare("".join(letters[code] for code in codes))


def bare(text):
    """Text without white space: where lines break is the page's affair."""
    return re.sub(r"\s", "", text)


def _stream(body):
    content = body.partition(b"stream\n")[2].rpartition(b"\nendstream")[0]
    return zlib.decompress(content) if b"/FlateDecode" in body.partition(b"stream\n")[0] else content


def _letters(table):
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", table)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _codes(part):
    plain = bytes.fromhex(part[1].decode()) if part[1] else _ESCAPED.sub(_unescaped, part[0])
    return [256 * high + low for high, low in list(pairwise(plain))[::2]]


def _unescaped(found):
    return bytes([int(found[1], 8)]) if found[1].isdigit() else _LETTERS.get(found[1], found[1])
