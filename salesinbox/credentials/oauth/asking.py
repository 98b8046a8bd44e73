"""One question to a provider of tokens, over TLS that is verified, and its answer taken apart (ACC-6, RFC 6749 §5).

A redirect is not followed: what is asked holds secrets, and they are for the configured server alone.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from salesinbox.locale.texts import _
from salesinbox.model.errors import CertificateError, ConfigurationError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from requests import PreparedRequest

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 20.0
_WHOLE_SECONDS = 40.0
_LONGEST = 256 * 1024
_PIECE = 8192
_SHORTEST_LIFE = 300
"""Seconds that a token is used for whose end the provider does not tell."""


class RefusedError(Exception):
    """The provider's refusal by its name in RFC 6749 §5.2 or RFC 8628 §3.5, and what it says of it."""

    def __init__(self, error: str, said: str = "") -> None:
        super().__init__(error)
        self.error, self.said = error, said


@dataclass(frozen=True, slots=True)
class Granted:
    """Tokens. `seconds` is how long `access` is good for; `refresh` is empty where there is no new one."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: int
    scopes: tuple[str, ...] | None
    """None: as they were asked for."""


def ask(url: str, form: str, ca_file: Path | None) -> dict[str, Any]:
    """Post a form, and the JSON object of the answer.

    Raises:
        RefusedError: The provider refused, and says why.
        NetworkError: It cannot be reached, or cannot answer just now.
        CertificateError, ConfigurationError: As everywhere (ACC-6).
        ServerError: The answer is none.
    """
    host = safe(urlsplit(url).hostname or "", 100)
    status, body = _post(url, form, ca_file, host)
    if status == 429 or status >= 500:
        raise NetworkError(
            _("{host} cannot give tokens just now (HTTP {status}); it will be tried again").format(
                host=host, status=status
            )
        )
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if status == 200 and not body.strip():
        return {}
    if not isinstance(found, dict):
        raise nonsense(url, f"HTTP {status}")
    if "error" in found:
        error, said = found["error"], found.get("error_description", "")
        raise RefusedError(error if isinstance(error, str) else "", said if isinstance(said, str) else "")
    if status != 200:
        raise nonsense(url, f"HTTP {status}")
    return found


def granted(url: str, form: str, ca_file: Path | None) -> Granted:
    """Post a form that asks for tokens. Raises as `ask`."""
    from oauthlib.oauth2 import OAuth2Error, WebApplicationClient  # noqa: PLC0415 - only where something is asked

    found = ask(url, form, ca_file)
    try:
        token = WebApplicationClient("").parse_request_body_response(json.dumps(found))
    except (OAuth2Error, ValueError, TypeError, AttributeError):
        raise nonsense(url, _("no token in it")) from None
    access, refresh, seconds = token.get("access_token"), token.get("refresh_token") or "", token.get("expires_in")
    if not isinstance(access, str) or not access or not isinstance(refresh, str):
        raise nonsense(url, _("no token in it"))
    scopes = found.get("scope")
    return Granted(
        access,
        refresh,
        seconds if isinstance(seconds, int) and seconds > 0 else _SHORTEST_LIFE,
        tuple(scopes.split()) if isinstance(scopes, str) and scopes.strip() else None,
    )


def nonsense(url: str, said: str) -> ServerError:
    return ServerError(
        _("{host} does not answer as a provider of tokens ({said}); check the addresses in [account.oauth]").format(
            host=safe(urlsplit(url).hostname or "", 100), said=safe(said, 80)
        )
    )


def _post(url: str, form: str, ca_file: Path | None, host: str) -> tuple[int, bytes]:
    import requests  # noqa: PLC0415 - only where something is asked

    here = _is_here(host)
    if urlsplit(url).scheme != "https" and not here:
        raise ConfigurationError(
            _("secrets would go in clear to {host}, which is another machine; write https").format(host=host)
        )
    end = time.monotonic() + _WHOLE_SECONDS
    with requests.Session() as session, _translated(host, ca_file):
        # A proxy is for the way out; and what ~/.netrc has for the host is nobody's business here.
        session.trust_env = not here
        session.auth = _as_it_is
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "SalesInbox",
        }
        with session.post(
            url,
            data=form,
            headers=headers,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            verify=str(ca_file) if ca_file else True,
            stream=True,
        ) as answer:
            body = b""
            for piece in answer.iter_content(_PIECE):
                body += piece
                if len(body) > _LONGEST:
                    raise nonsense(url, _("it has no end"))
                if time.monotonic() > end:
                    raise requests.exceptions.ReadTimeout
            return answer.status_code, body


def _as_it_is(request: "PreparedRequest") -> "PreparedRequest":
    return request


@contextmanager
def _translated(host: str, ca_file: Path | None) -> Iterator[None]:
    """Errors of requests as ours. Theirs carry what was sent, so they are not chained to ours."""
    import requests  # noqa: PLC0415 - is loaded by now

    try:
        yield
    except SalesInboxError:
        raise
    except requests.exceptions.SSLError as error:
        raise CertificateError(
            _(
                "the certificate of {host} cannot be trusted ({reason}); if it is signed by your company's own "
                "authority, name its file with ca_file in [account.oauth]"
            ).format(host=host, reason=safe(_reason(error), 100))
        ) from None
    except requests.exceptions.Timeout:
        raise NetworkError(_("{host} does not answer; check the network and any firewall").format(host=host)) from None
    except requests.exceptions.RequestException as error:
        raise NetworkError(
            _("{host} cannot be reached for a token ({reason}); check the network").format(
                host=host, reason=safe(_reason(error), 100)
            )
        ) from None
    except OSError:
        # What requests raises for a file of certificates that is not there.
        raise ConfigurationError(
            _("ca_file {file} cannot be read as certificates; it must be a PEM file").format(file=safe(str(ca_file)))
        ) from None


def _reason(error: BaseException) -> str:
    """What the system said at the bottom of it."""
    found: BaseException | None = error
    reason = ""
    while found is not None:
        if isinstance(found, socket.gaierror):
            return _("no such server")
        if isinstance(found, OSError):
            reason = getattr(found, "verify_message", "") or found.strerror or reason
        found = found.__cause__ or found.__context__
    return reason or type(error).__name__


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
