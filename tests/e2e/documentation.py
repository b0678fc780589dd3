#!/usr/bin/env python3
"""Every block of README and docs does what it says, by copy and paste: commands run in a folder of their own against
a simulated Pinterest, rows are accepted, configurations are read. The tables below are all that is not as written."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import (APP_ID, APP_SECRET, BINARY, CONVERSION_TOKEN, ROOT, Browser, Pinrelay, free_port,  # noqa: E402
                      stop_process, wait_until)
from suite import main, test  # noqa: E402

# ---- what is not as written ----

# text | what stands for it | why
SUBSTITUTED = (
    ("127.0.0.1:7700", "{listen}", "tests run side by side"),
    ("https://pinrelay.example.com", "http://{listen}", "the service of the test"),
    ("curl -N ", "curl -N --max-time 2 ", "a person ends the stream"),
)
# page | how the block begins | why it runs elsewhere
ELSEWHERE = (
    ("README.md", "./dev demo", "./dev test"),
    ("README.md", "./dev build", "./dev test"),
    ("README.md", " HTTP POST /v1/changes", "a picture"),
    ("docs/alerts.md", "key = base64", "tests/support/receivers.py checks signatures"),
)
# How a command begins | exit codes that are right beside 0
EXIT_CODES = (
    ("pinrelay plan ", {2}),  # applying changes something
    ("curl -N ", {28}),  # ended by --max-time
)
# page | how the block begins | what has to be done before: the functions of Page below
BEFORE = (
    ("README.md", "store: ./data", "put_token"),
    ("README.md", "pinterest:", "put_app_secret"),
    ("README.md", "pinrelay auth login", "name_app"),
    ("README.md", "pinrelay auth add", "put_conversion_token"),
    ("docs/alerts.md", "pinrelay webhook add", "serve_orders"),
    ("docs/alerts.md", "webhooks:", "put_alert_secrets"),
    ("docs/reference/configuration.md", "store: ./data", "begin"),
)
# These run until the end of the page, or until a person has acted.
KEPT_RUNNING = "pinrelay serve"
ATTENDED = "pinrelay auth login"

# ---- reading ----


def pages():
    # Of the commands' page each example is parsed by a unit test, and its usage is asked for here.
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]


def blocks_of(page):
    """(language, text) of each block of a page."""
    text = (ROOT / page).read_text()
    assert text.count("\n```") % 2 == 0, f"{page}: a block has no end"
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)


def begins(table, page, text):
    """The row of the table that is about this block."""
    return next((row for row in table if row[0] == page and text.startswith(row[1])), None)


# ---- running ----


class Page:
    """What a reader of one page has: a folder, a shell, a Pinterest."""

    def __init__(self, world, name):
        self.name, self.world = name, world
        self.folder = world.folder / re.sub(r"\W", "-", name)
        self.folder.mkdir()
        self.simulator = world.simulator()
        self.listen = f"127.0.0.1:{free_port()}"
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "pinrelay").symlink_to(BINARY)
        self.environment = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        self.environment.pop("PINRELAY_CONFIG", None)
        self.running = []
        world.at_end(self.close)

    def close(self):
        for process in self.running:
            stop_process(process)

    def substituted(self, text):
        for written, instead, _ in SUBSTITUTED:
            text = text.replace(written, instead.format(listen=self.listen))
        return text

    def shell(self, text):
        """Every command of the block; (command, exit code) of those that fail."""
        failed = self.folder / "failed"
        failed.write_text("")
        script = f"trap 'echo \"$? $BASH_COMMAND\" >> \"{failed}\"' ERR\nset -o pipefail\n{text}"
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120)
        self.address_pinterest()
        return [line.partition(" ")[::2] for line in failed.read_text().splitlines()], done.stdout + done.stderr

    def address_pinterest(self):
        """The address: a configuration that was just written leads to the simulator, and listens where it may."""
        file = self.folder / "pinrelay.yaml"
        if file.exists() and "base_url" not in file.read_text():
            file.write_text(self.substituted(file.read_text()) + f"pinterest: {{base_url: '{self.simulator.base_url}'}}\n")

    def answers(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.listen}{path}", timeout=10) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def keep_running(self, text):
        log = open(self.folder / "service.log", "a")
        self.running.append(subprocess.Popen(["bash", "-c", "exec " + text.strip()], cwd=self.folder, stdout=log,
                                             env=self.environment, stderr=log, stdin=subprocess.DEVNULL))
        log.close()
        wait_until("the service is ready", lambda: self.answers("/readyz"))

    def attend(self, text):
        """Opens the page that is printed, and says yes there."""
        login = subprocess.Popen(["bash", "-c", "exec " + text.strip()], cwd=self.folder, env=self.environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = ""
        while not (match := re.search(r"(http://\S+/oauth/start\S+)", said)):
            line = login.stderr.readline()
            assert line, f"no page to open: {said}"
            said += line
        browser = Browser()
        status, _, _ = browser.get(browser.decide(match[1]))
        assert status == 200 and login.wait(60) == 0, login.stderr.read()

    # What a reader does by hand.

    def put_token(self):
        Pinrelay.write_secret(self.folder / "secrets" / "pinterest.token", "pina_sim")

    def put_app_secret(self):
        Pinrelay.write_secret(self.folder / "secrets" / "app.secret", APP_SECRET)

    def put_conversion_token(self):
        Pinrelay.write_secret(self.folder / "token.txt", CONVERSION_TOKEN)

    def name_app(self):
        file = self.folder / "pinrelay.yaml"
        text = re.sub(r" +token: .*\n", "", file.read_text()).replace(
            "pinterest: {", f"pinterest: {{app_id: '{APP_ID}', app_secret: {{file: secrets/app.secret}}, authorize_url: "
            f"'{self.simulator.base_url.removesuffix('/v5')}/oauth/', ")
        file.write_text(text)
        self.simulator.app(f"http://{self.listen}/oauth/pinterest")
        self.close()
        self.keep_running("pinrelay serve")

    def put_alert_secrets(self):
        Pinrelay.write_secret(self.folder / "hook.secret", "whsec_" + "A" * 32)
        Pinrelay.write_secret(self.folder / "mail.password", "password-of-the-mails")

    def begin(self):
        """What README has a reader do first."""
        failed, said = self.shell("pinrelay init --ad-account 549755885175")
        assert not failed, said
        self.put_token()

    def serve_orders(self):
        """A service with a job of that name, and the mail server that the page describes further down."""
        self.begin()
        self.put_alert_secrets()
        mails = next(text for _, text in blocks_of(self.name) if text.startswith("webhooks:"))
        file = self.folder / "pinrelay.yaml"
        file.write_text(file.read_text().replace("name: readers", "name: orders") + mails[mails.index("smtp:"):])
        failed, said = self.shell("pinrelay apply pinrelay.yaml")
        assert not failed, said
        self.keep_running("pinrelay serve")

    # What each kind of block has to stand.

    def check_sh(self, text):
        if text.startswith(KEPT_RUNNING):
            return self.keep_running(text)
        if text.startswith(ATTENDED):
            return self.attend(text)
        failed, said = self.shell(self.substituted(text))
        wrong = [(code, command) for code, command in failed
                 if not any(command.startswith(how) and int(code) in codes for how, codes in EXIT_CODES)]
        assert not wrong, f"{self.name}: {wrong}\n{said}"
        return None

    def check_yaml(self, text):
        file = self.folder / "block.yaml"
        file.write_text(text)
        done = subprocess.run([BINARY, "lint", str(file)], capture_output=True, text=True, cwd=self.folder)
        assert done.returncode == 0, f"{self.name}: {done.stdout}{done.stderr}\n{text}"

    def check_ndjson(self, text):
        pinrelay = self.world.pinrelay(self.simulator)
        status, body, _ = pinrelay.request("POST", "/v1/changes", text)
        assert status == 202 and body["rejected"] == 0, f"{self.name}: {status} {body}"
        pinrelay.close()

    def check_text(self, text):
        """The usage of a command."""
        words = text.split()
        assert words[0] == "pinrelay", f"{self.name}: a block that nothing runs\n{text}"
        name = [word for word in words[1:] if re.fullmatch(r"[a-z-]+", word)]
        done = subprocess.run([BINARY, *name, "--help"], capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.startswith("Example:"), f"{self.name}: {done.stdout}\n{text}"

    def check(self, language, text):
        if begins(ELSEWHERE, self.name, text):
            return
        assert hasattr(self, f"check_{language}"), f"{self.name}: nothing runs blocks of the kind '{language}'\n{text}"
        if row := begins(BEFORE, self.name, text):
            getattr(self, row[2])()
        getattr(self, f"check_{language}")(text)


def run_page(world, name):
    page = Page(world, name)
    for language, text in blocks_of(name):
        page.check(language, text)
    return page


@test
def everything_in_the_readme_works_as_it_stands(world):
    page = run_page(world, "README.md")
    wait_until("two people by the file and one over HTTP are on the list",
               lambda: not page.shell("pinrelay job flush readers")[0] and len(page.simulator.members()) == 3)
    said = subprocess.run([BINARY, "job", "show", "orders", "--json"], cwd=page.folder, capture_output=True, text=True)
    assert json.loads(said.stdout)["state"] == "Running", said.stdout + said.stderr


@test
def everything_on_the_other_pages_works_as_it_stands(world):
    for name in pages():
        if name != "README.md" and blocks_of(name):
            run_page(world, name)


@test
def a_block_that_nothing_runs_is_found(world):
    page = Page(world, "README.md")
    for language, text in (("", "pinrelay job list\n"), ("python", "1 / 0\n"), ("text", "a -> b\n"),
                           ("sh", "pinrelay job lisst\n"), ("yaml", "stroe: ./data\n")):
        try:
            page.check(language, text)
        except AssertionError:
            continue
        raise AssertionError(f"nobody minds {text!r}")


@test
def a_row_of_a_table_is_about_a_block_that_there_is(world):
    blocks = [(name, text) for name in pages() for _, text in blocks_of(name)]
    for table in (ELSEWHERE, BEFORE):
        for row in table:
            assert any(name == row[0] and text.startswith(row[1]) for name, text in blocks), row
    for row in SUBSTITUTED:
        assert any(row[0] in text for _, text in blocks), row


if __name__ == "__main__":
    main()
