"""/data: graphs read and written whole (SPARQL 1.1 Graph Store HTTP Protocol), named by `?graph=`, `?default` or path."""

import hashlib
import json
import re
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import pairwise

from server.errors import Refusal
from server.messages import Request
from server.negotiate import NAMES, TRIPLES

PATH = "/data"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20]*")
Part = tuple[int, int, str]  # start and end in the body, short name of the format


def graph_of(request: Request) -> str:
    """The IRI of the graph that a request names, "" for the default graph.

    Raises:
        Refusal: 400, it names none, two, or something that is no IRI.
    """
    pairs = request.parameters()
    named = [value for name, value in pairs if name == "graph"]
    default = any(name == "default" for name, _ in pairs)
    direct = request.path.removeprefix(PATH).strip("/")
    if len(named) + default + bool(direct) > 1:
        raise Refusal(400, "the request names more than one graph", "Name one.")
    if default:
        return ""
    if direct:
        return request.origin + request.path
    if not named:
        raise Refusal(400, "the request names no graph", "Add ?graph=IRI, ?default, or a path below /data/.")
    if not _ABSOLUTE.fullmatch(named[0]):
        raise Refusal(400, f"graph={named[0]!r} is no absolute IRI")
    return named[0]


def new_graph(request: Request, generation: str) -> str:
    """The IRI of the graph that a POST to /data itself makes: from what is sent, so that it can be foretold."""
    seed = generation.encode() + request.body
    return f"{request.origin}{PATH}/{hashlib.blake2b(seed, digest_size=8).hexdigest()}"


def parts_of(request: Request) -> list[Part]:
    """The RDF documents in a request's body: one, or with multipart/form-data several.

    Raises:
        Refusal: 415 no RDF format that is read here, 400 broken multipart.
    """
    kind = _content_type(request.header("content-type"))
    if kind.get_content_type() != "multipart/form-data":
        return [(0, len(request.body), _format(kind))]
    boundary = kind.get_boundary()
    if not boundary:
        raise Refusal(400, "multipart/form-data without a boundary")
    return list(_split(request.body, boundary.encode()))


def _split(body: bytes, boundary: bytes) -> list[Part]:
    marks = [match.span() for match in re.finditer(rb"(?:^|\r\n)--" + re.escape(boundary), body)]
    if len(marks) < 2:
        raise Refusal(400, "the multipart body does not hold its boundary")
    parts = []
    for (_, start), (end, _) in pairwise(marks):
        head_end = body.find(b"\r\n\r\n", start, end)
        if head_end < 0:
            raise Refusal(400, "a part of the multipart body has no head")
        head = BytesHeaderParser().parsebytes(body[start:head_end].lstrip())
        parts.append((head_end + 4, end, _format(_content_type(head.get("Content-Type", "text/turtle")))))
    return parts


def _content_type(value: str) -> Message:
    message = Message()
    message["Content-Type"] = value or "application/octet-stream"
    return message


def _format(kind: Message) -> str:
    media_type = kind.get_content_type()
    charset = (kind.get_content_charset() or "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise Refusal(415, f"charset {charset} is not understood", "Send UTF-8.")
    for item in TRIPLES:
        if media_type in item.asked_as and media_type not in ("text/plain", "application/json", "text/xml"):
            return item.name
    hint = "Content-Type is one of " + ", ".join(item.asked_as[0] for item in TRIPLES) + "."
    raise Refusal(415, f"{media_type} is no RDF format that is read here", hint)


def encode_parts(parts: list[Part]) -> str:
    """The parts as they go to the write process."""
    return json.dumps([{"start": start, "end": end, "format": form} for start, end, form in parts])


def dump_format(suffix: str) -> str:
    """The short name of a dump's format by its file suffix; "" where there is none such."""
    name = NAMES.get(suffix, suffix)
    return name if any(item.name == name for item in TRIPLES) else ""
