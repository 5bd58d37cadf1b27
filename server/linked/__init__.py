"""The dataset on the web: each IRI answers for itself, the ontology has its page, and names are reconciled."""

from flask import Flask

from server.linked.names import EXTENSION, Reading
from server.linked.ontology import ontology
from server.linked.reconciliation import reconciliation
from server.linked.things import things


def register(application: Flask) -> None:
    """Add the addresses of this room to an application whose extension is the bridge to the endpoints."""
    application.extensions[EXTENSION] = Reading()
    for addresses in (things, ontology, reconciliation):
        application.register_blueprint(addresses)
