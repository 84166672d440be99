"""Runs a program until standard input ends, and then ends it and every process that it has started.

    python until_stdin_ends.py PROGRAM ARGUMENT...

The parent process holds the other end of the pipe, so the pipe ends when the parent exits for any reason, SIGKILL included.
Airflow's tasks have process groups of their own. On Linux this process adopts descendants whose parent has exited, and finds
them by their parents. Elsewhere it ends the program's process group.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

IS_LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None) if IS_LINUX else None


def die_with_parent():
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def list_descendants():
    """Returns the process ids of the children of this process, of their children, and so on. Linux only."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has just exited
        if state != "Z":
            children.setdefault(int(parent), []).append(int(name))
    found = [os.getpid()]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found[1:]


def end_all(program):
    if not IS_LINUX:
        # The program ends its child processes in other groups itself.
        program.terminate()
        try:
            program.wait(5)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(program.pid, signal.SIGKILL)
        except OSError:
            pass
        return
    while True:
        descendants = list_descendants()
        if not descendants:
            return
        for pid in descendants:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.02)


def wait_for_end_of_stdin():
    while os.read(0, 4096):
        pass
    end_all(program)
    os._exit(0)


if LIBC:
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent)
threading.Thread(target=wait_for_end_of_stdin, daemon=True).start()
exit_code = program.wait()
end_all(program)
sys.exit(exit_code if exit_code >= 0 else 1)
