"""The rival of the proxy: what AWS documents for the CLI in Python. Each call gets a token and opens a new connection.

Source of the steps: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html

Runs the command once for each line of standard input, and prints the number of rows.
"""

import base64
import http.client
import json
import os
import socket
import sys

import boto3

port = int(os.environ["BENCH_PORT"])
socket.getaddrinfo = lambda *_args, **_options: [
    (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))
]
client = boto3.client("mwaa")


def run(command):
    answer = client.create_cli_token(Name="analytics-prod")
    connection = http.client.HTTPSConnection(answer["WebServerHostname"])
    headers = {"Authorization": f"Bearer {answer['CliToken']}", "Content-Type": "text/plain"}
    connection.request("POST", "/aws_mwaa/cli", command, headers)
    streams = json.loads(connection.getresponse().read())
    connection.close()
    return json.loads(base64.b64decode(streams["stdout"]))


for _line in sys.stdin:
    rows = run("dags list-runs --dag-id=reporting_daily --output=json")
    print(len(rows), flush=True)
