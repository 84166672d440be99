"""Callers of the AWS API InvokeRestApi, each with a client of its own, all at the same moment.

Arguments: the retry mode of boto3, the number of callers, the number of requests that each sends one after the other.
Runs once for each line of standard input. Prints the seconds of each request, or null for one that failed.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

mode, callers, requests = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
config = Config(retries={"mode": mode}, inject_host_prefix=False)
session = boto3.Session()
clients = [session.client("mwaa", endpoint_url=os.environ["BENCH_URL"], config=config) for _ in range(callers)]
barrier = Barrier(callers)


def call(client):
    barrier.wait()
    times = []
    for _ in range(requests):
        started = time.monotonic()
        try:
            client.invoke_rest_api(Name="analytics-prod", Path="/dags", Method="GET", QueryParameters={"limit": 5})
            times.append(time.monotonic() - started)
        except ClientError:
            times.append(None)
    return times


with ThreadPoolExecutor(callers) as pool:
    for _line in sys.stdin:
        print(json.dumps([seconds for times in pool.map(call, clients) for seconds in times]), flush=True)
