"""The connection to the proxy."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from asgiref.sync import sync_to_async

from mwaa_cli_proxy import AsyncProxy, Proxy, ProxyError, SettingsError
from mwaa_cli_proxy._airflow_provider import CONNECTION_EXTRAS, UI_FIELD_BEHAVIOUR
from mwaa_cli_proxy.airflow._compat import AirflowNotFoundException, BaseHook, get_connection
from mwaa_cli_proxy.airflow.link import console_address, run_address

if TYPE_CHECKING:
    from airflow.models import Connection

DEFAULT_CONNECTION = "mwaa_cli_proxy_default"


class MwaaCliProxyHook(BaseHook):
    """Creates clients from an Airflow connection of type `mwaa_cli_proxy`.

    ```python
    hook = MwaaCliProxyHook("analytics")
    answer = hook.get_conn().run(["dags", "list-runs", "--dag-id", "daily_report"])
    ```

    The host of the connection is the URL of the API, its password an OIDC token. Without a token, requests are signed
    with the AWS credentials of the worker, or those that the extras name.

    Args:
        conn_id: the Airflow connection
        environment: the name of the environment in the configuration of the proxy. Default: that of the connection
    """

    conn_name_attr = "conn_id"
    default_conn_name = DEFAULT_CONNECTION
    conn_type = "mwaa_cli_proxy"
    hook_name = "MWAA CLI proxy"

    def __init__(self, conn_id: str = DEFAULT_CONNECTION, *, environment: str | None = None) -> None:
        super().__init__()
        self.conn_id = conn_id
        self._environment = environment
        self._connection: Connection | None = None

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """The fields of the connection form, for Airflow before 3.2."""
        from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
        from wtforms import StringField

        return {
            name: StringField(label, widget=BS3TextFieldWidget(), description=description)
            for name, label, description in CONNECTION_EXTRAS
        }

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """The labels of the connection form, for Airflow before 3.2."""
        return UI_FIELD_BEHAVIOUR

    @property
    def connection(self) -> "Connection":
        """The Airflow connection. Read once."""
        if self._connection is None:
            self._connection = get_connection(self.conn_id)
        return self._connection

    @property
    def environment(self) -> str:
        """The name of the environment in the configuration of the proxy."""
        environment = self._environment or self._extra("environment")
        if not environment:
            raise SettingsError(
                f"No environment is set. Set the extra `environment` of the connection {self.conn_id}, "
                "or the parameter `environment`."
            )
        return environment

    @property
    def key_prefix(self) -> str:
        """Tells Airflows apart that share a caller and the ids of their DAGs."""
        return self._extra("key_prefix") or ""

    def get_conn(self) -> Proxy:
        """Creates a client of the environment."""
        url, environment, options = self._read_arguments()
        return Proxy(url, environment, **options)

    async def get_async_conn(self) -> AsyncProxy:
        """Creates an asynchronous client of the environment, also in the triggerer."""
        if self._connection is None:
            self._connection = await _read_connection(self.conn_id)
        # In a thread: Airflow 3 tells its supervisor the secrets of a connection when they are read, and fails if that
        # happens in the event loop of the triggerer.
        url, environment, options = await sync_to_async(self._read_arguments)()
        return AsyncProxy(url, environment, **options)

    def test_connection(self) -> tuple[bool, str]:
        """Lists what the connection may run. Called by the button "Test" of the connection form."""
        try:
            commands = self.get_conn().commands()
        except ProxyError as error:
            return False, str(error)
        return True, f"{len(commands)} commands are granted on {self.environment}."

    @property
    def url(self) -> str:
        """The URL of the API."""
        host = (self.connection.host or "").strip()
        if not host:
            raise SettingsError(f"The connection {self.conn_id} has no host. Set it to the URL of the API.")
        # Airflow's URI form of a connection splits the port off.
        try:
            address = urlsplit(host if "://" in host else f"https://{host}")
            has_port = address.port is not None
        except ValueError as error:
            raise SettingsError(f"The host of the connection {self.conn_id} is not a URL: {host}.") from error
        port = self.connection.port
        netloc = f"{address.hostname}:{port}" if port and not has_port else address.netloc
        return urlunsplit((address.scheme, netloc, address.path.rstrip("/"), "", ""))

    @property
    def region(self) -> str | None:
        """The region of the API, from the connection or the URL."""
        from mwaa_cli_proxy._signing import get_api_region_of_url

        return self._extra("region") or get_api_region_of_url(self.url)

    def get_link(self, dag_id: str, run_id: str, airflow_version: str) -> str:
        """The page of a remote run, or the page of the MWAA console that opens its web server. Empty if unknown."""
        if web_server := self._extra("web_server"):
            return run_address(web_server, airflow_version, dag_id, run_id)
        if region := self.region:
            return console_address(region, self._extra("mwaa_name") or self.environment)
        return ""

    def _extra(self, name: str) -> str | None:
        value = self.connection.extra_dejson.get(name)
        return str(value) if value else None

    def _read_arguments(self) -> tuple[str, str, dict[str, Any]]:
        return self.url, self.environment, self._client_options()

    def _client_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"region": self._extra("region")}
        if token := self.connection.password:
            return {**options, "token": token}
        if token_file := self._extra("token_file"):
            return {**options, "token_file": token_file}
        if credentials := self._find_credentials():
            return {**options, "credentials": credentials}
        return {**options, "aws_profile": self._extra("aws_profile")}

    def _find_credentials(self) -> Any:
        if aws_conn_id := self._extra("aws_conn_id"):
            return _read_aws_connection(aws_conn_id, self.region)
        if role_arn := self._extra("role_arn"):
            return _assume_role(role_arn, self._extra("external_id"), self._extra("aws_profile"), self.region)
        return None


async def _read_connection(conn_id: str) -> "Connection":
    if hasattr(BaseHook, "aget_connection"):  # from Airflow 3.1 on
        connection: Connection = await BaseHook.aget_connection(conn_id)
        return connection
    return await sync_to_async(get_connection)(conn_id)


def _read_aws_connection(aws_conn_id: str, region: str | None) -> Any:
    try:
        from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
    except ImportError as error:
        raise SettingsError(
            "The extra `aws_conn_id` needs the package apache-airflow-providers-amazon. Install it, "
            "or use the extra `role_arn`."
        ) from error
    try:
        # The hook of Amazon falls back to the credentials of the worker, which are another caller.
        get_connection(aws_conn_id)
    except AirflowNotFoundException as error:
        raise SettingsError(
            f"The AWS connection {aws_conn_id} does not exist. Create it, or correct the extra `aws_conn_id`."
        ) from error
    hook: Any = AwsGenericHook(aws_conn_id=aws_conn_id, client_type="sts", region_name=region)
    return hook.get_session().get_credentials()


def _assume_role(role_arn: str, external_id: str | None, aws_profile: str | None, region: str | None) -> Any:
    """Credentials that botocore renews before they expire."""
    import botocore.credentials
    import botocore.session

    session = botocore.session.Session(profile=aws_profile)

    def create_client(service: str, **settings: Any) -> Any:
        return session.create_client(service, region_name=region, **settings)

    fetcher = botocore.credentials.AssumeRoleCredentialFetcher(
        client_creator=create_client,
        source_credentials=session.get_credentials(),
        role_arn=role_arn,
        # The name of the session. The caller of the proxy is the role.
        extra_args={"RoleSessionName": "airflow", **({"ExternalId": external_id} if external_id else {})},
    )
    return botocore.credentials.DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
