"""Compares this project's parsing with the command line parser of the installed Airflow release.

Reads one case a line as JSON and prints one result a line. A case is
`{"argv": …, "given": …, "added": …, "json": …, "line": …, "words": …, "text": …, "split": …}`:

- `argv`: the words that a caller wrote.
- `given`: the arguments as the project parsed them, as a list of `[option or null, dest, values]`; null if it rejected the argv.
- `added`: the arguments that the proxy added, in the same format.
- `json`: if the project accepted the argv, the dests whose values must be equal as JSON. If it rejected the argv, the dests that
  Airflow parses as JSON after argparse has finished.
- `words`, `line`: the rendered argv and its quoted text.
- `text`, `split`: a text, and the words that the project split it into, or null if it rejected the text.

The result is `accepts`, `rejects`, `value` (the project accepted the argv; Airflow rejects a value that only it can validate) or
`BUG` with a JSON object. `null` in place of a case ends a batch and flushes the results.

Run by `node test/fuzz/fuzz.ts`, in an empty folder.
"""

import argparse
import datetime
import json
import os
import re
import shlex
import sys

results = os.fdopen(os.dup(1), "w", encoding="utf-8")
sys.stdout = sys.stderr

try:
    from airflow.cli.cli_parser import get_parser
except ImportError:  # 1.10
    from airflow.bin.cli import CLIFactory

    get_parser = CLIFactory.get_parser


class Rejected(Exception):
    pass


def reject(parser, message=None, *_):
    raise Rejected(message)


def show_help(parser, *_):
    raise Rejected("help")


# argparse would open and truncate files while it parses. Formatting help for each error would take nearly all of the time.
argparse.FileType.__call__ = lambda self, name: name
ROOT_PARSER = get_parser()
for parser_class in {argparse.ArgumentParser} | set(type(ROOT_PARSER).__mro__[:-1]):
    if issubclass(parser_class, argparse.ArgumentParser):
        parser_class.error = reject
        parser_class.print_help = show_help

#: Errors in values that only Airflow can validate: dates depend on the clock and on a lenient library (which fails for very long
#: numbers), directories on the disk of the web server.
ONLY_AIRFLOW = re.compile(
    r"argument .*: invalid parse value|The directory .* does not exist!$|exception OverflowError", re.DOTALL
)


def parse_argv(argv):
    """Returns the namespace and None, or None and the reason for the failure."""
    try:
        return vars(ROOT_PARSER.parse_args(argv)), None
    except Rejected as rejection:
        return None, str(rejection)
    except SystemExit as stopped:
        return None, "exit %s" % stopped
    except Exception as error:  # A type function may raise anything, and argparse does not catch everything.
        return None, "exception %r" % error


def find_leaf_parser(argv):
    """Returns the parser of the command that the argv begins with."""
    parser = ROOT_PARSER
    for word in argv:
        groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if not groups:
            break
        parser = groups[0].choices[word]
    return parser


def expected_namespace(argv, given):
    """Returns the namespace that corresponds to the arguments as the project parsed them."""
    parser = find_leaf_parser(argv)
    namespace = {}
    for action in parser._actions:
        if not isinstance(action, argparse._HelpAction):
            default = action.default
            if action.nargs == "*" and not action.option_strings and default is None:
                default = []
            elif isinstance(default, str):
                default = parser._get_value(action, default)
            namespace.setdefault(action.dest, default)
    for option, dest, values in given:
        if option is None:
            (action,) = [a for a in parser._actions if not a.option_strings and a.dest == dest]
        else:
            action = parser._option_string_actions[option]
        typed = [parser._get_value(action, value) for value in values]
        if isinstance(action, argparse._AppendAction):
            namespace[dest] = list(action.default or []) + typed
        elif type(action).__name__ == "BooleanOptionalAction":
            namespace[dest] = not values[0].startswith("--no-")
        elif action.nargs == 0:
            namespace[dest] = action.const
        elif action.nargs is None:
            (namespace[dest],) = typed
        elif action.nargs == "?":
            namespace[dest] = typed[0] if typed else action.const
        else:
            namespace[dest] = typed
    return namespace


def values_equal(one, other):
    if isinstance(one, datetime.datetime) and isinstance(other, datetime.datetime):
        # The clock completes a date without a year, or a time without a date.
        return abs((one - other).total_seconds()) < 60
    return type(one) is type(other) and one == other


def parse_json_exactly(value):
    """Parses JSON text. Keeps the spelling of numbers, and the order and repetition of keys."""
    if not isinstance(value, str):
        return value
    return json.loads(value, object_pairs_hook=lambda pairs: pairs, parse_float=str, parse_int=str)


def is_invalid_json(value):
    try:
        json.loads(value if isinstance(value, str) and value else "null")
    except ValueError:
        return True
    return False


def judge_case(case):
    if case["text"] is not None:
        try:
            words = shlex.split(case["text"])
        except ValueError:
            words = None
        if words != case["split"]:
            return "BUG " + json.dumps({"kind": "split-differently", "shlex": words})
    namespace, why = parse_argv(case["argv"])
    if case["given"] is None:
        return "rejects" if namespace is None or any(is_invalid_json(namespace[dest]) for dest in case["json"]) else "accepts"

    words = case["words"]
    if shlex.split(case["line"]) != words:
        return format_bug("rendered-reads-back-differently", shlex=shlex.split(case["line"]))
    again, why_again = (namespace, why) if words == case["argv"] else parse_argv(words)
    if namespace is None and ONLY_AIRFLOW.match(why) and (again is not None or ONLY_AIRFLOW.match(why_again)):
        return "value"  # Airflow validates every value of a repeated option, but only the last one is sent.
    if namespace is None:
        return format_bug("accepted-but-rejected", why=why)
    if again is None:
        return format_bug("rendered-is-rejected", why=why_again)
    for dest, value in expected_namespace(case["argv"], case["given"]).items():
        if not values_equal(namespace.get(dest), value):
            return format_bug("accepted-but-different", dest=dest, airflow=namespace.get(dest), project=value)
    added = expected_namespace(case["argv"], case["added"])
    added = {dest: added[dest] for _, dest, _ in case["added"]}
    for dest, value in added.items():
        if not values_equal(again[dest], value):
            return format_bug("added-reads-back-differently", dest=dest, rendered=again[dest], project=value)
    if namespace.keys() != again.keys():
        return format_bug("rendered-reads-back-differently", dests=sorted(namespace.keys() ^ again.keys()))
    for dest, value in namespace.items():
        if dest in added or values_equal(value, again[dest]) or (dest in case["json"] and parse_json_exactly(value) == parse_json_exactly(again[dest])):
            continue
        return format_bug("rendered-reads-back-differently", dest=dest, airflow=value, rendered=again[dest])
    return "accepts"


def format_bug(kind, **facts):
    return "BUG " + json.dumps(dict(facts, kind=kind), default=repr)


def main():
    results.write("ready\n")
    results.flush()
    for line in sys.stdin.buffer:
        case = json.loads(line.decode("utf-8"))
        if case is None:  # end of a batch
            results.flush()
            continue
        try:
            result = judge_case(case)
        except Exception as error:
            result = format_bug("exception", error=repr(error))
        results.write(result + "\n")


main()
