#!/usr/bin/env python3
"""Whoever answers at Pinterest's address without proving to be Pinterest gets nothing: no token, no address, not a
byte of HTTP. The job says why, keeps what is queued, and goes on when Pinterest is back."""

import socket
import ssl
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from certificates import CA, LEAF, SERVER, Authorities, for_names  # noqa: E402
from pinrelay import members, wait_until  # noqa: E402
from suite import main, test  # noqa: E402

HOST = "api.a.b.localhost"  # names below localhost lead to this machine
GOOD = for_names(f"DNS:{HOST}")
CLIENT_HELLO = b"\x16\x03"


def der(*names):
    """subjectAltName with names that the openssl command does not take as text."""
    entries = b"".join(b"\x82" + bytes([len(name)]) + name for name in names)
    return f"{SERVER}\nsubjectAltName=DER:" + (b"\x30" + bytes([len(entries)]) + entries).hex(":")


class Door:
    """What stands at Pinterest's address. It passes everything on to the simulator behind its certificate, or does
    `raw` with the bare connection; what it read that was to be secret is in `heard`."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.manner, self.heard, self.hellos, self.open = (None, None, None), bytearray(), 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def show(self, certificate=None, raw=None, answer=None, versions=None):
        """From now on; whoever is connected is disconnected. answer: in place of passing on."""
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_ciphers("ALL:@SECLEVEL=0")  # it is the client that has to refuse
            if versions:
                context.minimum_version, context.maximum_version = versions
            context.load_cert_chain(certificate.file, certificate.key)
        self.manner, self.heard, self.hellos = (context, raw, answer), bytearray(), 0
        for connection in self.open:
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                pass
        self.open = []

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection, *self.manner, self.heard), daemon=True).start()

    def serve(self, connection, context, raw, answer, heard):
        try:
            if not connection.recv(3, socket.MSG_PEEK).startswith(CLIENT_HELLO):
                heard += b"no TLS"
            self.hellos += 1
            if context:
                self.talk(context.wrap_socket(connection, server_side=True), answer, heard)
            else:
                self.say(connection, raw, heard)
        except OSError:  # of TLS, too
            pass
        finally:
            connection.close()

    @staticmethod
    def say(connection, raw, heard):
        said = connection.recv(65_536)
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        said += connection.recv(65_536)
        if b"HTTP" in said or b"pina_" in said:
            heard += said

    def talk(self, secure, answer, heard):
        self.open.append(secure)
        behind = None
        while data := secure.recv(65_536):
            heard += data
            if answer:
                return secure.sendall(answer)
            if behind is None:
                behind = socket.create_connection(("127.0.0.1", self.simulator.port))
                threading.Thread(target=self.pass_back, args=(behind, secure), daemon=True).start()
            behind.sendall(data)

    @staticmethod
    def pass_back(behind, secure):
        try:
            while data := behind.recv(65_536):
                secure.sendall(data)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def behind_a_door(world, host=HOST):
    """A service whose Pinterest is the door, with the authority that it trusts."""
    authorities = Authorities(world.folder / "certificates")
    root = authorities.make("Root", CA, key="rsa:2048")  # MD5 takes RSA
    simulator = world.simulator()
    door = Door(simulator)
    world.at_end(door.close)
    pinrelay = world.pinrelay(simulator, start=False)
    pinrelay.configuration["pinterest"] = {"base_url": f"https://{host}:{door.port}/v5", "ca_file": root.file}
    pinrelay.write_configuration()
    return pinrelay, door, authorities, root


def expect_refusal(pinrelay, door, what, reason):
    """The job tries again at once, and is refused the connection that it wants."""
    pinrelay.command("job", "restart", "readers")
    job = wait_until(f"{what} is refused: {reason}", lambda: next(
        (job for job in [pinrelay.job()] if job["reason_code"] == "tls_error" and reason in job["reason"]), None))
    assert job["state"] == "Sleeping" and job["until"] and "CA file" in job["fix"], (what, job)
    assert job["reason"].startswith("no trustworthy TLS connection: "), (what, job)
    assert door.hellos > 0, what
    assert not door.heard, (what, door.heard)


@test
def nobody_but_pinterest_gets_a_byte(world):
    pinrelay, door, make, root = behind_a_door(world)
    good = make.make(HOST, GOOD, root)
    door.show(good)
    pinrelay.start()
    pinrelay.apply()
    rows, hashes = members(5)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    assert b"Bearer pina_sim" in door.heard, "the control: what is listened for can be heard"

    middle = make.make("Middle", CA, root)
    stranger = make.make("Stranger", CA)
    no_authority = make.make("No authority", for_names(f"DNS:{HOST}", LEAF), root)
    of_md5, of_sha1 = (make.make(HOST, GOOD, root, digest=digest) for digest in ("md5", "sha1"))
    bad = [
        ("expired", make.make(HOST, GOOD, root, ends="20250102000000Z"), "has expired"),
        ("not yet valid", make.make(HOST, GOOD, root, begins="20480101000000Z"), "not yet valid"),
        ("self-signed", make.make(HOST, GOOD), "self-signed certificate"),
        ("of an unknown issuer", make.make(HOST, GOOD, stranger), "unable to get local issuer certificate"),
        ("issuer not sent", make.make(HOST, GOOD, middle, chain=False), "unable to get local issuer certificate"),
        ("issued by no authority", make.make(HOST, GOOD, no_authority), "invalid CA certificate"),
        ("of another name", make.make(HOST, for_names("DNS:other.a.b.localhost"), root), "alternative"),
        ("name in CN alone", make.make(HOST, SERVER, root), "hostname mismatch"),
        ("name in CN, mail in the other", make.make(HOST, for_names("email:a@example.com"), root),
         "hostname mismatch"),
        ("wildcard over two labels", make.make(HOST, for_names("DNS:*.b.localhost"), root), "alternative"),
        ("wildcard of everything", make.make(HOST, for_names("DNS:*"), root), "alternative"),
        ("name with a NUL", make.make(HOST, der(HOST.encode() + b"\0.example.com"), root), "alternative"),
        ("address as a name", make.make(HOST, for_names("IP:127.0.0.1"), root), "alternative"),
        ("for clients only", make.make(HOST, for_names(f"DNS:{HOST}", LEAF + "\nextendedKeyUsage=clientAuth"), root),
         "certificate purpose"),
        ("RSA of 512 bits", make.make(HOST, GOOD, root, key="rsa:512"), "handshake failure"),
        ("RSA of 1024 bits", make.make(HOST, GOOD, root, key="rsa:1024"), "too weak"),
        ("signed over MD5", of_md5, "too weak"),
        ("signed over SHA-1", of_sha1, "too weak"),
    ]
    rows, more = members(5, start=100)
    pinrelay.wait_idle()
    door.show(bad[0][1])
    reached = pinrelay.simulator.state()["requests"]["total"]
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    for what, certificate, reason in bad:
        door.show(certificate)
        expect_refusal(pinrelay, door, what, reason)
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        door.show(good, versions=(version, version))
        expect_refusal(pinrelay, door, version.name, "protocol version")
    for what, said, reason in (
            ("plain HTTP", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "wrong version number"),
            ("garbage", b"\x16\x03\x03\x00\x20" + b"\xa5" * 32, "unexpected message"),
            ("an alert", b"\x15\x03\x03\x00\x02\x02\x28", "handshake failure"),
            ("a closed connection", b"", "SSL_connect")):
        door.show(raw=said)
        expect_refusal(pinrelay, door, what, reason)
    assert pinrelay.run("auth", "verify", "acme").json["fix"].startswith("check this machine's clock")

    assert pinrelay.simulator.state()["requests"]["total"] == reached
    requests = pinrelay.command("job", "requests", "readers")["requests"]
    assert len([each for each in requests if each["verdict"] == "not_sent"]) > len(bad), requests
    assert "pina_sim" not in pinrelay.log_file.read_text()
    door.show(make.make(HOST, for_names("DNS:*.a.b.localhost"), middle))
    pinrelay.command("job", "restart", "readers")
    pinrelay.wait_list(hashes | more)


@test
def an_address_is_proved_by_an_address_alone(world):
    pinrelay, door, make, root = behind_a_door(world, "127.0.0.1")
    pinrelay.start()
    pinrelay.apply()
    rows, hashes = members(5)
    pinrelay.post_applied(*rows)
    door.show(make.make("127.0.0.1", for_names("DNS:127.0.0.1,IP:127.0.0.2"), root))
    pinrelay.command("job", "start", "readers")
    expect_refusal(pinrelay, door, "address in DNS and CN", "alternative")
    door.show(make.make("127.0.0.1", SERVER, root))
    expect_refusal(pinrelay, door, "address in CN alone", "hostname mismatch")
    door.show(make.make("nobody", for_names("IP:127.0.0.1"), root))
    pinrelay.command("job", "restart", "readers")
    pinrelay.wait_list(hashes)


@test
def a_redirect_to_plain_http_is_not_followed(world):
    pinrelay, door, make, root = behind_a_door(world)
    pinrelay.start()
    pinrelay.apply()
    good = make.make(HOST, GOOD, root)
    door.show(good)
    rows, hashes = members(5)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    target = f"http://127.0.0.1:{pinrelay.simulator.port}/v5/user_account"
    door.show(good, answer=f"HTTP/1.1 307 Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())
    reached = pinrelay.simulator.state()["requests"]["total"]
    rows, more = members(5, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    wait_until("a redirect has come", lambda: [each for each in pinrelay.command(
        "job", "requests", "readers")["requests"] if each["status"] == 307])
    assert pinrelay.simulator.state()["requests"]["total"] == reached
    door.show(good)
    pinrelay.converge(hashes | more)


if __name__ == "__main__":
    main()
