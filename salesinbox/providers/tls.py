"""Reaching a server: TCP, TLS, and a sentence for each way that can fail (ACC-6)."""

import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Iterator

from salesinbox.locale.texts import _
from salesinbox.model.errors import (
    CertificateError,
    ConfigurationError,
    NetworkError,
    SalesInboxError,
    ServerError,
)
from salesinbox.model.settings import IMPLICIT, NO_TLS, Imap, Pop3, Smtp
from salesinbox.model.text import safe

# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_EXPIRED, _NOT_YET = 10, 9
_WRONG_NAME, _WRONG_ADDRESS = 62, 64
_UNKNOWN_ISSUER = (18, 19, 20, 21, 2, 24, 27)

Server = Imap | Pop3 | Smtp
_IMPLICIT_PORTS = {Imap: 993, Pop3: 995, Smtp: 465}


def tls_context(settings: Server) -> ssl.SSLContext:
    """A context that verifies, with the system's authorities or those of `ca_file`.

    Raises ConfigurationError for a `ca_file` that cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            _("ca_file {file} cannot be read as certificates ({reason}); it must be a PEM file").format(
                file=safe(str(settings.ca_file)), reason=safe(error.strerror or str(error))
            )
        ) from error


def connected(settings: Server, timeout: float) -> socket.socket:
    """A TCP connection, with TLS where it is implicit.

    Raises NetworkError, CertificateError, ConfigurationError.
    """
    host, port = settings.host, settings.port
    clear = settings.tls == NO_TLS and not settings.clear_text_forced
    if clear and not _may_be_loopback(host):
        raise _clear_text_refused(settings)
    with translated(settings):
        try:
            line = socket.create_connection((host, port), timeout)
        except UnicodeError as error:
            # What cannot be written as a host name (an empty or an over-long label) names no host.
            raise socket.gaierror(str(error)) from error
        except socket.gaierror:
            if clear and host.lower() != "localhost":
                # A name that nobody knows is certainly not this machine: that is the fault to mend first.
                raise _clear_text_refused(settings) from None
            raise
    if clear and not _is_loopback(str(line.getpeername()[0])):
        line.close()
        raise _clear_text_refused(settings)
    try:
        _keep_alive(line)
        if settings.tls == IMPLICIT:
            context = tls_context(settings)
            with translated(settings):
                return context.wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise
    return line


@contextlib.contextmanager
def translated(settings: Server) -> Iterator[None]:
    """Errors of sockets and of TLS as errors of ours, each with host, port and what to check."""
    where = {"host": safe(settings.host, 100), "port": settings.port}
    try:
        yield
    except SalesInboxError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(_certificate_sentence(error).format(**where)) from error
    except ssl.SSLError as error:
        raise NetworkError(
            _(
                "{host} does not speak TLS as expected on port {port} ({reason}); "
                'check the port, and whether tls should be "implicit" or "starttls"'
            ).format(**where, reason=safe(str(error.reason or error.strerror or ""), 60))
        ) from error
    except socket.gaierror as error:
        raise NetworkError(
            _("no server named {host} can be found (port {port}); check the spelling of host and the network").format(
                **where
            )
        ) from error
    except ConnectionRefusedError as error:
        raise NetworkError(
            _("{host} refuses connections on port {port}; check the port and whether the server runs").format(**where)
        ) from error
    except TimeoutError as error:
        raise NetworkError(
            _("{host} does not answer on port {port}; check the network, the host and any firewall").format(**where)
        ) from error
    except OSError as error:
        farewell: bytes = getattr(error, "farewell", b"")
        if farewell:
            raise NetworkError(
                _("{host}, port {port}, ended the line: {said}").format(
                    **where, said=safe(farewell.decode("utf-8", "replace"), 160)
                )
            ) from error
        raise NetworkError(
            _("the line to {host}, port {port}, was cut ({reason}); check the network").format(
                **where, reason=safe(error.strerror or _("the server closed it"), 60)
            )
        ) from error


def starttls_not_offered(settings: Server) -> ServerError:
    return ServerError(
        _(
            "{host} does not offer STARTTLS on port {port}, and nothing was sent in clear; "
            'try tls = "implicit" with port {other}, or ask the provider'
        ).format(host=safe(settings.host, 100), port=settings.port, other=_IMPLICIT_PORTS[type(settings)])
    )


def _certificate_sentence(error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    if code == _EXPIRED:
        return _("the certificate of {host}, port {port}, has expired; ask the provider to renew it")
    if code == _NOT_YET:
        return _("the certificate of {host}, port {port}, is not valid yet; check this machine's clock")
    if code in (_WRONG_NAME, _WRONG_ADDRESS):
        return _(
            "the certificate shown on port {port} is not for {host} but for another name; "
            "check host, and use the name that the provider gives"
        )
    if code in _UNKNOWN_ISSUER:
        return _(
            "the certificate of {host}, port {port}, is signed by nobody this machine trusts; "
            "if it is your company's own authority, name its file with ca_file"
        )
    return _("the certificate of {host}, port {port}, cannot be verified; ask the provider")


def _clear_text_refused(settings: Server) -> ConfigurationError:
    return ConfigurationError(
        _(
            'tls = "none" would send mail and password in clear to {host}, which is another machine; '
            'use tls = "implicit" or "starttls"'
        ).format(host=safe(settings.host, 100))
    )


def _may_be_loopback(host: str) -> bool:
    """False only for addresses that are certainly not; a name is looked at again once it is connected."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _keep_alive(line: socket.socket) -> None:
    """A line that is dead is found out in about two minutes, though nobody says anything on it."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
