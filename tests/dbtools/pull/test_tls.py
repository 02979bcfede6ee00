"""Pull over TLS: the server's certificate is verified, no Postgres client is needed, and what is wrong is said."""

from __future__ import annotations

import datetime
import os
import pwd
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dbtools import pull
from dbtools.errors import ConnectError, ShadowError
from dbtools.platform.facts import reference
from dbtools.platform.ownership import Ownership
from dbtools.postgres import tls
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.pull import dump
from tests.conftest import missing

PASSWORD = "p@ss word"
QUOTED = "p%40ss%20word"
YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)


class Authority:
    """A certificate authority of one's own, and certificates for 127.0.0.1 and localhost."""

    def __init__(self, folder: Path, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(self.name, self.key.public_key(), YESTERDAY + datetime.timedelta(days=9))
        certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        self.file = folder / f"{name}.crt"
        self.file.write_bytes(certificate.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime.datetime
    ) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(YESTERDAY - datetime.timedelta(days=9)).not_valid_after(until)

    def issue(self, until: datetime.datetime, *names: x509.GeneralName) -> tuple[bytes, bytes]:
        """A server's certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name([]), key.public_key(), until)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), True)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), private


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[Shadow]:
    """A Supabase-shaped server that lets nobody in over TCP without TLS and a password."""
    try:
        shadow = Shadow(major=15, port=0)
    except ShadowError as error:
        missing(f"{error.message}, and the embedded server has no TLS: apt-get install postgresql-15")
    settings = {"ssl": "on", "hba_file": str(shadow.server.base / "hba.conf"), "log_min_messages": "fatal"}
    for name in ("ssl_cert_file", "ssl_key_file"):
        settings[name] = str(shadow.server.base / name)
    shadow.server.settings.update(settings)
    give(shadow, "hba.conf", b"local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
    certify(shadow, authority.issue(YESTERDAY + datetime.timedelta(days=9), x509.IPAddress(IPv4Address("127.0.0.1"))))
    with shadow:
        with psycopg.connect(shadow.url(user=ADMIN)) as connection:
            connection.execute(f"alter role postgres password '{PASSWORD}'")
        with psycopg.connect(shadow.url()) as connection:
            connection.execute("create table public.kept (id integer primary key)")
        yield shadow


def give(shadow: Shadow, name: str, content: bytes) -> None:
    path = shadow.server.base / name
    path.write_bytes(content)
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)


def certify(shadow: Shadow, issued: tuple[bytes, bytes]) -> None:
    give(shadow, "ssl_cert_file", issued[0])
    give(shadow, "ssl_key_file", issued[1])


@pytest.fixture
def url(server: Shadow, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`url("sslmode=require", …)` is the server's, and no program of Postgres' is on PATH."""
    monkeypatch.setenv("PATH", "/nonexistent")

    def made(*parameters: str, host: str = "127.0.0.1", password: str = QUOTED) -> str:
        return f"postgresql://postgres:{password}@{host}:{server.server.port}/postgres?{'&'.join(parameters)}"

    return made


def test_a_server_that_insists_on_tls_is_pulled_with_full_verification(
    url: Callable[..., str], authority: Authority, tmp_path: Path, shadow: Shadow
) -> None:
    report = pull.pull(url("sslmode=verify-full", f"sslrootcert={authority.file}"), tmp_path, shadow=shadow)
    assert (report.differences, report.left_out) == ((), ())
    assert "kept" in report.path.read_text()


@pytest.mark.parametrize("parameters", [[], ["sslmode=require"], ["sslmode=prefer", "sslsni=0"]])
def test_without_verification_it_is_still_encrypted(
    parameters: list[str], url: Callable[..., str], tmp_path: Path, shadow: Shadow
) -> None:
    assert pull.pull(url(*parameters), tmp_path, shadow=shadow).ok


def test_a_certificate_of_somebody_elses_is_refused(
    url: Callable[..., str], tmp_path: Path, authority: Authority
) -> None:
    other = Authority(tmp_path, "other")
    with pytest.raises(ConnectError, match="certificate") as caught:
        pull.pull(url("sslmode=verify-ca", f"sslrootcert={other.file}"), tmp_path / "to")
    assert "sslrootcert" in caught.value.hint
    with pytest.raises(ConnectError, match="does not match host name") as caught:
        pull.pull(url("sslmode=verify-full", f"sslrootcert={authority.file}", host="localhost"), tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_an_expired_certificate_is_refused_with_a_hint(
    url: Callable[..., str], server: Shadow, authority: Authority, tmp_path: Path
) -> None:
    address = x509.IPAddress(IPv4Address("127.0.0.1"))
    good = [(server.server.base / name).read_bytes() for name in ("ssl_cert_file", "ssl_key_file")]
    certify(server, authority.issue(YESTERDAY, address))
    try:
        reload(server)
        with pytest.raises(ConnectError, match="certificate") as caught:
            pull.pull(url("sslmode=verify-full", f"sslrootcert={authority.file}"), tmp_path)
    finally:
        certify(server, (good[0], good[1]))
        reload(server)
    assert "expired" in caught.value.hint


def reload(server: Shadow) -> None:
    with psycopg.connect(server.url(user=ADMIN)) as connection:
        before = connection.execute("select pg_conf_load_time(), pg_reload_conf()").fetchone()
        assert before is not None
    loaded = before[0]
    while loaded == before[0]:
        with psycopg.connect(server.url(user=ADMIN)) as connection:
            row = connection.execute("select pg_conf_load_time()").fetchone()
            assert row is not None
            loaded = row[0]


def test_the_second_connection_trusts_no_more_than_the_first(
    url: Callable[..., str], authority: Authority, tmp_path: Path
) -> None:
    """Had the server's certificate changed in between, pg_dump would not be let through."""
    trusted = tmp_path / "roots.crt"
    trusted.write_bytes(authority.file.read_bytes())
    with connect(url("sslmode=verify-full", f"sslrootcert={trusted}")) as connection:
        trusted.write_bytes(Authority(tmp_path, "other").file.read_bytes())
        with (
            dump.dump(connection, url(), set(), Ownership.of(reference())) as printed,
            pytest.raises(ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            printed()


def test_a_wrong_password_is_said_and_shown_to_nobody(url: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match="password authentication failed") as caught:
        pull.pull(url("sslmode=require", password="hunter2"), tmp_path)
    assert "postgres.PROJECT_REF" in caught.value.hint
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_scram_needs_no_channel_where_the_certificate_is_verified(
    url: Callable[..., str], authority: Authority, tmp_path: Path, shadow: Shadow
) -> None:
    bound = ["channel_binding=require", "sslmode=verify-full", f"sslrootcert={authority.file}"]
    assert pull.pull(url(*bound), tmp_path, shadow=shadow).ok
    with pytest.raises(ConnectError, match="channel_binding") as caught:
        pull.pull(url("channel_binding=require", "sslmode=require"), tmp_path / "other")
    assert "verify-full" in caught.value.hint


@pytest.mark.parametrize(
    ("parameters", "verified", "named"),
    [
        ({"sslmode": "prefer"}, False, False),
        ({"sslmode": "require"}, False, False),
        # With an authority at hand, libpq's require verifies as well.
        ({"sslmode": "require", "sslrootcert": "FILE"}, True, False),
        ({"sslmode": "verify-ca", "sslrootcert": "FILE"}, True, False),
        ({"sslmode": "verify-full", "sslrootcert": "FILE"}, True, True),
        ({"sslmode": "require", "sslrootcert": "system"}, True, True),
    ],
)
def test_a_certificate_is_asked_for_what_libpq_asks(
    parameters: dict[str, str], verified: bool, named: bool, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    given = {name: str(authority.file) if value == "FILE" else value for name, value in parameters.items()}
    context = tls.client_context(given)
    assert (context.verify_mode.name == "CERT_REQUIRED", context.check_hostname) == (verified, named)
