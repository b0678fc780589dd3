#!/usr/bin/env python3
"""Prints a bill of materials for the built program, as CycloneDX 1.5 JSON.

Components are the Debian packages whose libraries the program loads, those whose headers are compiled into it, and the
npm packages of the web interface. Each comes from what is really there: the program's ELF header, dpkg's database and
the lock file. The arguments name the -dev packages of the build; one without a loaded library was used for its headers.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
# Needed while the program runs, but not loaded as a library.
DATA_PACKAGES = ("ca-certificates",)
# Linked into tests, never into the program.
TEST_PACKAGES = ("libgtest-dev",)


class Problem(Exception):
    """Something the caller has to put right; its text says what."""


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


# ---- what is on this machine ----


def needed(path):
    """The names of the libraries that an ELF file asks for."""
    return re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "-d", str(path)))


def library_paths(binary):
    """The name of each library the dynamic linker loads for a program -> its path."""
    listing = output_of("ldd", str(binary))
    missing = re.findall(r"^\s*(\S+) => not found", listing, re.M)
    if missing:
        raise Problem(f"{binary} needs {', '.join(missing)}, which this machine lacks: install the packages of ./dev build")
    return {Path(path).name: path for path in re.findall(r"(/\S+) \(0x", listing)}


def owners(paths):
    """path -> the Debian package that brought the file. dpkg knows it by /lib or by /usr/lib, whichever was packed."""
    names = {path: (path, str(Path(path).resolve()), "/usr" + path, path.removeprefix("/usr")) for path in paths}
    # It fails when it knows nothing of one name, which is expected here.
    found = subprocess.run(["dpkg-query", "-S", *sorted({name for some in names.values() for name in some})],
                           capture_output=True, text=True, check=False).stdout
    package_of = {line.partition(": ")[2]: line.split(":")[0] for line in found.splitlines()}
    result = {path: next((package_of[name] for name in some if name in package_of), None) for path, some in names.items()}
    for path, package in result.items():
        if package is None:
            raise Problem(f"{path} belongs to no Debian package, so its version is unknown: use the packaged library")
    return result


def installed(packages):
    """package -> version, architecture, and the names it depends on; only those that are installed."""
    shown = subprocess.run(["dpkg-query", "-W", "-f",
                            "${db:Status-Status}|${Package}|${Version}|${Architecture}|${Depends}\\n", *sorted(packages)],
                           capture_output=True, text=True, check=False).stdout
    found = {}
    for line in shown.splitlines():
        status, package, version, architecture, depends = line.split("|", 4)
        if status == "installed":
            found[package] = version, architecture, re.findall(r"(?:^|[,|])\s*([^\s,|(:]+)", depends)
    return found


def read_machine(binary, build_packages):
    """What the pure functions below need: packages, who loads whom, and which are headers alone."""
    paths = library_paths(binary)
    owner = owners(paths.values())
    package_of = {name: owner[path] for name, path in paths.items()}
    loads = {package: set() for package in package_of.values()}
    for name, path in paths.items():
        loads[package_of[name]] |= {package_of[other] for other in needed(path) if other in package_of}
    known = installed({*loads, *build_packages, *DATA_PACKAGES})
    headers = [package for package in build_packages if package in known and package not in TEST_PACKAGES
               and not loads.keys() & set(known[package][2])]
    return {
        "libraries": {package: known[package] for package in loads},
        "headers": {package: known[package] for package in headers},
        "data": {package: known[package] for package in DATA_PACKAGES if package in known},
        "direct": {package_of[name] for name in needed(binary) if name in package_of},
        "loads": loads,
    }


# ---- the document; pure from here on ----


def debian_component(package, found, use):
    version, architecture, _ = found
    purl = f"pkg:deb/debian/{quote(package, safe='')}@{quote(version, safe='')}?arch={architecture}"
    return {"type": "library", "bom-ref": purl, "name": package, "version": version, "scope": "required", "purl": purl,
            "properties": [{"name": "pinrelay:use", "value": use}]}


def npm_components(lock):
    """Of a package-lock.json, version 3. What only the build uses is listed as excluded."""
    found = {}
    for path, entry in lock.get("packages", {}).items():
        if "node_modules/" not in path or "version" not in entry:
            continue  # the project itself
        name = path.rsplit("node_modules/", 1)[1]
        purl = f"pkg:npm/{quote(name, safe='/')}@{quote(entry['version'], safe='')}"
        development = entry.get("dev", False)
        component = {"type": "library", "bom-ref": purl, "name": name, "version": entry["version"],
                     "scope": "excluded" if development else "required", "purl": purl,
                     "properties": [{"name": "pinrelay:use", "value": "builds the interface" if development else "bundled"}]}
        algorithm, _, digest = entry.get("integrity", "").partition("-")
        if algorithm == "sha512":
            component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}]
        if purl not in found or not development:
            found[purl] = component
    return list(found.values())


def document(product, machine, lock, time):
    """product: version and sha256 of the program."""
    libraries = {name: debian_component(name, found, "shared library") for name, found in machine["libraries"].items()}
    headers = [debian_component(name, found, "headers only, compiled in") for name, found in machine["headers"].items()]
    data = [debian_component(name, found, "data at run time") for name, found in machine["data"].items()]
    npm = npm_components(lock)
    ref = f"pkg:generic/pinrelay@{product['version']}"

    def refs(names):
        return sorted(libraries[name]["bom-ref"] for name in names)

    own = refs(machine["direct"]) + [one["bom-ref"] for one in headers + data + npm if one["scope"] == "required"]
    edges = {ref: sorted(own)}
    edges |= {libraries[name]["bom-ref"]: refs(others - {name}) for name, others in machine["loads"].items()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": ref, "name": "pinrelay", "version": product["version"],
                          "purl": ref, "licenses": [{"license": {"id": "Apache-2.0"}}],
                          "hashes": [{"alg": "SHA-256", "content": product["sha256"]}]},
        },
        "components": sorted([*libraries.values(), *headers, *data, *npm], key=lambda one: one["bom-ref"]),
        "dependencies": [{"ref": one, "dependsOn": others} for one, others in sorted(edges.items())],
    }


# ---- the command ----


def product_of(binary):
    version = re.search(r"project\(pinrelay VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    return {"version": version.group(1), "sha256": hashlib.sha256(binary.read_bytes()).hexdigest()}


def read_lock(path):
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=ROOT / "build/release/pinrelay")
    parser.add_argument("--output", type=Path, help="a file instead of standard output")
    parser.add_argument("build_packages", nargs="*", help="the -dev packages of the build")
    options = parser.parse_args()
    try:
        if not options.binary.is_file():
            raise Problem(f"{options.binary} does not exist: build it with './dev build release' first")
        # A release that is built twice says the same time twice.
        seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or datetime.now(timezone.utc).timestamp())
        text = json.dumps(document(product_of(options.binary), read_machine(options.binary, options.build_packages),
                                   read_lock(ROOT / "ui/package-lock.json"),
                                   datetime.fromtimestamp(seconds, timezone.utc)), indent=2) + "\n"
        if options.output:
            options.output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
    except Problem as problem:
        print(f"sbom: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
