#!/usr/bin/env python3
"""Where webhooks and mails go, on an internet of our own: a name server that changes its mind leads nobody inside,
and a mail leaves for another machine only encrypted, to a server that can prove its name."""

import json
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import private_network  # noqa: E402
from certificates import CA, Authorities, for_names  # noqa: E402
from pinrelay import wait_until  # noqa: E402
from receivers import MailServer, WebhookReceiver  # noqa: E402
from suite import main, test  # noqa: E402

HOOK, MAIL_HOST, PASSWORD = "hooks.example.com", "mail.example.com", "password-of-the-mail-4d2e"


def context_of(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    return context


def trusted_authority(world):
    """Whom the system trusts from now on, and nobody else."""
    authorities = Authorities(world.folder / "certificates")
    root = authorities.make("Root", CA)
    private_network.put_over(world, root.file, private_network.TRUSTED)
    return authorities, root


@test
def a_name_server_that_changes_its_mind_leads_nobody_inside(world):
    make, root = trusted_authority(world)
    context = context_of(make.make(HOOK, for_names(f"DNS:{HOOK}"), root))
    leads_to = [private_network.PUBLIC]
    names = private_network.NameServer(world, lambda name: leads_to if name == HOOK else [])
    pinrelay = world.pinrelay()
    made = pinrelay.command("webhook", "add", "outside", "--url", f"https://{HOOK}/hook")
    # The same door at a public and at an inner address: only where a name leads to makes the difference.
    outside, inside = (WebhookReceiver(made["secret"], address, 443, context)
                       for address in (private_network.PUBLIC, "127.0.0.1"))
    world.at_end(outside.close)
    world.at_end(inside.close)

    def sent():
        """By a service that has looked up nothing yet."""
        pinrelay.kill()
        pinrelay.start()
        return pinrelay.run("webhook", "test", "outside").json

    assert sent()["result"] == "delivered" and len(outside.messages) == 1
    # Public a moment ago, and not now.
    for addresses in (["127.0.0.1"], ["169.254.169.254", "127.0.0.1"], ["10.0.0.1"]):
        leads_to[:] = addresses
        said = sent()
        assert said["result"] != "delivered" and said["message"] == "the name leads to no public address", said
    assert names.asked == [HOOK] * 4, names.asked
    # A public address where nobody listens, and an inner one behind it.
    outside.close()
    leads_to[:] = [private_network.PUBLIC, "127.0.0.1"]
    assert sent()["result"] != "delivered"
    assert not inside.attempts and len(outside.attempts) == 1
    leads_to[:] = ["127.0.0.1", private_network.PUBLIC]
    again = WebhookReceiver(made["secret"], private_network.PUBLIC, 443, context)
    world.at_end(again.close)
    assert sent()["result"] == "delivered" and len(again.messages) == 1
    assert not inside.attempts


CLEAR = {"EHLO", "STARTTLS", "QUIT"}  # all that may be said without TLS


def words(lines):
    return {line.split(" ")[0] for line in lines}


@test
def a_mail_to_another_machine_goes_encrypted_or_not_at_all(world):
    make, root = trusted_authority(world)
    stranger = make.make("Stranger", CA)
    mail = MailServer(address=private_network.PUBLIC)
    world.at_end(mail.close)
    private_network.NameServer(world, lambda name: [private_network.PUBLIC] if name == MAIL_HOST else [])
    pinrelay = world.pinrelay(start=False, extra={
        "smtp": {"url": f"smtp://{MAIL_HOST}:{mail.port}", "from": "pinrelay@example.com", "user": "pinrelay",
                 "password": {"file": "mail.password"}}})
    pinrelay.write_secret(pinrelay.folder / "mail.password", PASSWORD)
    pinrelay.start()
    pinrelay.apply()

    def tried(name, certificate):
        """What the first attempt to send the test of an alert of its own has come to."""
        mail.context = certificate and context_of(certificate)
        pinrelay.command("alert", "put", name, "--kind", "job_failed", "--of", "readers", "--to", f"{name}@example.com")
        pinrelay.command("alert", "test", name)
        return wait_until(f"a mail to {name} was tried", lambda: next(
            (each for each in pinrelay.command("alert", "history")["messages"]
             if each["alert"] == name and each["attempts"]), None), every=0.1)

    for name, certificate, reason in (
            ("stripped", None, "STARTTLS"),  # as if somebody on the way had taken it out of what the server offers
            ("stranger", make.make(MAIL_HOST, for_names(f"DNS:{MAIL_HOST}"), stranger), "certificate"),
            ("other", make.make(MAIL_HOST, for_names("DNS:other.example.com"), root), "name"),
            ("expired", make.make(MAIL_HOST, for_names(f"DNS:{MAIL_HOST}"), root, ends="20250102000000Z"), "expired")):
        message = tried(name, certificate)
        assert message["state"] == "waiting" and message["next_attempt_at"], message
        assert message["error"].startswith("no trustworthy TLS connection: ") and reason in message["error"], message
        assert not mail.mails and not mail.secured, name
    assert words(mail.clear) <= CLEAR, mail.clear

    # Nothing is lost: with its own certificate the server gets the mail, and the password only now.
    mail.context = context_of(make.make(MAIL_HOST, for_names(f"DNS:{MAIL_HOST}"), root))
    wait_until("the last mail has come", lambda: "<expired@example.com>" in [to for _, to, _ in mail.mails], every=0.1)
    assert {"AUTH", "MAIL", "RCPT", "DATA"} <= words(mail.secured), mail.secured
    assert words(mail.clear) <= CLEAR, mail.clear
    assert PASSWORD not in pinrelay.log_file.read_text() + json.dumps(pinrelay.command("alert", "history"))


if __name__ == "__main__":
    private_network.enter()
    main()
