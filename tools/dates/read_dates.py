"""
Reads a JSON array of texts from stdin as Airflow reads dates, and prints a JSON array of the readings.

The call is that of `airflow.utils.timezone.parse` in every release from 1.10.12 to 3.3.1. A reading is null if the text is rejected,
"other" if it is no point in time, and otherwise one ISO date in UTC for each default time zone in the arguments.
"""

import datetime
import json
import sys
import types
import warnings

import dateutil.parser._parser as dateutil_parser
import pendulum


class FixedClock(datetime.datetime):
    """Missing parts of a date are filled in from today. A fixed day makes the readings repeatable."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 15, tzinfo=tz)


def read(text, zone):
    try:
        value = pendulum.parse(text, tz=zone, strict=False, **OPTIONS)
    except Exception:
        return None
    if not isinstance(value, datetime.datetime):
        return "other"
    try:
        return value.astimezone(pendulum.timezone("UTC")).isoformat()
    except (OverflowError, ValueError):
        return None


warnings.simplefilter("ignore")
dateutil_parser.datetime = types.SimpleNamespace(**{**vars(datetime), "datetime": FixedClock})
if hasattr(pendulum, "datetime"):
    OPTIONS = {"now": pendulum.datetime(2026, 11, 15)}
else:  # pendulum 1
    OPTIONS = {}
    pendulum.set_test_now(pendulum.create(2026, 11, 15))
readings = [[read(text, zone) for zone in sys.argv[1:]] for text in json.load(sys.stdin)]
json.dump(readings, sys.stdout)
