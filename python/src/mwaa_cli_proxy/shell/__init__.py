"""The console programs: `mwaa-airflow` and `mwaa-wait`."""
