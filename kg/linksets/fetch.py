"""The only door to the network: one request to the address that the user named, and nothing beyond it."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlencode, urljoin, urlsplit

from kg.errors import OutsideError
from kg.linksets.links import line

SECONDS = 60.0  # for one answer, first byte to last
SILENCE = 20.0  # seconds without a byte
BYTES = 32 << 20  # of one answer
REDIRECTS = 5
AGENT = "communique/0.1 (kg; links of a knowledge graph)"  # services ask for a name that tells what calls


def fetch(address: str, form: Mapping[str, str] | None = None, accept: str = "application/json") -> bytes:
    """The body that is answered; with a form it is sent by POST. A proxy that the environment names is used.

    Raises:
        OutsideError: the address is none of http or https, leads to another host, answers an error, too much or too late.
    """
    check_address(address)
    body = urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(address, body, {"Accept": accept, "User-Agent": AGENT})  # noqa: S310
    try:
        with _opener().open(request, timeout=SILENCE) as answer:
            return _read(answer, address)
    except urllib.error.HTTPError as error:
        with error:
            raise OutsideError(f"{address} answers {error.code}: {_reason(error)}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise OutsideError(f"{address} cannot be asked: {reason or type(error).__name__}") from error


def check_address(address: str) -> None:
    """Refuse an address that is not on the web.

    Raises:
        OutsideError: with what would be right.
    """
    try:
        parts = urlsplit(address)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong or not address.isascii() or any(c <= " " for c in address):
        raise OutsideError(f"{address!r} is no address; wanted http://HOST/… or https://HOST/…")
    if "@" in parts.netloc:
        raise OutsideError(f"the address of {parts.hostname} holds a name or password; it would be sent on")


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only where it stays with the host and port, and with what was sent."""

    max_redirections = REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request, or an error."""
        now, then = urlsplit(req.full_url), urlsplit(urljoin(req.full_url, newurl))
        if (now.scheme, now.netloc) != (then.scheme, then.netloc):
            raise OutsideError(
                f"{req.full_url} leads to {line(newurl)}, another host; name that address itself"
            )
        if req.data is not None:
            raise OutsideError(f"{req.full_url} leads to {line(newurl)}; name that address itself")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Speaks http and https alone: none of the file, ftp and data addresses that Python's own one opens."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _SameHost(),
    ):
        opener.add_handler(handler)
    return opener


def _read(answer: Any, address: str) -> bytes:
    until, parts, size = time.monotonic() + SECONDS, list[bytes](), 0
    while part := answer.read1(1 << 16):
        parts.append(part)
        size += len(part)
        if size > BYTES:
            raise OutsideError(f"{address} answers more than {BYTES >> 20} MiB; ask for less")
        if time.monotonic() > until:
            raise OutsideError(f"{address} has not answered in full within {SECONDS:.0f} seconds")
    return b"".join(parts)


def _reason(error: urllib.error.HTTPError) -> str:
    said = error.read1(500).decode(errors="replace") or str(error.reason)
    later = error.headers.get("Retry-After")
    return line(said) + (f" (try again after {line(later)})" if later else "")
