"""What Airflow's providers manager reads at every start. It imports no Airflow."""

from typing import Any

from mwaa_cli_proxy._version import __version__

_DOCUMENTATION = "https://github.com/mwaa-cli-proxy/mwaa-cli-proxy/blob/main/docs/python.md#in-airflow"
_PACKAGE = "mwaa_cli_proxy.airflow"

#: The extras of a connection: name, label, whether it is secret, description.
CONNECTION_EXTRAS: tuple[tuple[str, str, str], ...] = (
    ("environment", "Environment", "Name of the environment in the configuration of the proxy"),
    ("region", "Region", "Region of the API, if its URL does not contain one"),
    ("role_arn", "Role to assume", "Role that signs the requests. Default: the credentials of the worker"),
    ("external_id", "External id", "External id of that role"),
    ("aws_profile", "AWS profile", "Profile of the AWS configuration on the worker"),
    ("aws_conn_id", "AWS connection", "Airflow connection of type aws that signs the requests"),
    ("token_file", "Token file", "File on the worker that contains an OIDC token"),
    ("web_server", "Web server", "Address of the remote Airflow, for links to a run"),
    ("mwaa_name", "Name in MWAA", "Name of the environment in MWAA, for links, if it differs"),
    ("key_prefix", "Key prefix", "Tells this Airflow from another one with the same caller and the same DAG ids"),
)

#: How the form of a connection names Airflow's own fields.
UI_FIELD_BEHAVIOUR: dict[str, Any] = {
    "hidden_fields": ["schema", "login", "port", "extra"],
    "relabeling": {
        "host": "URL of the API, including its stage",
        "password": "OIDC token (instead of AWS credentials)",
    },
    "placeholders": {"host": "https://abc123.execute-api.eu-west-1.amazonaws.com/v1", "environment": "analytics-prod"},
}


def get_provider_info() -> dict[str, Any]:
    """The metadata of the provider, for the entry point `apache_airflow_provider`."""
    integration = "MWAA CLI proxy"
    return {
        "package-name": "mwaa-cli-proxy",
        "name": integration,
        "description": "Airflow commands and DAG runs on remote Amazon MWAA environments, through mwaa-cli-proxy.",
        "versions": [__version__],
        "integrations": [{"integration-name": integration, "external-doc-url": _DOCUMENTATION, "tags": ["service"]}],
        "hooks": [{"integration-name": integration, "python-modules": [f"{_PACKAGE}.hook"]}],
        "operators": [{"integration-name": integration, "python-modules": [f"{_PACKAGE}.operators"]}],
        "sensors": [{"integration-name": integration, "python-modules": [f"{_PACKAGE}.sensor"]}],
        "triggers": [{"integration-name": integration, "python-modules": [f"{_PACKAGE}.trigger"]}],
        "extra-links": [f"{_PACKAGE}.link.RemoteRunLink"],
        "connection-types": [
            {
                "hook-class-name": f"{_PACKAGE}.hook.MwaaCliProxyHook",
                "hook-name": integration,
                "connection-type": "mwaa_cli_proxy",
                # From Airflow 3.2 on. Older releases ask the hook class.
                "ui-field-behaviour": {key.replace("_", "-"): value for key, value in UI_FIELD_BEHAVIOUR.items()},
                "conn-fields": {
                    name: {"label": label, "description": description, "schema": {"type": ["string", "null"]}}
                    for name, label, description in CONNECTION_EXTRAS
                },
            }
        ],
    }
