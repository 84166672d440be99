"""Waits for runs in a notebook's kernel, and prints what each cell shows as a JSON list.

Each cell is interrupted after its first output, if its run does not end.
"""

import http.server
import json
import os
import sys
import threading

from jupyter_client.manager import start_new_kernel

POLLS = {}


class Api(http.server.BaseHTTPRequestHandler):
    """The first polls of a run find it running. Of the run `endless`, all do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        polls = POLLS[self.path] = POLLS.get(self.path, 0) + 1
        state = "running" if polls < 3 or "endless" in self.path else "success"
        body = json.dumps({"state": state}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Prints nothing."""


def run_cell(kernel, client, code):
    shown = []

    def note(message):
        kind, content = message["header"]["msg_type"], message["content"]
        if kind in ("display_data", "update_display_data"):
            shown.append([kind, content["data"]["text/plain"]])
            if kind == "display_data" and "endless" in code:
                kernel.interrupt_kernel()
        elif kind in ("stream", "error"):
            shown.append([kind, content.get("text") or content["ename"]])

    client.execute_interactive(code, output_hook=note, timeout=60)
    return shown


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
kernel, client = start_new_kernel(env={**os.environ, "PYTHONPATH": sys.argv[1]}, stderr=open(os.devnull, "w"))
try:
    url = f"http://127.0.0.1:{server.server_port}"
    cells = [
        "from mwaa_cli_proxy import AsyncProxy, Proxy\n"
        f"proxy, async_proxy = (kind({url!r}, 'prod', token='x') for kind in (Proxy, AsyncProxy))",
        "run = proxy.wait('daily', 'blocking', interval=0.2)",
        "run = await async_proxy.wait('daily', 'asyncio', interval=0.2)",
        "proxy.wait('daily', 'endless', interval=5)",
        "await async_proxy.wait('daily', 'endless', interval=5)",
        "print(run.state)",
    ]
    print(json.dumps([run_cell(kernel, client, code) for code in cells]))
finally:
    client.stop_channels()
    kernel.shutdown_kernel(now=True)
