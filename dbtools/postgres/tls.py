"""A door to a server that wants TLS, for a pg_dump that knows none: plain on this side, a Unix socket, TLS beyond.

It asks of the server's certificate what libpq asks for the same parameters, so it is no weaker than the connection that
it stands beside (https://www.postgresql.org/docs/current/libpq-ssl.html).
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg

from dbtools.errors import ConnectError

PORT = 5432

_SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
# The number of the authentication request that lists SASL mechanisms.
_SASL = 10
_VERSIONS = {"TLSv1": "TLSv1", "TLSv1.1": "TLSv1_1", "TLSv1.2": "TLSv1_2", "TLSv1.3": "TLSv1_3"}


def run(connection: psycopg.Connection, command: list[str], environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """Run a program while the door is open to the server that an encrypted connection has reached.

    Args:
        connection: says where the server is, and what of its certificate is to be verified.
        command: the program; it finds the door by PGHOST and PGPORT, so it must name no host of its own.
        environment: beside our own.

    Returns:
        its exit code, standard output and standard error.

    Raises:
        ConnectError: the server could not be reached, or trusted, a second time; or `channel_binding=require` without a
            certificate that is verified: behind the door, SCRAM has no channel to bind to.
    """
    return asyncio.run(_run(connection, command, environment))


async def _run(
    connection: psycopg.Connection, command: list[str], environment: Mapping[str, str]
) -> tuple[int, bytes, bytes]:
    parameters = {o.keyword.decode(): o.val.decode() for o in connection.pgconn.info if o.val is not None}
    context = client_context(parameters)
    failed: list[Exception] = []
    passages: list[asyncio.Task[None]] = []

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            try:
                out, into = await _beyond(connection, context, parameters)
                with closing(into):
                    await asyncio.gather(_pump(reader, into), _answer(out, writer))
            except (OSError, EOFError) as error:
                failed.append(error)

    def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passages.append(asyncio.create_task(through(reader, writer)))

    with tempfile.TemporaryDirectory(prefix="dbtools-") as folder:
        async with await asyncio.start_unix_server(enter, Path(folder) / f".s.PGSQL.{PORT}"):
            process = await asyncio.create_subprocess_exec(
                *command,
                env={**os.environ, **environment, "PGHOST": folder, "PGPORT": str(PORT), "PGSSLMODE": "disable"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                output, errors = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                await asyncio.gather(*passages)
    if process.returncode and failed:
        raise ConnectError(f"the second connection failed: {failed[0]}") from failed[0]
    assert process.returncode is not None  # noqa: S101  (communicate() waits for the end)
    return process.returncode, output, errors


async def _beyond(
    connection: psycopg.Connection, context: ssl.SSLContext, parameters: Mapping[str, str]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the server, encrypted and not yet logged in."""
    # The very address that the first one has, should the name have several.
    reader, writer = await asyncio.open_connection(
        connection.info.hostaddr or connection.info.host, connection.info.port
    )
    try:
        if parameters.get("sslnegotiation") == "direct":
            context.set_alpn_protocols(["postgresql"])
        else:
            await _ask_for_tls(reader, writer)
        named = context.check_hostname or parameters.get("sslsni", "1") == "1"
        await writer.start_tls(context, server_hostname=connection.info.host if named else None)
    except BaseException:
        writer.close()
        raise
    return reader, writer


async def _ask_for_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_SSL_REQUEST)
    if await reader.readexactly(1) != b"S":
        raise ConnectionError("the server no longer offers TLS")


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what the server says, without its offer to bind the password to the channel.

    libpq takes that offer on a connection without TLS for an attack. Without it, it says that it can bind nothing, and
    the server has nothing against that.
    """
    kind = b""
    while kind not in (b"R", b"E"):
        kind, length = await reader.readexactly(1), int.from_bytes(await reader.readexactly(4))
        body = await reader.readexactly(length - 4)
        if kind == b"R" and int.from_bytes(body[:4]) == _SASL:
            body = body.replace(b"SCRAM-SHA-256-PLUS\0", b"")
        writer.write(kind + (len(body) + 4).to_bytes(4) + body)
    await _pump(reader, writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


def client_context(parameters: Mapping[str, str]) -> ssl.SSLContext:
    """What libpq's parameters say of certificates and versions, for a connection that is to be encrypted.

    Raises:
        ConnectError: see `run`.
    """
    roots = parameters.get("sslrootcert") or str(Path.home() / ".postgresql/root.crt")
    mode = parameters.get("sslmode", "prefer")
    verify = mode in ("verify-ca", "verify-full") or roots == "system" or Path(roots).exists()
    if parameters.get("channel_binding") == "require" and not verify:
        raise ConnectError(
            "channel_binding=require cannot be kept for pg_dump, whose own connection has no TLS to bind to",
            hint="verify the server's certificate instead: sslmode=verify-full with sslrootcert",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = mode == "verify-full" or roots == "system"
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if roots == "system":
        context.load_default_certs()
    elif verify:
        context.load_verify_locations(roots)
    if revoked := parameters.get("sslcrl"):
        context.load_verify_locations(revoked)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    certificate = parameters.get("sslcert") or str(Path.home() / ".postgresql/postgresql.crt")
    if parameters.get("sslcertmode") != "disable" and Path(certificate).exists():
        key = parameters.get("sslkey") or str(Path.home() / ".postgresql/postgresql.key")
        context.load_cert_chain(certificate, key, parameters.get("sslpassword"))
    context.minimum_version = _version(parameters.get("ssl_min_protocol_version"), ssl.TLSVersion.TLSv1_2)
    context.maximum_version = _version(parameters.get("ssl_max_protocol_version"), ssl.TLSVersion.MAXIMUM_SUPPORTED)
    return context


def _version(name: str | None, otherwise: ssl.TLSVersion) -> ssl.TLSVersion:
    return ssl.TLSVersion[_VERSIONS[name]] if name in _VERSIONS else otherwise
