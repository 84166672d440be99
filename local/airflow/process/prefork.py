"""Runs many commands, each in a process of its own, without importing Airflow anew for each.

    python prefork.py AIRFLOW

The entry-point script AIRFLOW says `from airflow.__main__ import main` and then `sys.exit(main())`. This process runs
the first half once, which is most of the time a command takes, and forks for each command; the child runs the second
half. So up to the fork nothing depends on the command, and from there on it is Airflow's own parser, code and exit, in
a process that has never run another command. What the first half printed is printed again in every child, as it would
be by a process that starts from nothing.

stdin:  one JSON object a line, {"id": 1, "text": "dags list"} or {"id": 1, "kill": true}. End of file ends everything.
fd 3:   {"ready": true}, then for each command {"id": 1, "exit": 0, "stdout": base64, "stderr": base64}; "exit" is null
        where a signal ended it.
"""

import sys

sys.dont_write_bytecode = True  # nothing of ours leaves a __pycache__ in the project

import ast  # noqa: E402
import base64  # noqa: E402
import gc  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import selectors  # noqa: E402
import signal  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import types  # noqa: E402

import split_command  # noqa: E402

sys.dont_write_bytecode = False

ANSWERS = 3

# Libraries that most commands import in their second half, Airflow's own modules not among them. They take half of what
# is left of a command's time. They must print nothing when they are imported, which is checked.
LIBRARIES = "alembic.command flask_caching flask_session httpx mako.template rich.markdown rich.syntax rich.table".split()


def halves(script):
    """The entry point's code before its `if __name__ == "__main__"`, and from there on, line numbers kept."""
    with open(script, encoding="utf-8") as file:
        tree = ast.parse(file.read(), script)
    cut = next(n for n, node in enumerate(tree.body) if isinstance(node, ast.If))
    return (
        compile(ast.Module(body=body, type_ignores=[]), script, "exec", dont_inherit=True)
        for body in (tree.body[:cut], tree.body[cut:])
    )


def entry_module(script):
    """The module that the entry point is, in place of this one."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=script, __builtins__=__builtins__, __cached__=None)
    return module


def captured(work):
    """Runs `work` and returns what it printed on fd 1 and fd 2. On failure its stderr goes to the real stderr."""
    kept = [os.dup(1), os.dup(2)]
    files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
    for number, file in zip((1, 2), files):
        os.dup2(file.fileno(), number)
    failed = True
    try:
        work()
        failed = False
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        printed = []
        for number, file, real in zip((1, 2), files, kept):
            os.dup2(real, number)
            os.close(real)
            file.seek(0)
            printed.append(file.read())
            file.close()
        if failed:
            os.write(2, printed[1])
    return printed


def load_libraries():
    for name in LIBRARIES:
        try:
            if name != "alembic.command" or not alembic_logs_when_imported():
                importlib.import_module(name)
        except ImportError:  # not every release has every one
            pass


def alembic_logs_when_imported():
    """From 1.18 on. A command that imports it then prints lines that it would not print if it were imported here."""
    found = importlib.util.find_spec("alembic")  # not alembic.runtime.plugins: that would import what is above it
    return found and os.path.exists(os.path.join(os.path.dirname(found.origin), "runtime", "plugins.py"))


def refuse_unsafe_fork():
    """A thread or an open database connection would not survive a fork: better no answer than a strange one."""
    if threading.active_count() != 1 or len(os.listdir("/proc/self/task")) != 1:
        sys.exit("prefork: importing Airflow started a thread")
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + number)
        except OSError:
            continue
        if target.startswith(os.environ["AIRFLOW_HOME"]) or target.startswith("socket:") and int(number) > ANSWERS:
            sys.exit("prefork: importing Airflow opened " + target)


class Child:
    """A running command and what it has printed so far."""

    def __init__(self, number, pid, pipes):
        self.number, self.pid, self.pipes, self.status = number, pid, set(pipes), None
        self.printed = {pipe: bytearray() for pipe in pipes}


class Server:
    """Forks commands and collects what they print, in one thread."""

    def __init__(self):
        self.children = {}
        self.unread = b""
        self.selector = selectors.DefaultSelector()
        self.woken, self.wakeup = os.pipe()
        for end in (self.woken, self.wakeup):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self.wakeup)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(0, selectors.EVENT_READ, self.requested)
        self.selector.register(self.woken, selectors.EVENT_READ, lambda end: os.read(end, 4096))

    def serve(self):
        """Serves until stdin ends. Returns in a child only, with the text of its command."""
        self.answer({"ready": True})
        while True:
            for key, _ in self.selector.select():
                text = key.data(key.fd)
                if isinstance(text, str):
                    return text
            self.reap()

    def requested(self, _):
        chunk = os.read(0, 65536)
        if not chunk:
            for child in self.children.values():
                kill(child)
            os._exit(0)
        *lines, self.unread = (self.unread + chunk).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "kill" in request:
                for child in self.children.values():
                    if child.number == request["id"]:
                        kill(child)
            elif self.fork(request["id"]):
                return request["text"]
        return None

    def fork(self, number):
        """True in the child, which then has only its own stdin, stdout and stderr."""
        pipes = [os.pipe(), os.pipe()]
        pid = os.fork()
        if pid == 0:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.selector.close()
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            for target, (_, writing) in zip((1, 2), pipes):
                os.dup2(writing, target)
            mine = [nothing, self.woken, self.wakeup, ANSWERS, *pipes[0], *pipes[1]]
            for end in mine + [pipe for child in self.children.values() for pipe in child.pipes]:
                os.close(end)
            return True
        for reading, writing in pipes:
            os.close(writing)
            self.selector.register(reading, selectors.EVENT_READ, self.readable)
        self.children[pid] = Child(number, pid, [reading for reading, _ in pipes])
        return False

    def readable(self, pipe):
        child = next(child for child in self.children.values() if pipe in child.pipes)
        chunk = os.read(pipe, 65536)
        if chunk:
            child.printed[pipe] += chunk
            return
        self.selector.unregister(pipe)
        os.close(pipe)
        child.pipes.remove(pipe)

    def reap(self):
        for child in list(self.children.values()):
            if child.status is None:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    child.status = status
            # Both: it has ended, and nobody it left behind can print any more.
            if child.status is not None and not child.pipes:
                del self.children[child.pid]
                stdout, stderr = child.printed.values()
                self.answer(
                    {
                        "id": child.number,
                        "exit": os.WEXITSTATUS(child.status) if os.WIFEXITED(child.status) else None,
                        "stdout": base64.b64encode(stdout).decode(),
                        "stderr": base64.b64encode(stderr).decode(),
                    }
                )

    def answer(self, value):
        write_all(ANSWERS, json.dumps(value).encode() + b"\n")


def write_all(number, data):
    """os.write writes as much as a pipe takes."""
    while data:
        data = data[os.write(number, data) :]


def kill(child):
    """Ends a command and everything it started."""
    for end in (os.killpg, os.kill):
        try:
            end(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def without_our_frames(kind, error, trace):
    """What Python prints for an uncaught exception, beginning at the entry point."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.__excepthook__(kind, error, trace)


script = sys.argv[1]
before, after = halves(script)
ours = sys.modules["__main__"]  # kept: a module nobody refers to is emptied
entry = entry_module(script)
sys.modules["__main__"] = entry
sys.path[0] = os.path.dirname(script)
sys.argv = [script]
printed_at_import = captured(lambda: exec(before, entry.__dict__))
if any(captured(load_libraries)):
    sys.exit("prefork: a library printed something when it was imported")
refuse_unsafe_fork()
gc.collect()
gc.freeze()
text = Server().serve()

# From here on this is a child, and its command is all it will ever do.
sys.argv = [script, *split_command.split_or_exit(text)]
sys.excepthook = without_our_frames
for number, printed in zip((1, 2), printed_at_import):
    write_all(number, printed)
exec(after, entry.__dict__)
