"""Stage: unlinked actors → what a reconciliation service knows of them (Reconciliation Service API 0.2)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kg.errors import OutsideError, TableError
from kg.linksets.compare import Proposal
from kg.linksets.fetch import fetch
from kg.linksets.links import line, outside_iri
from kg.linksets.mapping import FOLDER, read_toml
from kg.linksets.unlinked import Unlinked

VERSION = "0.2"
BATCH = 20  # queries in one request; services set their own limits, and this is below those met
LIMIT = 5  # candidates for one actor
PROFILE = FOLDER / "reconciliation.toml"


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its manifest tells."""

    address: str
    name: str
    space: str  # identifierSpace
    view: str  # template of an entity's page, empty where there is none
    types: Mapping[str, str]  # kind of ours → type of the service's
    property: Mapping[str, str]  # kind of ours → the service's property for the state


def open_service(address: str, profile: Path = PROFILE) -> Service:
    """The service at this address, with the types of its schema as far as a profile (TOML) has them.

    Raises:
        OutsideError: there is none, or none that speaks version 0.2.
        TableError: the profile cannot be read.
    """
    manifest = _json(fetch(address), address)
    versions = manifest.get("versions", ["0.1"])  # the field came with 0.2
    if not isinstance(versions, list) or VERSION not in versions:
        raise OutsideError(
            f"{address} speaks {line(str(versions))} of the Reconciliation API; wanted {VERSION}"
        )
    wanted = {key: manifest.get(key) for key in ("name", "identifierSpace", "schemaSpace")}
    lacking = next((key for key, value in wanted.items() if not isinstance(value, str)), None)
    if lacking:
        raise OutsideError(f"{address}: its manifest lacks {lacking}")
    view = manifest.get("view")
    types, properties = _profile(profile, str(wanted["schemaSpace"]))
    template = str(view.get("url", "")) if isinstance(view, dict) else ""
    return Service(
        address, line(str(wanted["name"])), str(wanted["identifierSpace"]), template, types, properties
    )


def reconcile(
    service: Service, actors: Sequence[Unlinked]
) -> Iterator[tuple[Unlinked, tuple[Proposal, ...]]]:
    """For each actor what the service proposes, likeliest first; asked by its label, type and state.

    Raises:
        OutsideError: the service fails, or answers what the specification does not allow.
    """
    for at in range(0, len(actors), BATCH):
        batch = {f"q{n}": actor for n, actor in enumerate(actors[at : at + BATCH])}
        queries = {key: _query(service, actor) for key, actor in batch.items()}
        form = {"queries": json.dumps(queries, ensure_ascii=False)}
        answer = _json(fetch(service.address, form), service.address)
        for key, actor in batch.items():
            yield actor, tuple(_proposals(service, answer.get(key)))


def _profile(path: Path, schema: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Types and properties of this schema; none where the profile does not have it, so that only names are asked."""
    content = read_toml(path)
    profiles = content.get("schema", [])
    if not isinstance(profiles, list) or not all(isinstance(profile, dict) for profile in profiles):
        raise TableError(str(path), None, "wanted [[schema]] tables, each with space, types and state")
    known: Mapping[str, Any] = next(
        (profile for profile in profiles if schema in profile.get("spaces", ())), {}
    )
    return known.get("types", {}), known.get("state", {})


def _query(service: Service, actor: Unlinked) -> dict[str, Any]:
    query: dict[str, Any] = {"query": actor.names[0], "limit": LIMIT}
    if actor.kind in service.types:
        query |= {"type": service.types[actor.kind], "type_strict": "should"}
    if actor.state and actor.kind in service.property:
        query["properties"] = [{"pid": service.property[actor.kind], "v": actor.state}]
    return query


def _proposals(service: Service, result: object) -> Iterator[Proposal]:
    candidates = result.get("result") if isinstance(result, dict) else None
    if not isinstance(candidates, list):
        raise OutsideError(f"{service.address}: an answer without `result`, which version {VERSION} asks for")
    seen = set[str]()
    for candidate in candidates[:LIMIT]:
        proposal = _proposal(service, candidate)
        if proposal.iri not in seen:
            seen.add(proposal.iri)
            yield proposal


def _proposal(service: Service, candidate: object) -> Proposal:
    if not isinstance(candidate, dict) or not all(isinstance(candidate.get(k), str) for k in ("id", "name")):
        raise OutsideError(f"{service.address}: a candidate without id or name: {line(str(candidate))}")
    score = candidate.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise OutsideError(f"{service.address}: the candidate {line(candidate['id'])!r} has no score")
    types = candidate.get("type", [])
    named = [type.get("name") or type.get("id") if isinstance(type, dict) else type for type in types or []]
    said = [
        f"score {score:g}",
        line(", ".join(map(str, named[:3]))),
        line(str(candidate.get("description") or "")),
    ]
    return Proposal(
        _iri(service, candidate["id"]),
        (line(candidate["name"]),),
        candidate.get("match") is True,
        "; ".join(filter(None, said)),
    )


def _iri(service: Service, id: str) -> str:
    """An id as an IRI: itself, in the service's space of identifiers, or its page."""
    if id.startswith(("http://", "https://")):
        return outside_iri(id)
    if service.space.startswith(("http://", "https://")) and service.space.endswith(
        ("/", "#", "=", ":", "_")
    ):
        return outside_iri(service.space + quote(id, safe="/:-._~"))
    return outside_iri(service.view.replace("{{id}}", quote(id, safe="/:-._~")))


def _json(body: bytes, address: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OutsideError(f"{address} answers no JSON: {line(str(error))}") from error
    if not isinstance(value, dict):
        raise OutsideError(f"{address} answers {type(value).__name__}; wanted a JSON object")
    return value
