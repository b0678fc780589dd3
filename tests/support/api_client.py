"""The HTTP API as a program calls it."""

import json


class Api:
    """The API by the token of a role."""

    def __init__(self, pinrelay, role="admin", name=None, token=None):
        self.pinrelay = pinrelay
        self.token = token or pinrelay.command("token", "add", name or role, "--role", role)["token"] if role else None

    def call(self, method, path, body=None, headers=None):
        """(status, body, answer)"""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        sent.update(headers or {})
        return self.pinrelay.request(method, path, None if body is None else json.dumps(body), key=self.token,
                                     headers=sent)

    def does(self, method, path, body=None, status=None):
        got, answer, _ = self.call(method, path, body)
        assert got == (status or 200), f"{method} {path}: {got} {answer}"
        return answer
