"""Words that other programs accept and that Airflow rejects."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Options whose value is JSON text.
_JSON_OPTION = re.compile(r"-c|--conf|--dag-run-conf")
_JSON_OPTION_WITH_VALUE = re.compile(r"(?:-c|--conf=|--dag-run-conf=)(.*)", re.DOTALL)
_FILE = re.compile(r"@.*|-|/dev/stdin", re.DOTALL)
_PLAIN_FILE = re.compile(r"[\w./-]+", re.ASCII)


def find_usage_error(program: str, argv: Sequence[str]) -> str | None:
    """What is wrong with words, and what to write instead. The client knows this without a request.

    Args:
        program: The name of this program.
        argv: The words of a command.
    """
    if argv[:1] == ["--version"]:
        return f"Airflow has no option --version. Write: {program} version"
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    if len(words) < 2 or words[0] not in ("dags", "backfill", "trigger_dag"):
        return None
    source = next((value for value in _list_json_values(words) if _FILE.fullmatch(value)), None)
    if source is None:
        return None
    file = source.removeprefix("@")
    content = "$(cat)" if file in ("", "-", "/dev/stdin") else f"$(cat {_quote_file(file)})"
    return f'Airflow does not read --conf from a file, and {source} is not JSON. Write: --conf "{content}"'


def _list_json_values(words: Sequence[str]) -> list[str]:
    values: list[str] = []
    for index, word in enumerate(words):
        with_value = _JSON_OPTION_WITH_VALUE.fullmatch(word)
        if _JSON_OPTION.fullmatch(word):
            values += words[index + 1 : index + 2]
        elif with_value:
            values.append(with_value[1])
    return values


def _quote_file(file: str) -> str:
    return file if _PLAIN_FILE.fullmatch(file) else "'" + file.replace("'", "'\\''") + "'"
