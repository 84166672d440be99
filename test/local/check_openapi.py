"""Validates an OpenAPI document, and validates recorded requests and responses against it.

Reads JSON from stdin, `{document, exchanges}`, and prints lists of errors to stdout. This is stricter than the contract: unknown
members, codes and problems are errors here, while clients must ignore them.
"""

import json
import sys

from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

URI = "urn:document"


def forbid_unknown(node):
    if isinstance(node, list):
        return [forbid_unknown(item) for item in node]
    if not isinstance(node, dict):
        return node
    members = {("enum" if name == "x-extensible-enum" else name): forbid_unknown(value) for name, value in node.items()}
    return {**members, "additionalProperties": False} if members.get("additionalProperties") is True else members


def resolve_reference(document, node):
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def find_errors(validator, message, media_types):
    """Returns the schema errors of a body, for the schema of its media type."""
    media_type = (message.get("contentType") or "application/json").partition(";")[0]
    if media_type not in media_types:
        return [f"the document has no content of type {media_type}"]
    value = message["body"] if media_type == "text/plain" else json.loads(message["body"])
    schema = forbid_unknown(media_types[media_type]["schema"])
    if "$ref" in schema:
        schema = {"$ref": URI + schema["$ref"]}
    return [f"{error.json_path}: {error.message}" for error in validator.evolve(schema=schema).iter_errors(value)]


def find_query_errors(validator, parameters, pairs):
    """Returns what the document does not allow of a query: a list of names and values."""
    declared = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "query"}
    errors = [f"unknown parameter {name}" for name, _ in pairs if name not in declared]
    for name, parameter in declared.items():
        values = [value for given, value in pairs if given == name]
        if len(values) > 1 or (parameter.get("required") and not values):
            errors.append(f"{name} occurs {len(values)} times")
        evolved = validator.evolve(schema=parameter["schema"])
        errors += [f"{name}: {error.message}" for value in values for error in evolved.iter_errors(value)]
    return errors


def main():
    data = json.load(sys.stdin)
    document = data["document"]
    resource = Resource.from_contents(forbid_unknown(document), default_specification=DRAFT202012)
    validator = OAS31Validator({}, registry=Registry().with_resource(URI, resource))

    def check_exchange(exchange):
        operation = document["paths"].get(exchange["path"], {}).get(exchange["method"].lower())
        if operation is None:
            return {"request": ["the document has no such path and method"], "answer": []}
        body, answer = exchange.get("request"), exchange["answer"]
        responses = operation["responses"]
        response = resolve_reference(document, responses.get(str(answer["status"]), responses["default"]))
        parameters = [resolve_reference(document, parameter) for parameter in operation.get("parameters", [])]
        accepted = resolve_reference(document, operation["requestBody"])["content"] if "requestBody" in operation else {}
        return {
            "request": (find_errors(validator, body, accepted) if body else [])
            + find_query_errors(validator, parameters, exchange["query"]),
            "answer": find_errors(validator, answer, response["content"]),
        }

    print(
        json.dumps(
            {
                "document": [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()],
                "exchanges": [check_exchange(exchange) for exchange in data["exchanges"]],
            }
        )
    )


main()
