"""Stage: what the shapes say of a dataset → a SHACL validation report."""

from pyoxigraph import Literal, NamedNode, Triple

from kg import terms
from kg.release.vocabulary import iri, term, turtle
from kg.validate import Verdict


def validation_report(verdict: Verdict, address: str) -> bytes:
    """The verdict as a SHACL validation report in Turtle, to be found at this address."""
    report = NamedNode(f"{address}#report")
    facts = [
        Triple(report, terms.TYPE, term("sh:ValidationReport")),
        Triple(report, term("sh:conforms"), Literal(verdict.conforms)),
    ]
    for number, violation in enumerate(verdict.violations, start=1):
        result = NamedNode(f"{address}#result-{number}")
        facts += [
            Triple(report, term("sh:result"), result),
            Triple(result, terms.TYPE, term("sh:ValidationResult")),
            Triple(result, term("sh:resultSeverity"), term("sh:Violation")),
            Triple(result, term("sh:focusNode"), iri(violation.node) or Literal(violation.node)),
            Triple(result, term("sh:resultMessage"), Literal(violation.message, language="en")),
        ]
        facts += [Triple(result, term("sh:value"), Literal(violation.value))] if violation.value else []
    return turtle(facts)
