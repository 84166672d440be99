"""Prints the reference of the package from its docstrings, as Markdown: `npm run python-reference`."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import mwaa_cli_proxy
from mwaa_cli_proxy import _problems, direct
from mwaa_cli_proxy._types import CommandRefusal


class StandIn(ModuleType):
    """A module whose names are empty classes. The reference has nothing of Airflow, so it need not be installed."""

    def __getattr__(self, name: str) -> Any:
        """A class, or the default of `deferrable`, which is a setting of Airflow."""
        return False if name == "DEFAULT_DEFERRABLE" else type(name, (), {})


for module in ("mwaa_cli_proxy.airflow._compat", "asgiref.sync"):
    sys.modules[module] = StandIn(module)

import mwaa_cli_proxy.airflow as provider  # noqa: E402 - after the stand-ins

#: The sections: a heading, and what stands below it.
SECTIONS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("Clients", (mwaa_cli_proxy.Proxy, mwaa_cli_proxy.AsyncProxy)),
    (
        "Results",
        (
            mwaa_cli_proxy.CommandResult,
            mwaa_cli_proxy.RunState,
            mwaa_cli_proxy.WaitProgress,
            mwaa_cli_proxy.Explanation,
            CommandRefusal,
            mwaa_cli_proxy.GrantedCommand,
            mwaa_cli_proxy.EnvironmentEntry,
        ),
    ),
    (
        "Errors",
        (
            mwaa_cli_proxy.ProxyError,
            mwaa_cli_proxy.ProblemError,
            mwaa_cli_proxy.NoResponseError,
            mwaa_cli_proxy.WaitTimeoutError,
            mwaa_cli_proxy.SettingsError,
        ),
    ),
    ("Without a proxy", (direct.DirectAirflow, direct.DirectResult)),
    (
        "Airflow",
        (
            provider.AirflowCommandOperator,
            provider.TriggerRemoteDagOperator,
            provider.RemoteDagRunSensor,
            provider.MwaaCliProxyHook,
            provider.idempotency_key,
        ),
    ),
)
#: Called by Airflow.
AIRFLOW_METHODS = (
    "execute",
    "execute_complete",
    "poke",
    "resume",
    "on_kill",
    "get_connection_form_widgets",
    "get_ui_field_behaviour",
)
#: The sections of a docstring whose entries become a table.
ENTRY_SECTIONS = ("Args", "Attributes", "Raises")
INTRODUCTION = """# Python reference

The public names of the Python package `mwaa-cli-proxy`. [python.md](python.md) is the guide.

<!-- Written by `npm run python-reference` from the docstrings. Do not edit. -->
"""


def main() -> None:
    """Prints the page."""
    print(INTRODUCTION)
    print("\n".join(line for heading, kinds in SECTIONS for line in describe_section(heading, kinds)).strip())


def describe_section(heading: str, kinds: tuple[Any, ...]) -> Iterator[str]:
    """A heading, and what stands below it."""
    yield f"## {heading}\n"
    for kind in kinds:
        yield from describe_class(kind) if inspect.isclass(kind) else describe_function(kind)
    if heading == "Errors":
        yield "### Problems\n\nEach problem has a class, a subclass of `ProblemError`.\n"
        rows = [(f"`{code}`", f"`{error.__name__}`") for code, error in _problems.PROBLEM_ERRORS.items()]
        yield from format_table(("code", "class"), rows)


def describe_function(function: Callable[..., Any]) -> Iterator[str]:
    """A heading, the signature, and the docstring."""
    yield f"### `{function.__name__}`\n"
    yield f"```python\n{function.__name__}{format_signature(function)}\n```\n"
    yield from describe_docstring(inspect.getdoc(function) or "")


def describe_class(kind: type[Any]) -> Iterator[str]:
    """A heading, the docstring, and the methods."""
    # The private base of the clients documents the arguments of both.
    inherited = next((base for base in kind.__mro__[1:] if base.__name__ == "BaseProxy"), None)
    is_made_by_callers = "__init__" in vars(inherited or kind) and not issubclass(kind, Exception)
    is_made_by_callers = is_made_by_callers and not dataclasses.is_dataclass(kind)
    signature = format_signature(kind.__init__) if is_made_by_callers else ""
    module = "" if hasattr(mwaa_cli_proxy, kind.__name__) else f"{kind.__module__}."
    yield f"### `{module if module.endswith('direct.') else ''}{kind.__name__}`\n"
    if signature:
        yield f"```python\n{kind.__name__}{signature}\n```\n"
    yield from describe_docstring(inspect.getdoc(kind) or "")
    if inherited is not None:
        own = inspect.getdoc(inherited) or ""
        yield from describe_docstring(own[own.index("Args:") :])
    members = {**(vars(inherited) if inherited is not None else {}), **vars(kind)}
    for name, member in members.items():
        function = member.__func__ if isinstance(member, classmethod) else member
        if (
            name.startswith("_")
            or name in AIRFLOW_METHODS
            or not (inspect.isfunction(function) or isinstance(function, property))
        ):
            continue
        yield from describe_member(kind, name, function)


def describe_member(kind: type[Any], name: str, member: Any) -> Iterator[str]:
    """A heading, the signature, and the docstring of a method or a property."""
    yield f"#### `{kind.__name__}.{name}`\n"
    if not isinstance(member, property):
        keyword = "await " if inspect.iscoroutinefunction(member) else ""
        yield f"```python\n{keyword}{name}{format_signature(member)}\n```\n"
    yield from describe_docstring(inspect.getdoc(member) or "")


def format_signature(function: Callable[..., Any]) -> str:
    """The parameters with their types and defaults, in one line if they are short."""
    signature = inspect.signature(function)
    parameters = [parameter for name, parameter in signature.parameters.items() if name not in ("self", "cls")]
    texts: list[str] = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in texts:
            texts.append("*")
        default = "" if parameter.default is inspect.Parameter.empty else f" = {format_default(parameter.default)}"
        stars = "**" if parameter.kind is inspect.Parameter.VAR_KEYWORD else ""
        texts.append(f"{stars}{parameter.name}: {format_type(parameter.annotation)}{default}")
    returned = signature.return_annotation
    arrow = "" if returned in (inspect.Signature.empty, None, "None") else f" -> {format_type(returned)}"
    line = f"({', '.join(texts)}){arrow}"
    return line if len(line) < 100 else "(\n" + "".join(f"    {text},\n" for text in texts) + f"){arrow}"


def format_type(annotation: Any) -> str:
    """A type as it stands in the code."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return (
        re.sub(r"\b(?:collections\.abc|typing|mwaa_cli_proxy[\w.]*|datetime)\.(?=\w)", "", text)
        .replace("ProxyType", "Proxy")
        .replace("'", '"')
    )


def format_default(value: Any) -> str:
    """A default as a caller would write it."""
    return "os.environ" if hasattr(value, "encodekey") else json.dumps(value) if isinstance(value, str) else repr(value)


def describe_docstring(text: str) -> Iterator[str]:
    """The paragraphs as they are, and the sections of Google's style as tables, code, and text."""
    for part in re.split(r"\n\n(?=\w+:\n)", text):
        name, _, content = part.partition(":\n")
        if name in ENTRY_SECTIONS:
            heading = {"Args": "argument", "Attributes": "attribute", "Raises": "raises"}[name]
            yield from format_table((heading, "meaning"), list(read_entries(content)))
        elif name == "Example":
            yield f"{textwrap.dedent(content).strip()}\n"
        elif name == "Returns":
            yield f"Returns: {' '.join(content.split())}\n"
        elif part.strip():
            yield f"{join_lines(part)}\n"


def read_entries(content: str) -> Iterator[tuple[str, str]]:
    """The names and the texts of a section."""
    for entry in re.split(r"\n(?=\S)", textwrap.dedent(content).strip()):
        name, _, text = entry.partition(":")
        yield f"`{name}`", " ".join(text.split())


def join_lines(text: str) -> str:
    """Each paragraph and each list item in one line. Code stays as it is."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(
        paragraph if paragraph.startswith("```") else re.sub(r"\n(?!- )\s*", " ", paragraph) for paragraph in paragraphs
    )


def format_table(headings: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    """A table whose columns are aligned."""
    cells = [headings, *((name, text.replace("|", "\\|")) for name, text in rows)]
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    lines = [f"| {name.ljust(widths[0])} | {text.ljust(widths[1])} |" for name, text in cells]
    return [lines[0], f"| {'-' * widths[0]} | {'-' * widths[1]} |", *lines[1:], ""]


if __name__ == "__main__":
    main()
