"""How the caller of the API authenticates: with a signature, or with a token of the issuer that the API trusts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

from ._contract import API_HOST_PATTERN, SETTING_VARIABLES
from .errors import SettingsError

SERVICE = "execute-api"
#: Visible ASCII. Anything else would end the header, or change on the way.
_TOKEN = re.compile(r"[\x21-\x7e]+")
_API_HOST = re.compile(API_HOST_PATTERN)


@runtime_checkable
class FrozenCredentials(Protocol):
    """AWS credentials as botocore and boto3 hold them."""

    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str | None: ...


@runtime_checkable
class RefreshableCredentials(Protocol):
    """AWS credentials that are refreshed before they expire: those of botocore and boto3."""

    def get_frozen_credentials(self) -> Any: ...


@runtime_checkable
class CredentialsSession(Protocol):
    """A session of botocore or boto3."""

    def get_credentials(self) -> Any: ...


class StaticCredentials(NamedTuple):
    """Credentials that do not expire while a program runs."""

    access_key: str
    secret_key: str
    token: str | None

    @classmethod
    def find(cls, environ: Mapping[str, str]) -> StaticCredentials | None:
        """The credentials in variables, where botocore looks first, too."""
        access_key, secret_key = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
        if not access_key or not secret_key:
            return None
        return cls(access_key, secret_key, environ.get("AWS_SESSION_TOKEN") or None)


#: Credentials of botocore or boto3, a session of either, or a function that returns one of these.
CredentialSource = FrozenCredentials | RefreshableCredentials | CredentialsSession | Callable[[], Any]


class Authenticator(Protocol):
    """Adds to the headers of a request what shows who sends it."""

    #: What precedes the paths of the API for this kind of callers.
    prefix: str

    def authenticate(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, /) -> dict[str, str]:
        """Returns the headers to send. Called for each attempt, because signatures and tokens expire."""

    def get_ca_bundle(self) -> str | None:
        """The CA bundle of the AWS configuration, if there is one."""


class TokenAuthenticator:
    """Sends an OIDC token. It is read again for each request, because tokens expire within minutes."""

    prefix = "/oidc"

    def __init__(self, get_token: Callable[[], str]) -> None:
        self._get_token = get_token

    def authenticate(self, _method: str, _url: str, headers: Mapping[str, str], _body: bytes | None) -> dict[str, str]:
        """Adds the token."""
        token = self._get_token()
        # The error must not show the token, as that of the HTTP client would.
        if not _TOKEN.fullmatch(token):
            what = "is empty" if token == "" else "has characters that a token cannot have"
            raise SettingsError(f"The token {what}. Check where it comes from.")
        return {**headers, "authorization": f"Bearer {token}"}

    def get_ca_bundle(self) -> str | None:
        """None: tokens need no AWS configuration."""
        return None


def read_token_file(file: str) -> str:
    """The token in a file.

    Raises:
        SettingsError: The file cannot be read.
    """
    try:
        with open(file, encoding="utf-8") as stream:
            return stream.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        variable = SETTING_VARIABLES["tokenFile"]
        raise SettingsError(f"The token file ({variable}) cannot be read: {error}") from error


def run_token_command(command: str) -> str:
    """The token that a shell command prints.

    Raises:
        SettingsError: The command failed.
    """
    import subprocess

    variable = SETTING_VARIABLES["tokenCommand"]
    try:
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603, S607
    except OSError as error:
        raise SettingsError(f"The token command ({variable}) failed: {error}") from error
    if done.returncode != 0:
        reason = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        raise SettingsError(f"The token command ({variable}) failed: {reason}")
    return done.stdout.decode("utf-8", "replace").strip()


class SignatureAuthenticator:
    """Signs requests with Signature Version 4. botocore is imported when credentials are not in variables."""

    prefix = ""

    def __init__(self, region: str | None, credentials: CredentialSource | None, aws_profile: str | None) -> None:
        self._credentials = credentials
        self._aws_profile = aws_profile
        self._session: Any = None
        in_variables = os.environ.get(SETTING_VARIABLES["region"]) or os.environ.get("AWS_DEFAULT_REGION")
        found = region or in_variables or self.get_session().get_config_variable("region")
        if not found:
            variable = SETTING_VARIABLES["region"]
            raise SettingsError(f"Set {variable} to the region of the API: its address does not contain it.")
        self.region: str = found

    def authenticate(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, str]:
        """Signs the request with the credentials of this moment."""
        from datetime import datetime, timezone

        from ._sign_request import sign_request

        now = datetime.now(timezone.utc)
        return sign_request(method, url, headers, body or b"", self.find_credentials(), self.region, SERVICE, now)

    def get_ca_bundle(self) -> str | None:
        """`ca_bundle` of the AWS configuration, if it is read anyway."""
        bundle = self._session.get_config_variable("ca_bundle") if self._session is not None else None
        return bundle or None

    def find_credentials(self) -> StaticCredentials:
        """The credentials of this moment.

        Raises:
            SettingsError: There are none.
        """
        if self._credentials is None and self._aws_profile is None:
            in_variables = StaticCredentials.find(os.environ)
            if in_variables is not None:
                return in_variables
        from botocore.exceptions import BotoCoreError

        try:
            found: Any = self.get_session() if self._credentials is None else self._credentials
            if isinstance(found, CredentialsSession):
                found = found.get_credentials()
            elif callable(found):
                found = found()
            if isinstance(found, RefreshableCredentials):
                found = found.get_frozen_credentials()
        except BotoCoreError as error:
            raise self._create_error(str(error)) from error
        if found is None:
            raise self._create_error("no provider has any")
        return StaticCredentials(found.access_key, found.secret_key, found.token)

    def _create_error(self, reason: str) -> SettingsError:
        reason = reason.rstrip(".")
        profile = self._aws_profile
        if profile is None:
            return SettingsError(
                f"No AWS credentials were found ({reason}). Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or log in (aws sso login)."
            )
        return SettingsError(
            f"The AWS profile {profile} has no usable credentials ({reason}). Log in (aws sso login --profile "
            f"{profile}), or set AWS_PROFILE to another profile."
        )

    def get_session(self) -> Any:
        """A session of botocore. It takes long to load.

        Raises:
            SettingsError: The profile does not exist, or the AWS configuration cannot be read.
        """
        if self._session is None:
            import botocore.session
            from botocore.exceptions import BotoCoreError

            session = botocore.session.Session(profile=self._aws_profile)
            try:
                session.get_scoped_config()
            except BotoCoreError as error:
                raise self._create_error(str(error)) from error
            self._session = session
        return self._session


def get_api_region_of_url(url: str) -> str | None:
    """The region in the address of an API, or None."""
    return get_api_region(urlsplit(url).hostname or "")


def get_api_region(host: str) -> str | None:
    """The region in the host name of an API Gateway address, or None for other hosts."""
    match = _API_HOST.search(host)
    return match and match[1]
