"""Commands to a running service over its control socket and its API: quick, without a process each."""

import http.client
import json
import socket

from api_client import Api


class ControlConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Door:
    def __init__(self, pinrelay):
        self.pinrelay = pinrelay
        self.refusal = ""  # why the last command was refused
        self.api = None

    def says(self, *argv):
        """The JSON of a command's answer; None when it is refused."""
        connection = ControlConnection(str(self.pinrelay.store / "control.sock"))
        try:
            connection.request("POST", "/command", json.dumps({"argv": argv, "directory": "/"}))
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        error = answer.get("error")
        failed = error is not None or answer["exit_code"] != 0
        self.refusal = json.dumps(error or answer) if failed else ""
        return None if failed else answer["json"]

    def does(self, *argv):
        answer = self.says(*argv)
        assert answer is not None, f"{' '.join(argv)}: {self.refusal}"
        return answer

    def upload(self, path):
        self.api = self.api or Api(self.pinrelay, "operator")
        kind = "text/csv" if path.suffix == ".csv" else "application/x-ndjson"
        status, answer, _ = self.pinrelay.request("POST", "/api/v1/uploads", path.read_bytes(), key=self.api.token,
                                                  headers={"Content-Type": kind})
        assert status == 201, f"the upload: {status} {answer}"
        return answer["upload"]

    def audience_size(self, name):
        audiences = self.does("audience", "list")["audiences"]
        return next((each["members"] for each in audiences if each["name"] == name), 0)

    def states(self):
        return {job["name"]: job["state"] for job in self.does("job", "list")["jobs"]}

    def jobs(self):
        return set(self.states())

    def job(self, name):
        return self.does("job", "show", name)

    def list_id(self, name):
        return self.job(name)["list"]["id"]
