"""Prints the commands of the installed Airflow release as a JSON catalog.

It walks the parser that Airflow builds with MWAA's executor and auth manager. It fails on every kind of argument that it
does not know, so that a person reviews it before the proxy relies on it.

`npm run catalog -- RELEASE` runs it, sets its environment and writes the file.
"""

import argparse
import json
import os
import platform
import sys

try:
    from airflow.cli.cli_parser import get_parser
except ImportError:  # 1.10
    from airflow.bin.cli import CLIFactory

    get_parser = CLIFactory.get_parser
from airflow.version import version

HOME = os.environ["AIRFLOW_HOME"]

#: argparse's `type` callables by their qualified names. Dates depend on the clock and a lenient library: only Airflow can validate them.
TYPES = {
    "None": None,
    "str": None,
    "int": "integer",
    "float": "number",
    "loads": "json",
    "parse": "date",
    "positive_int": "positive-integer",  # until 2.2
    "string_list_type": "list",
    "string_lower_type": "lowercase",
    "Arg.add_to_parser.<locals>.type": "directory",
    "Arg.add_to_parser.<locals>.<lambda>": "directory",  # until 2.6
}


def get_type_name(action):
    if isinstance(action.type, argparse.FileType):
        return "file"
    name = getattr(action.type, "__qualname__", str(action.type))
    if name.startswith("positive_int."):
        allow_zero = dict(zip(action.type.__code__.co_freevars, action.type.__closure__))["allow_zero"].cell_contents
        return "non-negative-integer" if allow_zero else "positive-integer"
    return TYPES[name]


ACTIONS = {
    "_StoreAction": "store",
    "_StoreTrueAction": "store-true",
    "_StoreFalseAction": "store-false",
    "_AppendAction": "append",
    "BooleanOptionalAction": "boolean-optional",
}


def get_portable_default(value):
    """Returns a default value if it is the same on every machine, else None."""
    if isinstance(value, str):
        return None if HOME in value or os.getcwd() in value else value
    return value if isinstance(value, (int, float, bool)) else None


def to_one_line(text):
    return " ".join((text or "").replace(HOME, "[AIRFLOW_HOME]").split()) or None


def describe_argument(action):
    members = {
        "flags": list(action.option_strings) or None,
        "dest": action.dest,
        "action": None if type(action).__name__ == "_StoreAction" else ACTIONS[type(action).__name__],
        "arity": None if action.nargs == 0 else action.nargs,
        "type": get_type_name(action),
        "choices": None if action.choices is None else sorted(action.choices),
        "required": True if action.option_strings and action.required else None,
        "default": get_portable_default(action.default) if type(action).__name__ == "_StoreAction" else None,
        "help": None if action.help == argparse.SUPPRESS else to_one_line(action.help),
    }
    return {key: value for key, value in members.items() if value is not None}


def list_commands(parser, path):
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    arguments = [a for a in parser._actions if not isinstance(a, (argparse._SubParsersAction, argparse._HelpAction))]
    is_supported = (
        parser.prefix_chars == "-"
        and not parser.fromfile_prefix_chars
        and not parser._mutually_exclusive_groups
        and getattr(parser, "allow_abbrev", True)
    )
    if not is_supported or len(groups) > 1 or (groups and arguments):
        raise SystemExit("the parser uses an unsupported feature of argparse: " + " ".join(path))
    if not groups:
        yield {"path": path, "arguments": [describe_argument(a) for a in arguments]}
        return
    helps = {choice.dest: choice.help for choice in groups[0]._choices_actions}
    for name, child in groups[0].choices.items():
        for command in list_commands(child, path + [name]):
            if command["path"] == path + [name] and to_one_line(helps.get(name)):
                command = {"path": command["path"], "help": to_one_line(helps[name]), **command}
            yield command


catalog = {"airflow": version, "python": platform.python_version(), "commands": list(list_commands(get_parser(), []))}
json.dump(catalog, sys.stdout)
