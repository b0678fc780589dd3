"""Who gets alerts, for tests: a webhook receiver and a mail server, each a thread on this machine."""

import base64
import email
import hashlib
import hmac
import http.server
import json
import socketserver
import threading


class WebhookReceiver:
    """Collects what is posted to it and answers with `status`. Checks signatures as docs/alerts.md says."""

    def __init__(self, secret):
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.status = 200
        self.messages, self.attempts, self.wrong = [], [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self.headers, body)
                self.send_response(receiver.status)
                if 300 <= receiver.status < 400:
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, body):
        name, at = headers["webhook-id"], headers["webhook-timestamp"]
        expected = hmac.new(self.key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
        if headers["webhook-signature"] != "v1," + base64.b64encode(expected).decode():
            self.wrong.append(name)
        self.attempts.append(name)
        if 200 <= self.status < 300:
            self.messages.append(json.loads(body))

    def told(self):
        return [(message["type"].removeprefix("alert."), message["alert"], message["object"]["name"])
                for message in self.messages]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class MailServer:
    """SMTP in clear text, as far as one message at a time needs it."""

    def __init__(self):
        self.mails = []  # (from, to, message)
        self.refuse = False
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 test ready")
                sender = recipient = ""
                while line := self.rfile.readline().decode().rstrip("\r\n"):
                    word = line.split(":")[0].upper()
                    if word == "MAIL FROM":
                        sender = line[10:].strip().split(" ")[0]
                        self.say("250 ok")
                    elif word == "RCPT TO":
                        recipient = line[8:].strip()
                        self.say("550 no such user" if server.refuse else "250 ok")
                    elif word == "DATA":
                        self.say("354 go on")
                        server.mails.append((sender, recipient, self.message()))
                        self.say("250 taken")
                    elif word == "QUIT":
                        return self.say("221 bye")
                    else:
                        self.say("250 ok")

            def say(self, text):
                self.wfile.write(f"{text}\r\n".encode())

            def message(self):
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line[1:] if line.startswith(b".") else line)
                return email.message_from_bytes(b"".join(lines))

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def texts(self):
        return [(to, message["Subject"], message.get_payload(decode=True).decode()) for _, to, message in self.mails]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
