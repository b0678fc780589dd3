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

    def __init__(self, secret, address="127.0.0.1", port=0, context=None):
        """context: it speaks TLS by it."""
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

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
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
    """SMTP as far as one message at a time needs it. context: it offers STARTTLS and speaks TLS by it, and takes
    nothing without."""

    def __init__(self, context=None, address="127.0.0.1"):
        self.mails = []  # (from, to, message)
        self.refuse = False
        self.context = context
        self.clear, self.secured = [], []  # lines heard before and within TLS
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 test ready")
                sender = recipient = ""
                heard = server.clear
                while line := self.rfile.readline().decode().rstrip("\r\n"):
                    heard.append(line)
                    word = line.split(":")[0].upper()
                    if word.startswith("EHLO") and server.context and heard is server.clear:
                        self.say("250-test\r\n250 STARTTLS")
                    elif word.startswith("EHLO"):
                        self.say("250-test\r\n250 AUTH PLAIN")
                    elif word == "STARTTLS":
                        self.say("220 go on")
                        heard = server.secured
                        if not self.begin_tls():
                            return
                    elif word.startswith("AUTH"):
                        self.say("334 ")
                        heard.append(self.rfile.readline().decode().rstrip("\r\n"))
                        self.say("235 welcome")
                    elif word == "MAIL FROM":
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

            def begin_tls(self):
                try:
                    self.request = server.context.wrap_socket(self.request, server_side=True)
                except OSError:  # the client does not like our certificate
                    return False
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
                return True

            def say(self, text):
                self.wfile.write(f"{text}\r\n".encode())

            def message(self):
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line[1:] if line.startswith(b".") else line)
                return email.message_from_bytes(b"".join(lines))

        self.server = socketserver.ThreadingTCPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def texts(self):
        return [(to, message["Subject"], message.get_payload(decode=True).decode()) for _, to, message in self.mails]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
