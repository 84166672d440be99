/** Evidence that Airflow's own parser rejected the command line. The exit code is then 2. After any other failure it is 1. */
export const USAGE_ERROR = "argparse's usage error";
