"""The one shape in which the server says no: what is wrong, where, and what would be right.

CommuniqueError
└── Refusal           an answer that is an error: status, reason, place in the query, hint
"""

import json
from collections.abc import Mapping

from kg.errors import CommuniqueError

STATUS_NAMES: Mapping[int, str] = {
    400: "bad request",
    401: "token needed",
    403: "not allowed",
    404: "not found",
    405: "method not allowed",
    406: "no such format",
    409: "conflict",
    413: "too large",
    415: "media type not understood",
    422: "breaks the shapes",
    429: "too many queries",
    500: "server error",
    503: "not now",
}


class Refusal(CommuniqueError):
    """An error as it goes to the client.

    `line` and `column` count from 1 and point into the query as sent; `hint` says what would be right; `retry` is the
    number of seconds after which asking again makes sense.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        hint: str = "",
        place: tuple[int, int] | None = None,
        retry: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        report: str = "",
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.hint = hint
        self.place = place
        self.retry = retry
        self.headers = headers
        self.report = report

    def record(self) -> dict[str, object]:
        """The error as the JSON object that clients get under `error`."""
        name = STATUS_NAMES.get(self.status, "error")
        record: dict[str, object] = {"status": self.status, "name": name, "reason": self.reason}
        if self.place:
            record["line"], record["column"] = self.place
        if self.hint:
            record["hint"] = self.hint
        if self.retry is not None:
            record["retry_after"] = self.retry
        if self.report:
            record["report"] = self.report
        return record

    def as_json(self) -> bytes:
        """`{"error": {…}}`, one line."""
        return json.dumps({"error": self.record()}, ensure_ascii=False).encode() + b"\n"

    def as_text(self) -> bytes:
        """The same for a person at a terminal."""
        place = f" (line {self.place[0]}, column {self.place[1]})" if self.place else ""
        lines = [f"{self.status} {STATUS_NAMES.get(self.status, 'error')}: {self.reason}{place}"]
        lines += [text for text in (self.hint, self.report) if text]
        return "\n".join(lines).encode() + b"\n"


def refusal_from_record(record: Mapping[str, object]) -> Refusal:
    """The inverse of `Refusal.record`, for errors that a query process sends."""
    numbers = {name: value for name, value in record.items() if isinstance(value, int)}
    place = (numbers["line"], numbers["column"]) if "line" in numbers else None
    return Refusal(
        numbers.get("status", 500),
        str(record.get("reason", "the query failed")),
        hint=str(record.get("hint", "")),
        place=place,
        retry=numbers.get("retry_after"),
        report=str(record.get("report", "")),
    )
