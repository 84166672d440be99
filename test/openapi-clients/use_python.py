"""A program with a client that openapi-python-client makes. Prints what the API answers."""

import json
import sys

from mwaa_cli_proxy_client import AuthenticatedClient
from mwaa_cli_proxy_client.api.token import explain_command_by_token, get_run_by_token, run_command_by_token
from mwaa_cli_proxy_client.models import CommandRequest, CommandRequestFormat

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], timeout=300)
listed = run_command_by_token.sync("prod", client=client, body=CommandRequest(argv=["dags", "list"]))
request = CommandRequest(command="dags list", format_=CommandRequestFormat.RAW)
explained = explain_command_by_token.sync("prod", client=client, body=request)
missing = get_run_by_token.sync("prod", client=client, dag_id="no_such_dag", run_id="a b/c+1")
print(
    json.dumps(
        {
            "outcome": listed.outcome,
            "allowed": explained.allowed,
            "detail": missing.detail,
            "type": missing.type_,
        }
    )
)
