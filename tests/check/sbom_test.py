#!/usr/bin/env python3
"""The bill of materials has what its readers need, from made-up machines and from a program of this one."""

import json
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path

import sbom

SCRIPT = Path(__file__).with_name("sbom.py")
PRODUCT = {"version": "1.2.3", "sha256": "ab" * 32}
MACHINE = {
    "libraries": {"libstdc++6": ("12.2.0-14+deb12u1", "amd64", ["libc6"]), "libc6": ("2.36-9", "amd64", [])},
    "headers": {"nlohmann-json3-dev": ("3.11.2-2", "all", [])},
    "data": {"ca-certificates": ("20230311", "all", [])},
    "direct": {"libstdc++6", "libc6"},
    "loads": {"libstdc++6": {"libc6"}, "libc6": set()},
}
LOCK = {
    "packages": {
        "": {"name": "interface"},
        "node_modules/@some/signals": {"version": "2.0.0", "integrity": "sha512-AAEC"},
        "node_modules/bundler": {"version": "6.0.0", "dev": True},
        "node_modules/bundler/node_modules/@some/signals": {"version": "2.0.0", "dev": True},
    }
}


def made(lock=None):
    return sbom.document(PRODUCT, MACHINE, LOCK if lock is None else lock, datetime(2026, 1, 2, tzinfo=timezone.utc))


def component(document, name):
    return next(one for one in document["components"] if one["name"] == name)


def use(one):
    return one["properties"][0]["value"]


class Document(unittest.TestCase):
    def check_shape(self, document):
        """What the schema requires, and what a reader follows."""
        self.assertEqual((document["bomFormat"], document["specVersion"], document["version"]), ("CycloneDX", "1.5", 1))
        self.assertRegex(document["serialNumber"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        product = document["metadata"]["component"]
        refs = [product["bom-ref"]] + [one["bom-ref"] for one in document["components"]]
        self.assertEqual(len(refs), len(set(refs)))
        for one in [product, *document["components"]]:
            self.assertTrue(one["type"] and one["name"] and one["version"] and one["purl"].startswith("pkg:"))
        edges = {edge["ref"]: edge["dependsOn"] for edge in document["dependencies"]}
        self.assertEqual(len(edges), len(document["dependencies"]))
        self.assertLessEqual(set(edges) | {to for others in edges.values() for to in others}, set(refs))
        return edges[product["bom-ref"]]

    def test_it_has_the_required_members_and_each_reference_once(self):
        self.check_shape(made())
        self.check_shape(made(lock={}))
        self.assertEqual(made()["metadata"]["timestamp"], "2026-01-02T00:00:00Z")

    def test_a_debian_package_has_its_version_and_an_encoded_purl(self):
        one = component(made(), "libstdc++6")
        self.assertEqual(one["purl"], "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64")
        self.assertEqual((one["version"], use(one)), ("12.2.0-14+deb12u1", "shared library"))

    def test_headers_are_marked(self):
        self.assertEqual(use(component(made(), "nlohmann-json3-dev")), "headers only, compiled in")

    def test_an_npm_package_is_required_when_it_is_bundled_and_excluded_when_it_only_builds(self):
        document = made()
        signals = component(document, "@some/signals")
        self.assertEqual((signals["purl"], signals["scope"]), ("pkg:npm/%40some/signals@2.0.0", "required"))
        self.assertEqual(signals["hashes"], [{"alg": "SHA-512", "content": "000102"}])
        self.assertEqual(component(document, "bundler")["scope"], "excluded")
        needed = self.check_shape(document)
        self.assertIn("pkg:npm/%40some/signals@2.0.0", needed)
        self.assertNotIn("pkg:npm/bundler@6.0.0", needed)


class Command(unittest.TestCase):
    def run_script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)

    def test_a_real_program_names_the_package_of_its_c_library(self):
        run = self.run_script("--binary", "/bin/sh")
        self.assertEqual(run.returncode, 0, run.stderr)
        document = json.loads(run.stdout)
        Document().check_shape(document)
        self.assertEqual(component(document, "libc6")["scope"], "required")

    def test_a_build_package_without_a_loaded_library_is_headers_only(self):
        # /bin/sh loads the library behind libc6-dev, and none behind tzdata.
        self.assertEqual(list(sbom.read_machine(Path("/bin/sh"), ["libc6-dev", "tzdata"])["headers"]), ["tzdata"])

    def test_a_program_that_is_not_built_is_an_error_that_says_what_to_do(self):
        run = self.run_script("--binary", "build/no-such-program")
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertIn("./dev build release", run.stderr)


if __name__ == "__main__":
    unittest.main()
