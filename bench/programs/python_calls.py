"""Measures calls of one process. For each line on standard input, prints the medians of one round, in milliseconds.

Ours, a bare signed request on a kept-alive connection, and `invoke_rest_api` of boto3, which also sends one signed request.
"""

import json
import os
import statistics
import sys
import time

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from mwaa_cli_proxy import Proxy

SAMPLES = 100
URL = os.environ["BENCH_URL"]
REGION = os.environ["AWS_REGION"]
KEYS = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"])
BODY = json.dumps({"argv": ["version"], "format": "json"}).encode()

proxy = Proxy(URL, "prod", region=REGION)
pool = urllib3.PoolManager()
signer = SigV4Auth(Credentials(*KEYS), "execute-api", REGION)
mwaa = boto3.client("mwaa", region_name=REGION, endpoint_url=URL, config=Config(inject_host_prefix=False))


def ours():
    return proxy.run(["version"]).outcome


def bare():
    request = AWSRequest("POST", f"{URL}/environments/prod/cli", {"content-type": "application/json"}, BODY)
    signer.add_auth(request)
    response = pool.request("POST", request.url, body=BODY, headers=dict(request.headers.items()))
    return json.loads(response.data)["outcome"]


def rest_api():
    return mwaa.invoke_rest_api(Name="prod", Path="/version", Method="GET")["RestApiResponse"]["outcome"]


SUBJECTS = {"ours": ours, "bare": bare, "boto3": rest_api}


def measure():
    wall = {name: [] for name in SUBJECTS}
    cpu = {name: [] for name in SUBJECTS}
    for _ in range(SAMPLES):
        for name, call in SUBJECTS.items():
            started, started_cpu = time.perf_counter(), time.process_time()
            assert call() == "succeeded"
            cpu[name].append(time.process_time() - started_cpu)
            wall[name].append(time.perf_counter() - started)
    return {
        kind: {name: 1000 * statistics.median(values) for name, values in times.items()}
        for kind, times in (("wall", wall), ("cpu", cpu))
    }


for _line in sys.stdin:
    print(json.dumps(measure()), flush=True)
