"""How a received text becomes the words of a command: by Python's own shlex, as POSIX shells split.

Assumed of MWAA, whose splitter is closed: that it splits like shlex and starts a process with the words. Hence the two
limits an operating system sets on a process's arguments are kept here too, so that a text fails in the same way
whether a new process is started for it or an existing one forks.
"""

import errno
import os
import shlex
import sys
import traceback

# Linux's MAX_ARG_STRLEN: the longest single argument, its terminating zero included.
LONGEST_WORD = 131072


def split_or_exit(text):
    """The words. Where the text cannot be split, prints the traceback and ends the process with 1."""
    try:
        words = shlex.split(text)
        for word in words:
            if "\0" in word:
                raise ValueError("embedded null byte")
            if len(os.fsencode(word)) >= LONGEST_WORD:
                raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
        return words
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        sys.exit(1)
