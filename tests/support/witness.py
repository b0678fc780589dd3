"""Validates what the service answers by the OpenAPI document of the same binary: every answer over HTTP, every event of a
stream, and the output of commands with --json, which is what the API answers."""

import json
import re
import subprocess
import tempfile
import urllib.parse
from functools import cache, cached_property
from pathlib import Path

import jsonschema

import pinrelay

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or TIME.fullmatch(value) is not None)


@cache
def document():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([pinrelay.BINARY, "docs", folder], check=True, capture_output=True)
        return json.loads((Path(folder) / "openapi.json").read_text())


@cache
def validator(reference):
    return jsonschema.Draft202012Validator({"$ref": reference, "components": document()["components"]},
                                           format_checker=FORMATS)


def mistakes(schema, answer):
    """Where and how the answer differs from the schema; "" when it does not."""
    error = jsonschema.exceptions.best_match(validator(schema["$ref"]).iter_errors(answer))
    return "" if error is None else f"{schema['$ref'].split('/')[-1]} {error.json_path}: {error.message[:300]}"


class Operation:
    """One route of the document."""

    def __init__(self, method, path, described):
        self.method, self.path = method, path
        self.command = described.get("x-command")
        self.success, answer = next((status, answer) for status, answer in described["responses"].items() if status[0] == "2")
        self.kind, content = next(iter(answer["content"].items()))
        self.schema, self.events = content["schema"], content.get("x-events", {})
        self.pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))


class Witness:
    """Takes the place of pinrelay.NoWitness. answered: (method, path) of the routes that have answered with success."""

    def __init__(self):
        self.answered = set()

    @cached_property
    def operations(self):
        return [Operation(method.upper(), path, described) for path, methods in document()["paths"].items()
                for method, described in methods.items()]

    def operation(self, method, url):
        # The document is in the order of the table of routes, where the first match wins.
        path = urllib.parse.urlsplit(url).path
        return next((each for each in self.operations if each.method == method and each.pattern.fullmatch(path)), None)

    def answer(self, method, url, status, body):
        operation = self.operation(method, url) if url.startswith("/api/v1/") else None
        if operation is None:
            return
        if status < 300:
            assert str(status) == operation.success, f"{method} {url}: {status} instead of {operation.success}"
            if operation.kind == "application/json":
                self.hold(f"{method} {url}", operation.schema, body)
            self.answered.add((operation.method, operation.path))
        elif status < 500:
            self.hold(f"{method} {url}: {status}", {"$ref": "#/components/schemas/Problem"}, body)

    def event(self, url, kind, data):
        operation = self.operation("GET", url)
        assert kind in operation.events, f"{url} has sent an event '{kind}', which is not described"
        self.hold(f"{url}, {kind}", operation.events[kind], data)
        self.answered.add((operation.method, operation.path))

    def command(self, arguments, answer):
        words = " ".join(arguments[:2])
        operation = next((each for each in self.operations if each.command == words and not each.events), None)
        if operation is not None:
            self.hold(words, operation.schema, answer)

    @staticmethod
    def hold(where, schema, answer):
        wrong = mistakes(schema, answer)
        assert not wrong, f"{where}: not as described: {wrong}"
