"""The addresses of all that the project mints: the thing itself leads on (303) to a document about it in the form asked for."""

import hashlib
import logging
from pathlib import Path

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from server.errors import Refusal
from server.linked.addresses import KINDS, Address, read_address
from server.linked.ask import base, bridge
from server.linked.forms import MEDIA_TYPES, SUFFIXES, finish, refuse, see_other, wanted_form
from server.linked.gather import Description, gather, is_known
from server.linked.schema_org import schema_org
from server.linked.serialise import serialise
from server.linked.show import show
from server.linked.vocabulary import vocabulary

_LOG = logging.getLogger("server")
MOST_PAGES = 10_000
things = Blueprint("things", __name__)
things.after_request(finish)
things.register_error_handler(Refusal, refuse)


@things.get(f"/<any({','.join(KINDS)}):kind>/<path:name>")
def answer(kind: str, name: str) -> Response:
    """The thing leads to a document, a document is what it says."""
    address = read_address(f"{kind}/{name}", SUFFIXES)
    if address is None:
        raise Refusal(404, "there is nothing of this name", "Names hold letters, digits and hyphens.")
    page = _page_number()
    if not address.suffix:
        return _lead_on(address)
    tag = _tag(address, page)
    if tag in request.headers.get("If-None-Match", ""):
        return _labelled(Response(status=304), address, tag)
    description = gather(address.iri(base()), base(), page)
    if description is None:
        raise _absent(address)
    response = Response(_body(description, address), content_type=MEDIA_TYPES[address.suffix])
    for relation, number in (("prev", page - 1), ("next", page + 1 if description.more else 0)):
        if number > 0:
            response.headers.add(
                "Link", f'<{address.beside(address.suffix)}?page={number}>; rel="{relation}"'
            )
    return _labelled(response, address, tag)


def _lead_on(address: Address) -> Response:
    form = wanted_form()
    if not is_known(address.iri(base()), base()):
        raise _absent(address)
    kept = f"?page={_page_number()}" if "page" in request.args else ""
    links = tuple(
        f'<{address.beside(suffix)}>; rel="describedby"; type="{_media_type(suffix)}"' for suffix in SUFFIXES
    )
    return see_other(address.location(base(), form) + kept, links)


def _body(description: Description, address: Address) -> bytes:
    if address.suffix != "html":
        return serialise(description, address, address.suffix)
    shown = show(description, address, vocabulary())
    forms = [
        {"suffix": suffix, "href": address.beside(suffix), "media_type": _media_type(suffix)}
        for suffix in SUFFIXES
        if suffix != "html"
    ]
    return render_template(
        "thing.html",
        shown=shown,
        iri=description.iri,
        canonical=address.document(description.base, "html"),
        forms=forms,
        up="../" * address.path.count("/"),
        schema_org=schema_org(description, shown.title, vocabulary()),
        page=description.page,
        more=description.more,
        cut=description.cut,
    ).encode()


def _labelled(response: Response, address: Address, tag: str) -> Response:
    """With what a document says of itself and of its kin."""
    headers = response.headers
    headers["ETag"], headers["Cache-Control"] = tag, "public, no-cache"
    headers["X-Snapshot"] = bridge().generation
    headers["Vary"] = "Accept"
    thing = address.beside(address.suffix).removesuffix(f".{address.suffix}")
    canonical = Address(address.path, "").document(base(), address.suffix)
    headers.add("Link", f'<{thing}>; rel="describes"')
    headers.add("Link", f'<{_ascii(canonical)}>; rel="canonical"')
    for suffix in SUFFIXES:
        if suffix != address.suffix:
            headers.add("Link", f'<{address.beside(suffix)}>; rel="alternate"; type="{_media_type(suffix)}"')
    return response


def _media_type(suffix: str) -> str:
    return MEDIA_TYPES[suffix].partition(";")[0]


def _ascii(iri: str) -> str:
    """An IRI as a URI (RFC 3987, 3.1)."""
    return "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in iri)


def _page_number() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST_PAGES):
        raise Refusal(400, f"page={text[:20]!r} is no page", f"Wanted a number from 1 to {MOST_PAGES}.")
    return int(text)


def _tag(address: Address, page: int) -> str:
    key = f"{bridge().generation} {address.path} {address.suffix} {page}"
    return '"' + hashlib.blake2b(key.encode(), digest_size=12).hexdigest() + '"'


def _absent(address: Address) -> Refusal:
    iri = address.iri(base())
    if _was_there(iri):
        return Refusal(
            410, f"{iri} is no longer in the dataset", "The article that told of it was deleted or replaced."
        )
    return Refusal(404, f"there is no {iri} in the dataset", "A query of /sparql lists what there is.")


def _was_there(iri: str) -> bool:
    """Whether one of the snapshots that are still kept speaks of it."""
    node = ox.NamedNode(iri)
    current = bridge().service.desk.snapshot
    kept = sorted(current.parent.iterdir()) if current and current.parent.is_dir() else []
    return any(_holds(folder, node) for folder in kept if folder.name.isdigit() and folder != current)


def _holds(folder: Path, node: ox.NamedNode) -> bool:
    try:
        store = ox.Store.read_only(str(folder))
    except OSError as error:  # it has just been removed
        _LOG.info("%s cannot be looked into: %s", folder, error)
        return False
    found = (store.quads_for_pattern(node, None, None), store.quads_for_pattern(None, None, node))
    return any(next(quads, None) for quads in found)
