"""Signature Version 4. A test compares it with the signer of botocore, which takes much longer to load than to sign."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urlsplit

from .errors import SettingsError

if TYPE_CHECKING:
    from ._signing import StaticCredentials

ALGORITHM = "AWS4-HMAC-SHA256"


def sign_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    credentials: StaticCredentials,
    region: str,
    service: str,
    now: datetime,
) -> dict[str, str]:
    """Returns the headers of a request with a signature (IAM User Guide, "Create a signed AWS API request").

    For every service except Amazon S3, which reads paths differently.

    Args:
        method: The HTTP method.
        url: The URL, percent-encoded.
        headers: Sent and signed as they are. The names are in lower case.
        body: The body.
        credentials: Those of the caller.
        region: The region of the service.
        service: The signing name of the service.
        now: The time, in UTC.

    Raises:
        SettingsError: The credentials or the region cannot be sent.
    """
    split = urlsplit(url)
    time = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{region}/{service}/aws4_request"
    signed = {**headers, "host": _get_host(split.scheme, split.hostname or "", split.port), "x-amz-date": time}
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    # The error must not show them, as that of the HTTP client would.
    if not all(text.isascii() and text.isprintable() for text in (credentials.access_key, scope, *signed.values())):
        raise SettingsError(
            "The AWS credentials or the region has characters that a header cannot have, such as a line end. Check "
            "where they come from."
        )
    names = sorted(signed)
    canonical_request = "\n".join(
        [
            method,
            # The path of a URL is encoded already, and is encoded once more. Empty segments are left out.
            quote(re.sub("/+", "/", split.path or "/"), safe="/~"),
            _format_query(split.query),
            *(f"{name}:{' '.join(signed[name].split())}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = "\n".join([ALGORITHM, time, scope, hashlib.sha256(canonical_request.encode()).hexdigest()])
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={';'.join(names)}, "
        f"Signature={signature}"
    )
    return signed


def _get_host(scheme: str, host: str, port: int | None) -> str:
    """As the HTTP client sends it."""
    name = f"[{host}]" if ":" in host else host
    return name if port is None or port == {"http": 80, "https": 443}[scheme] else f"{name}:{port}"


def _format_query(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    encoded = sorted((_encode(name), _encode(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encode(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="~")
