"""Settings of an Airflow whose web server says how it has read each request of the REST API, and does not run it.

Airflow imports this file as `airflow_local_settings`. The answer is JSON with the route, and with the values in its path, query and body
as Airflow's code receives them: converted by the parsers of the release. A request that Airflow rejects gets the usual answer.
"""

import functools
import json

__all__ = []


def to_json(value):
    """Dates become texts with their offset, models the members that the request has set."""
    if hasattr(value, "model_fields_set"):
        fields = type(value).model_fields
        return {fields[name].validation_alias or name: to_json(getattr(value, name)) for name in value.model_fields_set}
    if isinstance(value, dict):
        return {str(key): to_json(member) for key, member in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [to_json(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(getattr(value, "value", value))


def record_flask():
    import connexion.operations.abstract as abstract
    from flask import Response, request

    original = abstract.parameter_to_arg

    def parameter_to_arg(operation, function, *args, **kwargs):
        @functools.wraps(function)
        def answer(**values):
            record = {
                "route": str(request.url_rule),
                "path": to_json(request.view_args),
                "query": to_json({key: value for key, value in values.items() if key in request.args}),
                "body": request.get_json(silent=True),
            }
            return Response(json.dumps(record), 299, mimetype="application/json")

        return original(operation, answer, *args, **kwargs)

    abstract.parameter_to_arg = parameter_to_arg


def record_fastapi():
    from contextvars import ContextVar

    import fastapi.dependencies.utils as utils
    import fastapi.routing as routing
    from starlette.responses import JSONResponse

    read = ContextVar("read")

    def get_record():
        try:
            return read.get()
        except LookupError:
            record = {"path": {}, "query": {}, "header": {}, "cookie": {}, "body": None, "json": None}
            read.set(record)
            return record

    original_params = utils.request_params_to_args
    original_body = utils.request_body_to_args
    original_run = routing.run_endpoint_function

    def request_params_to_args(fields, received_params):
        values, errors = original_params(fields, received_params)
        for field in fields:
            if field.alias in received_params and field.name in values:
                get_record()[field.field_info.in_.value][field.alias] = to_json(values[field.name])
        return values, errors

    async def request_body_to_args(body_fields, received_body, **kwargs):
        record = get_record()
        record["json"] = received_body
        values, errors = await original_body(body_fields, received_body=received_body, **kwargs)
        [record["body"]] = [to_json(value) for value in values.values()] or [None]
        return values, errors

    async def run_endpoint_function(*, dependant, values, is_coroutine):
        if not dependant.path or not dependant.path.startswith("/api/v2/"):
            return await original_run(dependant=dependant, values=values, is_coroutine=is_coroutine)
        return JSONResponse({"route": dependant.path, **get_record()}, 299)

    utils.request_params_to_args = request_params_to_args
    utils.request_body_to_args = request_body_to_args
    routing.run_endpoint_function = run_endpoint_function


try:
    import airflow.api_fastapi.core_api  # noqa: F401
except ImportError:
    record_flask()
else:
    record_fastapi()
