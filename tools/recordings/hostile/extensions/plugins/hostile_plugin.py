"""A plugin that does what the file `behavior` says when Airflow imports it."""

import hostile_behavior
from airflow.plugins_manager import AirflowPlugin

hostile_behavior.behave("plugin")


class HostilePlugin(AirflowPlugin):
    """A plugin without anything in it."""

    name = "hostile"
