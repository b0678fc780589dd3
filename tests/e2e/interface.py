#!/usr/bin/env python3
"""What a browser gets: the web interface that the binary carries, under every path of its own, or a page that says how
to get one; and the sign-in page, which leads to it and nowhere else."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from suite import main, skip, test  # noqa: E402

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def visit(pinrelay, path, method="GET", **headers):
    """(status, body as bytes, headers)"""
    connection = pinrelay.connection()
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def with_interface(world):
    pinrelay = world.pinrelay()
    if b"data-interface" not in visit(pinrelay, "/sign-in")[1]:
        skip("this binary was built without the interface")
    return pinrelay


@test
def the_root_is_the_interface_or_says_how_to_get_it(world):
    pinrelay = world.pinrelay()
    status, page, headers = visit(pinrelay, "/")
    assert status == 200 and headers["Content-Type"].startswith("text/html"), (status, page)
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    if b"data-interface" not in visit(pinrelay, "/sign-in")[1]:
        assert b"./dev build" in page and b'href="/sign-in"' in page, page
        assert visit(pinrelay, "/jobs")[0] == 404
    for path in ("/", "/sign-in"):
        page = visit(pinrelay, path)[1].decode()
        assert not re.search(r"<style|\sstyle=|<script>|\son\w+=", page), "nothing inline, which the policy forbids"


@test
def deep_links_show_the_interface_and_programs_get_what_they_got(world):
    pinrelay = with_interface(world)
    index = visit(pinrelay, "/")[1]
    for path in ("/jobs", "/jobs/readers/records", "/people/u1?tab=why", "/index.html"):
        status, page, headers = visit(pinrelay, path)
        assert (status, page, headers["Cache-Control"]) == (200, index, "no-cache"), path
        status, page, headers = visit(pinrelay, path, "HEAD")
        assert (status, page, int(headers["Content-Length"])) == (200, b"", len(index)), path
    for path, expected in (("/api/v1/nothing", 401), ("/api/v1/jobs", 401), ("/v1/nothing", 404), ("/metrics", 404),
                           ("/oauth/nothing", 404), ("/livez", 200), ("/readyz", 200)):
        status, _, headers = visit(pinrelay, path)
        assert status == expected and "json" in headers["Content-Type"], (path, status)
    assert visit(pinrelay, "/jobs", "POST")[0] == 404 and visit(pinrelay, "/", "POST")[0] == 405
    assert visit(pinrelay, "/jobs", Host="evil.example.com")[0] == 421


@test
def every_file_that_the_interface_names_is_there_for_good(world):
    pinrelay = with_interface(world)
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', visit(pinrelay, "/")[1].decode())
    assert named, "the interface has a script"
    for path in ["/", *named]:
        status, plain, headers = visit(pinrelay, path)
        assert status == 200, path
        if path != "/":
            assert headers["Cache-Control"] == "public, max-age=31536000, immutable", path
        assert headers["Vary"] == "Accept-Encoding"
        status, zipped, zipped_headers = visit(pinrelay, path, Accept_Encoding="br, gzip")
        if zipped_headers["Content-Encoding"] == "gzip":
            assert gzip.decompress(zipped) == plain and len(zipped) < len(plain), path
        else:
            assert zipped == plain, path
        status, nothing, again = visit(pinrelay, path, If_None_Match=headers["ETag"])
        assert (status, nothing, again["ETag"]) == (304, b"", headers["ETag"]), path
    assert visit(pinrelay, "/assets/nothing-0.js")[0] == 404


# Runs the page's script among stand-ins for what a browser gives it, and says where it led.
BROWSER = r"""
const [script, runs] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const origin = "https://pinrelay.example.com";
async function lead({ next, hash, inside, embedded }) {
  const elements = {}, found = { led: null, left: null };
  const element = () => ({ addEventListener(name, does) { this["on" + name] = does; }, value: "", textContent: "" });
  const answer = (ok) => ({ ok, json: async () => ({ who: "user ada", role: "admin", detail: "no", fix: "no" }) });
  const search = next === null ? "" : "?" + new URLSearchParams({ next });
  const browser = {
    document: { getElementById: (id) => (elements[id] ??= element()),
                documentElement: { dataset: embedded ? { interface: "" } : {} } },
    location: { origin, pathname: "/sign-in", search, hash, replace: (to) => { found.led = new URL(to, origin).href; } },
    history: { replaceState: (state, title, path) => { found.left = path; } },
    fetch: async (path, { method }) => answer(method === "POST" || inside),
    URL, URLSearchParams, JSON, Boolean,
  };
  require("vm").runInNewContext(script, browser);
  await new Promise(setImmediate);
  const asked = elements.form.hidden === false;
  if (asked) await elements.form.onsubmit({ preventDefault() {} });
  return { ...found, asked, shown: elements.inside?.hidden === false };
}
(async () => console.log(JSON.stringify(await Promise.all(runs.map(lead)))))();
"""


def led_by(pinrelay, runs):
    if not shutil.which("node"):
        skip("there is no node to run the page's script")
    script = visit(pinrelay, "/sign-in.js")[1].decode()
    done = subprocess.run(["node", "-e", BROWSER], input=json.dumps([script, runs]), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run(next=None, hash="", inside=False, embedded=True):
    return {"next": next, "hash": hash, "inside": inside, "embedded": embedded}


@test
def signing_in_leads_back_to_a_path_of_ours_only(world):
    pinrelay = world.pinrelay()
    ours = "https://pinrelay.example.com"
    good = ["/", "/jobs/readers/records?reason=late#r1", "/jobs?at=//x", "/."]
    bad = ["", "//evil.example.com", "/\\evil.example.com", "/\t/evil.example.com", "/\n\\evil.example.com", "jobs",
           "https://evil.example.com/", "javascript:alert(1)", "\t//evil.example.com", " //evil.example.com"]
    for inside in (False, True):
        led = led_by(pinrelay, [run(next, inside=inside) for next in [*good, *bad]])
        assert [each["led"] for each in led] == [ours + good[0], ours + good[1], ours + good[2], ours + "/",
                                                 *[ours + "/"] * len(bad)], led
        assert all(each["asked"] != inside for each in led), led
    # By the link of an invitation, whose ticket leaves the address at once.
    by_link = led_by(pinrelay, [run("/jobs", "#abc", inside=True)])[0]
    assert by_link == {"led": ours + "/jobs", "left": "/sign-in?next=%2Fjobs", "asked": True, "shown": False}, by_link


@test
def without_the_interface_signing_in_stays_on_its_page(world):
    pinrelay = world.pinrelay()
    for inside in (False, True):
        stayed = led_by(pinrelay, [run("/jobs", inside=inside, embedded=False)])[0]
        assert stayed["led"] is None and stayed["shown"], stayed


main()
