"""A program with one mistake in each line with a comment, which `mypy --strict` must find. It is not run."""

from mwaa_cli_proxy import NotGrantedError, Proxy

proxy = Proxy("https://x", "prod", tokn="x")  # an argument that does not exist
proxy.run("dags list", format="yaml")  # a format that does not exist
proxy.wait("daily", proxy.run(["dags", "trigger", "daily"]).run_id)  # None is possible
print(proxy.run_state("daily", "run").finished)  # an attribute that does not exist
print(NotGrantedError({}).codes)  # an attribute that does not exist
