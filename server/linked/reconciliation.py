"""The reconciliation service (Reconciliation Service API 0.2): people link the names of their tables to our actors."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from flask import Blueprint, Response, jsonify, render_template, request

from kg import terms
from kg.authority import fold
from server.errors import Refusal
from server.linked.addresses import read_address
from server.linked.ask import base
from server.linked.candidates import Candidate, find_candidates
from server.linked.forms import MEDIA_TYPES, finish, refuse
from server.linked.names import Thing, names
from server.linked.properties import Property, Value, properties, values
from server.linked.read_batch import BATCH, LONGEST, class_iri, read_extension, read_queries
from server.linked.vocabulary import vocabulary

Item = TypeVar("Item")
VERSION = "0.2"
SUGGESTED = 20  # things in one answer to a prefix
MOST_CURSOR = 1000
_PREVIEW = (430, 300)  # width and height in pixels
_IN_PREVIEW = (
    "type",
    "country",
    "party",
    "alternative-name",
    "first-event",
    "last-event",
    "events",
    "same-as",
)
# A preview is shown in a frame of the client's.
_FRAMED = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors *"
reconciliation = Blueprint("reconciliation", __name__, url_prefix="/reconcile")
reconciliation.after_request(finish)
reconciliation.register_error_handler(Refusal, refuse)


@reconciliation.route("", methods=["GET", "POST"])
@reconciliation.route("/", methods=["GET", "POST"])
def answer() -> Response:
    """Candidates for a batch of queries, values of properties, or without either the manifest."""
    if (queries := request.values.get("queries")) is not None:
        found = find_candidates(read_queries(queries), names(), vocabulary())
        return jsonify({key: {"result": [_candidate(one) for one in some]} for key, some in found.items()})
    if (extend := request.values.get("extend")) is not None:
        return jsonify(_extended(extend))
    return jsonify(manifest(here()))


def here() -> str:
    """The address from which this is served, with a slash at its end: the base where the host is the base's."""
    served = request.host_url
    return base() if base().startswith(served) else served


def manifest(address: str) -> dict[str, object]:
    """What the service can do, for one that is served from this address."""
    service = f"{address}reconcile"
    suggest = {
        what: {
            "service_url": service,
            "service_path": f"/suggest/{what}",
            "flyout_service_url": service,
            "flyout_service_path": f"/flyout/{what}?id=${{id}}",
        }
        for what in ("entity", "type", "property")
    }
    width, height = _PREVIEW
    return {
        "versions": [VERSION],
        "name": "Communiqué: actors and agreements",
        "identifierSpace": base(),
        "schemaSpace": terms.CQ,
        "documentation": f"{address}ontology",
        "defaultTypes": [
            _type(terms.CQ + kind)
            for kind in ("Actor", "State", "Person", "Organisation", "Place", "Agreement")
        ],
        "view": {"url": f"{address}{{{{id}}}}"},
        "preview": {"url": f"{service}/preview?id={{{{id}}}}", "width": width, "height": height},
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": service, "service_path": "/propose"},
            "property_settings": [],
        },
        "batchSize": BATCH,
    }


@reconciliation.get("/suggest/entity")
def suggest_entity() -> Response:
    """Things whose names begin so."""
    kinds = {class_iri(kind) for kind in request.args.getlist("type") if kind}
    known = vocabulary()
    found = (
        thing
        for thing in names().beginning(fold(_prefix()))
        if not kinds
        or any(kind in (own, *known.parents.get(own, ())) for own in thing.kinds for kind in kinds)
    )
    result = [
        {
            "id": thing.id,
            "name": thing.label,
            "description": _described(thing),
            "notable": [_type(k) for k in thing.kinds],
        }
        for thing in _page(found)
    ]
    return jsonify(result=result)


@reconciliation.get("/suggest/type")
def suggest_type() -> Response:
    """Kinds of actor and agreement whose name has the prefix in it."""
    known = vocabulary()
    kinds = [*known.beneath("Actor"), terms.AGREEMENT.value]
    found = [
        _type(kind)
        for kind in kinds
        if fold(_prefix()) in fold(f"{known.label(kind)} {kind.removeprefix(terms.CQ)}")
    ]
    return jsonify(result=list(_page(found)))


@reconciliation.get("/suggest/property")
def suggest_property() -> Response:
    """Properties whose name has the prefix in it."""
    found = [one for one in properties().values() if fold(_prefix()) in fold(f"{one.name} {one.id}")]
    return jsonify(result=[_property(one) | {"description": one.description} for one in _page(found)])


@reconciliation.get("/flyout/<what>")
def flyout(what: str) -> Response:
    """A few words on a thing, a kind or a property, as HTML inside JSON."""
    id = request.args.get("id", "")[:LONGEST]
    if what == "property" and id in properties():
        heading, words = properties()[id].name, properties()[id].description
    elif what == "type" and class_iri(id) in vocabulary().labels:
        heading = vocabulary().label(class_iri(id))
        words = _definition(class_iri(id))
    elif what == "entity":
        thing = _thing(id)
        heading, words = thing.label, _described(thing)
    else:
        raise Refusal(404, f"there is no {what[:20]} {id[:80]!r}")
    return jsonify(id=id, html=render_template("flyout.html", heading=heading, words=words))


@reconciliation.get("/propose")
def propose() -> Response:
    """Properties by which a table of such things can be extended."""
    kind, limit = request.args.get("type", "")[:LONGEST], request.args.get("limit", "")
    most = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 4 else len(properties())
    found = [_property(one) for one in islice(properties().values(), most)]
    return jsonify(type=kind, properties=found, limit=most)


@reconciliation.get("/preview")
def preview() -> Response:
    """A small page about a thing, to be shown in a frame."""
    thing = _thing(request.args.get("id", ""))
    facts = [
        (properties()[id].name, [value.name or value.text for value in found[:5]])
        for id in _IN_PREVIEW
        if (found := values(id, [thing.id]).get(thing.id, ()))
    ]
    page = render_template("preview.html", thing=thing, facts=facts)
    return Response(page, content_type=MEDIA_TYPES["html"], headers={"Content-Security-Policy": _FRAMED})


def _candidate(candidate: Candidate) -> dict[str, object]:
    thing = candidate.thing
    return {
        "id": thing.id,
        "name": thing.label,
        "description": _described(thing),
        "type": [_type(kind) for kind in thing.kinds],
        "score": candidate.score,
        "match": candidate.match,
    }


def _extended(text: str) -> dict[str, object]:
    asked = read_extension(text)
    unknown = [id for id in asked.properties if id not in properties()]
    if unknown:
        raise Refusal(
            400, f"extend: there is no property {unknown[0][:40]!r}", f"There are {', '.join(properties())}."
        )
    own = {id: _path(id) for id in asked.ids}
    things = sorted({path for path in own.values() if path})
    have = {id: values(id, things) for id in asked.properties}
    rows = {
        id: {
            name: [_written(value, properties()[name]) for value in have[name].get(path, ())]
            for name in asked.properties
        }
        for id, path in own.items()
    }
    return {"meta": [_property(properties()[id]) for id in asked.properties], "rows": rows}


def _written(value: Value, one: Property) -> dict[str, object]:
    if one.kind == "entity":
        return {"id": value.text, "name": value.name}
    if one.kind == "date" and len(value.text) == len("2022-05-05"):
        return {"date": f"{value.text}T00:00:00Z"}
    if one.kind == "number" and value.text.isdigit():
        return {"int": int(value.text)}
    return {"str": value.text}


def _property(one: Property) -> dict[str, object]:
    return {"id": one.id, "name": one.name}


def _type(kind: str) -> dict[str, str]:
    return {"id": kind.removeprefix(terms.CQ), "name": vocabulary().label(kind)}


def _described(thing: Thing) -> str:
    kinds = ", ".join(vocabulary().label(kind) for kind in thing.kinds)
    return f"{kinds} ({base()}{thing.id})"


def _definition(kind: str) -> str:
    definition = terms.term("skos:definition")
    found = (
        t.object
        for t in vocabulary().triples
        if t.predicate == definition and getattr(t.subject, "value", "") == kind
    )
    return min((str(getattr(node, "value", "")) for node in found), default="")


def _path(id: str) -> str:
    """The path of a thing given by its id or its IRI; empty where there can be none."""
    address = read_address(id.removeprefix(base()), ())
    return address.path if address else ""


def _thing(id: str) -> Thing:
    thing = names().things.get(_path(id))
    if thing is None:
        raise Refusal(404, f"there is no actor or agreement {id[:80]!r}", "Ids look like actor/france.")
    return thing


def _prefix() -> str:
    return request.args.get("prefix", "")[:LONGEST]


def _page(found: Iterable[Item]) -> Iterable[Item]:
    cursor = request.args.get("cursor", "0")
    start = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 5 else 0
    return islice(found, min(start, MOST_CURSOR), min(start, MOST_CURSOR) + SUGGESTED)
