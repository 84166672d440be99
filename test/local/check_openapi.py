"""Checks an OpenAPI document, and exchanges by it: JSON on stdin, `{document, exchanges}`; lists of faults on stdout.

Stricter than the contract: a member, a code or a problem that the document does not name is a fault here, while callers are told to
let it pass.
"""

import json
import sys

from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

URI = "urn:document"


def closed(node):
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    members = {("enum" if name == "x-extensible-enum" else name): closed(value) for name, value in node.items()}
    return {**members, "additionalProperties": False} if members.get("additionalProperties") is True else members


def resolved(document, node):
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def faults_of(validator, message, media_types):
    """What is wrong with a body, by the media type it has."""
    media_type = (message.get("contentType") or "application/json").partition(";")[0]
    if media_type not in media_types:
        return [f"no content {media_type}"]
    value = message["body"] if media_type == "text/plain" else json.loads(message["body"])
    schema = closed(media_types[media_type]["schema"])
    if "$ref" in schema:
        schema = {"$ref": URI + schema["$ref"]}
    return [f"{error.json_path}: {error.message}" for error in validator.evolve(schema=schema).iter_errors(value)]


def main():
    asked = json.load(sys.stdin)
    document = asked["document"]
    resource = Resource.from_contents(closed(document), default_specification=DRAFT202012)
    validator = OAS31Validator({}, registry=Registry().with_resource(URI, resource))

    def faults(exchange):
        operation = document["paths"].get(exchange["path"], {}).get(exchange["method"].lower())
        if operation is None:
            return {"request": ["no such path and method"], "answer": []}
        body, answer = exchange.get("request"), exchange["answer"]
        responses = operation["responses"]
        response = resolved(document, responses.get(str(answer["status"]), responses["default"]))
        taken = resolved(document, operation["requestBody"])["content"] if "requestBody" in operation else {}
        return {
            "request": faults_of(validator, body, taken) if body else [],
            "answer": faults_of(validator, answer, response["content"]),
        }

    print(
        json.dumps(
            {
                "document": [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()],
                "exchanges": [faults(exchange) for exchange in asked["exchanges"]],
            }
        )
    )


main()
