"""Asks the command line parser of the Airflow release it runs in, one JSON case a line, one answer a line.

A case is `{"argv": …, "given": …, "json": …, "line": …, "words": …, "text": …, "split": …}`. `argv` is what a caller wrote. Where the
project refused it, `given` is null, and `json` names the arguments that Airflow reads as JSON when its parser is done. Where it
accepted it, `given` is the invocation as it was understood (a list of `[option or null, dest, values]`), `json` names
the arguments that are equal as JSON, `words` are the canonical words and `line` is their quoted text, `added` what the proxy
added to them. `text` and `split` are a text and the words it was split into, `split` null where the project could not read it.

The answer is `accepts`, `refuses`, `value` (accepted by the project; Airflow refuses a value that only it can judge) or
`BUG` with a JSON object.

Run by `node test/fuzz/fuzz.ts`, in an empty folder.
"""

import argparse
import datetime
import json
import os
import re
import shlex
import sys

answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
sys.stdout = sys.stderr

try:
    from airflow.cli.cli_parser import get_parser
except ImportError:  # 1.10
    from airflow.bin.cli import CLIFactory

    get_parser = CLIFactory.get_parser


class Refused(Exception):
    pass


def refuse(parser, message=None, *_):
    raise Refused(message)


def show_help(parser, *_):
    raise Refused("help")


# Files are opened, and truncated, while argparse reads. Formatting help for each error would take nearly all of the time.
argparse.FileType.__call__ = lambda self, name: name
TOP = get_parser()
for parser_class in {argparse.ArgumentParser} | set(type(TOP).__mro__[:-1]):
    if issubclass(parser_class, argparse.ArgumentParser):
        parser_class.error = refuse
        parser_class.print_help = show_help

#: What only Airflow can judge: dates depend on the clock and on a generous library (which stumbles over very long numbers), directories on the web server's disk.
ONLY_AIRFLOW = re.compile(
    r"argument .*: invalid parse value|The directory .* does not exist!$|exception OverflowError", re.DOTALL
)


def read(argv):
    """The namespace, or why there is none."""
    try:
        return vars(TOP.parse_args(argv)), None
    except Refused as refusal:
        return None, str(refusal)
    except SystemExit as stopped:
        return None, "exit %s" % stopped
    except Exception as error:  # a type function may raise anything, and argparse lets some of it through
        return None, "exception %r" % error


LEAVES = {}


def leaf(argv):
    """The parser of the command that the first words of `argv` name."""
    parser = TOP
    for at, word in enumerate(argv):
        groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if not groups:
            break
        parser = groups[0].choices[word]
    return parser


def understood(argv, given):
    """The namespace, as far as the command has a say in it, that the project's own reading amounts to."""
    parser = leaf(argv)
    found = {}
    for action in parser._actions:
        if not isinstance(action, argparse._HelpAction):
            default = action.default
            if action.nargs == "*" and not action.option_strings and default is None:
                default = []
            elif isinstance(default, str):
                default = parser._get_value(action, default)
            found.setdefault(action.dest, default)
    for option, dest, values in given:
        if option is None:
            (action,) = [a for a in parser._actions if not a.option_strings and a.dest == dest]
        else:
            action = parser._option_string_actions[option]
        typed = [parser._get_value(action, value) for value in values]
        if isinstance(action, argparse._AppendAction):
            found[dest] = list(action.default or []) + typed
        elif type(action).__name__ == "BooleanOptionalAction":
            found[dest] = not values[0].startswith("--no-")
        elif action.nargs == 0:
            found[dest] = action.const
        elif action.nargs is None:
            (found[dest],) = typed
        elif action.nargs == "?":
            found[dest] = typed[0] if typed else action.const
        else:
            found[dest] = typed
    return found


def alike(one, other):
    if isinstance(one, datetime.datetime) and isinstance(other, datetime.datetime):
        # A date without a year, or a time without a date, is read beside the clock.
        return abs((one - other).total_seconds()) < 60
    return type(one) is type(other) and one == other


def as_json(value):
    """JSON text with its numbers' spelling and its keys' order and repetition."""
    if not isinstance(value, str):
        return value
    return json.loads(value, object_pairs_hook=lambda pairs: pairs, parse_float=str, parse_int=str)


def is_no_json(value):
    try:
        json.loads(value if isinstance(value, str) and value else "null")
    except ValueError:
        return True
    return False


def judge(case):
    if case["text"] is not None:
        try:
            words = shlex.split(case["text"])
        except ValueError:
            words = None
        if words != case["split"]:
            return "BUG " + json.dumps({"kind": "split-differently", "shlex": words})
    namespace, why = read(case["argv"])
    if case["given"] is None:
        return "refuses" if namespace is None or any(is_no_json(namespace[dest]) for dest in case["json"]) else "accepts"

    words = case["words"]
    if shlex.split(case["line"]) != words:
        return bug("rendered-reads-back-differently", shlex=shlex.split(case["line"]))
    again, why_again = (namespace, why) if words == case["argv"] else read(words)
    if namespace is None and ONLY_AIRFLOW.match(why) and (again is not None or ONLY_AIRFLOW.match(why_again)):
        return "value"  # again: of a repeated option Airflow judges every value, and the last one is sent
    if namespace is None:
        return bug("accepted-but-refused", why=why)
    if again is None:
        return bug("rendered-is-refused", why=why_again)
    for dest, value in understood(case["argv"], case["given"]).items():
        if not alike(namespace.get(dest), value):
            return bug("accepted-but-different", dest=dest, airflow=namespace.get(dest), project=value)
    added = understood(case["argv"], case["added"])
    added = {dest: added[dest] for _, dest, _ in case["added"]}
    for dest, value in added.items():
        if not alike(again[dest], value):
            return bug("added-reads-back-differently", dest=dest, rendered=again[dest], project=value)
    if namespace.keys() != again.keys():
        return bug("rendered-reads-back-differently", dests=sorted(namespace.keys() ^ again.keys()))
    for dest, value in namespace.items():
        if dest in added or alike(value, again[dest]) or (dest in case["json"] and as_json(value) == as_json(again[dest])):
            continue
        return bug("rendered-reads-back-differently", dest=dest, airflow=value, rendered=again[dest])
    return "accepts"


def bug(kind, **facts):
    return "BUG " + json.dumps(dict(facts, kind=kind), default=repr)


def main():
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin.buffer:
        case = json.loads(line.decode("utf-8"))
        if case is None:  # end of a batch
            answers.flush()
            continue
        try:
            answer = judge(case)
        except Exception as error:
            answer = bug("exception", error=repr(error))
        answers.write(answer + "\n")


main()
