"""Runs many commands, each in a separate process, and imports Airflow only once.

    python prefork.py AIRFLOW

The entry-point script AIRFLOW contains `from airflow.__main__ import main` and then `sys.exit(main())`. This process runs
the first half once, which takes most of the time of a command, and forks for each command. The child runs the second half.
Up to the fork nothing depends on the command. After it, Airflow's parser and code run in a process that has never run
another command. Every child prints again what the first half printed, as a new process would.

stdin:  one JSON object per line, {"id": 1, "text": "dags list"} or {"id": 1, "kill": true}. End of file ends all processes.
fd 3:   {"ready": true}, then for each command {"id": 1, "exit": 0, "stdout": base64, "stderr": base64}; "exit" is null if a
        signal ended it.
"""

import sys

sys.dont_write_bytecode = True  # do not write a __pycache__ into the project

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

RESULTS_FD = 3

# What most commands import in their second half. These imports take more than half of the remaining time of a command. They must
# not print anything, which is checked.
LIBRARIES = """
    alembic.command flask_caching flask_session httpcore httpx mako.template psutil rich.markdown rich.syntax rich.table
    """.split()
AIRFLOW_MODULES = """
    airflow.models airflow.models.dag airflow.models.dagwarning airflow.models.errors airflow.models.serialized_dag
    airflow.models.trigger airflow.api_connexion.schemas.dag_schema
    """.split()

# With this option, Airflow's modules are not imported. Releases in which that prints something start again with it.
ONLY_LIBRARIES = "--only-libraries"


def split_entry_point(script):
    """Compiles the entry point's code before and from its `if __name__ == "__main__"`, with the original line numbers."""
    with open(script, encoding="utf-8") as file:
        tree = ast.parse(file.read(), script)
    cut = next(n for n, node in enumerate(tree.body) if isinstance(node, ast.If))
    return (
        compile(ast.Module(body=body, type_ignores=[]), script, "exec", dont_inherit=True)
        for body in (tree.body[:cut], tree.body[cut:])
    )


def create_main_module(script):
    """Creates the `__main__` module of the entry point, which replaces that of this script."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=script, __builtins__=__builtins__, __cached__=None)
    return module


def capture(work):
    """Runs `work` and returns what it printed on fd 1 and fd 2. If it fails, writes its stderr to the real stderr."""
    saved = [os.dup(1), os.dup(2)]
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
        for number, file, real in zip((1, 2), files, saved):
            os.dup2(real, number)
            os.close(real)
            file.seek(0)
            printed.append(file.read())
            file.close()
        if failed:
            os.write(2, printed[1])
    return printed


def import_all(names):
    for name in names:
        try:
            if name != "alembic.command" or not alembic_logs_when_imported():
                importlib.import_module(name)
        except ImportError:  # some releases do not have all of them
            pass


def import_airflow_modules():
    import_all(AIRFLOW_MODULES)
    orm = sys.modules.get("sqlalchemy.orm")
    if orm:
        orm.configure_mappers()  # the first query of a command would do it


def alembic_logs_when_imported():
    """Whether alembic logs when it is imported, from 1.18 on. Commands would lack these lines if it were imported here."""
    spec = importlib.util.find_spec("alembic")  # not alembic.runtime.plugins: that would import its parent packages
    return spec and os.path.exists(os.path.join(os.path.dirname(spec.origin), "runtime", "plugins.py"))


def find_fork_hazard():
    """Returns what would not survive a fork, if anything: a thread or an open database connection."""
    if threading.active_count() != 1 or len(os.listdir("/proc/self/task")) != 1:
        return "a thread"
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + number)
        except OSError:
            continue
        if target.startswith(os.environ["AIRFLOW_HOME"]) or target.startswith("socket:") and int(number) > RESULTS_FD:
            return target
    return None


class Child:
    """A running command and what it has printed so far."""

    def __init__(self, number, pid, pipes):
        self.number, self.pid, self.pipes, self.status = number, pid, set(pipes), None
        self.printed = {pipe: bytearray() for pipe in pipes}


class Server:
    """Forks commands and collects their output, in one thread."""

    def __init__(self):
        self.children = {}
        self.unread = b""
        self.selector = selectors.DefaultSelector()
        self.wakeup_read, self.wakeup_write = os.pipe()
        for fd in (self.wakeup_read, self.wakeup_write):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(self.wakeup_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(0, selectors.EVENT_READ, self.read_requests)
        self.selector.register(self.wakeup_read, selectors.EVENT_READ, lambda fd: os.read(fd, 4096))

    def serve(self):
        """Serves until stdin ends. Returns only in a child, with the text of its command."""
        self.write_result({"ready": True})
        while True:
            for key, _ in self.selector.select():
                text = key.data(key.fd)
                if isinstance(text, str):
                    return text
            self.reap()

    def read_requests(self, _):
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
        """Returns True in the child, whose only file descriptors are stdin, stdout and stderr."""
        pipes = [os.pipe(), os.pipe()]
        pid = os.fork()
        if pid == 0:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.selector.close()
            null_device = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null_device, 0)
            for target, (_, write_end) in zip((1, 2), pipes):
                os.dup2(write_end, target)
            inherited = [null_device, self.wakeup_read, self.wakeup_write, RESULTS_FD, *pipes[0], *pipes[1]]
            for fd in inherited + [pipe for child in self.children.values() for pipe in child.pipes]:
                os.close(fd)
            return True
        for read_end, write_end in pipes:
            os.close(write_end)
            self.selector.register(read_end, selectors.EVENT_READ, self.read_output)
        self.children[pid] = Child(number, pid, [read_end for read_end, _ in pipes])
        return False

    def read_output(self, pipe):
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
            # The command has exited, and none of its child processes can print any more.
            if child.status is not None and not child.pipes:
                del self.children[child.pid]
                stdout, stderr = child.printed.values()
                self.write_result(
                    {
                        "id": child.number,
                        "exit": os.WEXITSTATUS(child.status) if os.WIFEXITED(child.status) else None,
                        "stdout": base64.b64encode(stdout).decode(),
                        "stderr": base64.b64encode(stderr).decode(),
                    }
                )

    def write_result(self, value):
        write_all(RESULTS_FD, json.dumps(value).encode() + b"\n")


def write_all(number, data):
    """Writes all data. os.write alone writes only as much as the pipe accepts."""
    while data:
        data = data[os.write(number, data) :]


def kill(child):
    """Kills a command and its child processes."""
    for send_signal in (os.killpg, os.kill):
        try:
            send_signal(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def print_exception_from_entry_point(kind, error, trace):
    """Prints an uncaught exception as Python does, without the frames of this script."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.__excepthook__(kind, error, trace)


script, *options = sys.argv[1:]
first_half, second_half = split_entry_point(script)
own_module = sys.modules["__main__"]  # keep a reference: Python clears a module that nothing refers to
main_module = create_main_module(script)
sys.modules["__main__"] = main_module
sys.path[0] = os.path.dirname(script)
sys.argv = [script]
printed_at_import = capture(lambda: exec(first_half, main_module.__dict__))
if any(capture(lambda: import_all(LIBRARIES))):
    sys.exit("prefork: a library printed something when it was imported")
if ONLY_LIBRARIES not in options and (any(capture(import_airflow_modules)) or find_fork_hazard()):
    os.execv(sys.executable, [sys.executable, __file__, script, ONLY_LIBRARIES])
hazard = find_fork_hazard()
if hazard:
    sys.exit("prefork: importing Airflow has started or opened " + hazard)
gc.collect()
gc.freeze()
text = Server().serve()

# Only a child gets here. It runs its command and exits.
sys.argv = [script, *split_command.split_or_exit(text)]
sys.excepthook = print_exception_from_entry_point
for number, printed in zip((1, 2), printed_at_import):
    write_all(number, printed)
exec(second_half, main_module.__dict__)
