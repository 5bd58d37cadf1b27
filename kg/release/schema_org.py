"""Stage: statistics → the dataset in the terms of schema.org, as search engines for data sets read it in a page."""

from collections.abc import Iterable
from typing import Any

from kg.release.about import About
from kg.release.count import Statistics
from kg.release.vocabulary import Distribution, publisher_of


def schema_dataset(
    statistics: Statistics, base: str, about: About, distributions: Iterable[Distribution]
) -> dict[str, Any]:
    """A schema:Dataset, to be written as JSON-LD."""
    issued = about.issued or statistics.last
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{base}.well-known/void#dataset",
        "name": about.title,
        "description": about.description,
        "url": base,
        "publisher": {
            "@type": "Organization",
            "@id": publisher_of(about, base).value,
            "name": about.publisher or base,
        },
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": file.media_type, "contentUrl": file.address}
            for file in distributions
        ],
    }
    if about.licence:
        found["license"] = about.licence
    if issued:
        found["datePublished"] = issued.isoformat()
    if statistics.first and statistics.last:
        found["temporalCoverage"] = f"{statistics.first}/{statistics.last}"
    return found
