"""The context of a task, without Airflow and its database."""

from types import SimpleNamespace
from typing import Any


class Context(dict[str, Any]):
    """The context of a task, as far as the operators use it."""

    def __init__(self, try_number: int = 1, max_tries: int = 2) -> None:
        self.xcoms: dict[str, Any] = {}
        ti = SimpleNamespace(
            dag_id="daily",
            run_id="manual__1",
            task_id="remote",
            map_index=-1,
            try_number=try_number,
            max_tries=max_tries,
            xcom_push=lambda key, value: self.xcoms.update({key: value}),
        )
        super().__init__(ti=ti)
