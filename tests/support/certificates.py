"""Certificates for tests over TLS, good and bad ones, made by the openssl command."""

import subprocess
from pathlib import Path

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment"
SERVER = LEAF + "\nextendedKeyUsage=serverAuth"
CONFIGURATION = """
[ca]
default_ca = tests
[tests]
new_certs_dir = .
database = index
serial = serial
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[req]
distinguished_name = any
"""


class Certificate:
    """`file`: the certificate, then those above it that a server is to send along."""

    def __init__(self, folder, file, key):
        self.folder, self.file, self.key = folder, file, key

    @property
    def text(self):
        return Path(self.file).read_text()


class Authorities:
    """A folder with certificates and what issues them."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.count = 0
        (self.folder / "configuration").write_text(CONFIGURATION)
        (self.folder / "index").write_text("")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, cwd=self.folder)
        assert done.returncode == 0, f"openssl {arguments[0]}: {done.stderr}"

    def make(self, name, extensions, issuer=None, key="ec", digest="sha256", begins="20250101000000Z",
             ends="20491231000000Z", chain=True):
        """Signed by `issuer`, by itself without one. key: ec, or rsa:BITS. chain: the server sends the issuer's
        certificate along, unless it is a root."""
        self.count += 1
        at = self.folder / f"{self.count}"
        certificate = Certificate(self.folder, f"{at}.pem", f"{at}.key")
        Path(f"{at}.extensions").write_text(extensions + "\n")
        curve = ["-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else []
        self.openssl("req", "-newkey", key, *curve, "-nodes", "-keyout", certificate.key, "-out", f"{at}.csr",
                     "-subj", f"/CN={name}", "-config", "configuration")
        (self.folder / "serial").write_text(f"{self.count:04d}")
        signer = ["-selfsign", "-keyfile", certificate.key] if issuer is None else \
            ["-cert", issuer.file, "-keyfile", issuer.key]
        self.openssl("ca", "-batch", "-notext", "-config", "configuration", "-in", f"{at}.csr", "-out", certificate.file,
                     "-extfile", f"{at}.extensions", "-startdate", begins, "-enddate", ends, "-md", digest, *signer)
        certificate.root = issuer is None
        if chain and issuer is not None and not issuer.root:
            Path(certificate.file).write_text(certificate.text + issuer.text)
        return certificate


def for_names(names, usage=SERVER):
    return f"{usage}\nsubjectAltName={names}"
