"""Splits a received text into the words of a command with Python's shlex, as a POSIX shell does.

Assumed: MWAA, whose source is not public, splits like shlex and starts a process with the words. The operating system
limits the arguments of a process. This module checks the same two limits, so that a text fails in the same way whether
a new process is started for it or an existing process forks.
"""

import errno
import os
import shlex
import sys
import traceback

# Linux's MAX_ARG_STRLEN: the length of the longest argument, including its terminating zero.
MAX_WORD_BYTES = 131072


def split_or_exit(text):
    """Returns the words. If the text cannot be split, prints the traceback and exits with 1."""
    try:
        words = shlex.split(text)
        for word in words:
            if "\0" in word:
                raise ValueError("embedded null byte")
            if len(os.fsencode(word)) >= MAX_WORD_BYTES:
                raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
        return words
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        sys.exit(1)
