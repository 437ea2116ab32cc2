"""Send a report to a chat, an address or a program; what is secret comes from a file."""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

from ..exceptions import PostError, SettingsError

Channel = Literal["discord", "slack", "telegram", "email", "webhook"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
LIMITS: Final[Mapping[str, int]] = {
    "discord": 2_000,
    "slack": 4_000,
    "telegram": 4_096,
    "email": 200_000,
    "webhook": 200_000,
}
"""The longest message of a channel, in UTF-16 units, as Telegram and Discord count them."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "discord": ("url",),
    "slack": ("url",),
    "telegram": ("token", "chat_id"),
    "email": ("server", "from", "to"),
    "webhook": ("url",),
}
_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "discord": (),
    "slack": (),
    "telegram": ("api",),
    "email": ("user", "password", "security"),
    "webhook": ("token",),
}
_TIMEOUT_S: Final = 30.0
_TELEGRAM: Final = "https://api.telegram.org"
_CUT: Final = "\n… the rest did not fit"
_LOCAL: Final = ("127.0.0.1", "::1", "localhost")
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class Address:
    """The place of a channel, from a file.

    Args:
        channel: The channel.
        values: Its keys, such as `url`.
    """

    channel: Channel
    values: Mapping[str, str]


def read_address(channel: Channel, file: Path) -> Address:
    """Read the address of a channel from a file that only its owner may read.

    The file is TOML with the keys of the channel; for a webhook the address alone is enough.

    Args:
        channel: The channel.
        file: The file.

    Raises:
        SettingsError: If it cannot be read, others may read it, or a key is wrong.
    """
    try:
        text = file.read_text("utf-8")
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{str(file)!r} cannot be read: {error}") from None
    if os.name == "posix" and mode & 0o077:
        raise SettingsError(f"{str(file)!r} holds a secret, and others may read it: chmod 600 it")
    values = _values(channel, text, file)
    for key in values:
        if key not in (*_NEEDED[channel], *_KNOWN[channel]):
            raise SettingsError(
                f"{str(file)!r}: {channel} has no key {key!r}; it has "
                f"{', '.join((*_NEEDED[channel], *_KNOWN[channel]))}"
            )
    if missing := [key for key in _NEEDED[channel] if not values.get(key)]:
        raise SettingsError(f"{str(file)!r} needs {' and '.join(missing)} for {channel}")
    for key in ("url", "api"):
        if key in values and urlsplit(values[key]).scheme not in ("https", "http"):
            raise SettingsError(f"{str(file)!r}: {key} begins with https://")
    return Address(channel, values)


def _values(channel: Channel, text: str, file: Path) -> dict[str, str]:
    if channel in ("discord", "slack", "webhook") and "=" not in text.partition("?")[0]:
        return {"url": text.strip()}
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # the error of tomllib holds no text of the file
        raise SettingsError(f"{str(file)!r} is not TOML: {error}") from None
    table = tree.get(channel, tree)
    return {key: str(value) for key, value in table.items()}


def length(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(parts: Sequence[str], limit: int) -> str:
    """Return as many whole parts as fit, and a note if some did not.

    Args:
        parts: The parts of a message, the most important first.
        limit: Longest text, in UTF-16 units.
    """
    found = "\n".join(parts)
    if length(found) <= limit:
        return found
    room = limit - length(_CUT)
    for count in range(len(parts) - 1, 0, -1):
        found = "\n".join(parts[:count])
        if length(found) <= room:
            return found + _CUT
    found = parts[0]
    while length(found) > room:
        found = found[: len(found) - max((length(found) - room) // 2, 1)]
    return found + _CUT


def post(address: Address, title: str, parts: Sequence[str], report: Mapping[str, Any]) -> None:
    """Send a report.

    Args:
        address: Where to.
        title: Subject of a mail.
        parts: The report as text, one part for each section.
        report: The report for programs, which a webhook gets too.

    Raises:
        PostError: If it was not accepted.
    """
    values = address.values
    match address.channel:
        case "discord":
            text = fit([part.replace("```", "'''") for part in parts], LIMITS["discord"] - 8)
            body = {"content": f"```\n{text}\n```", "allowed_mentions": {"parse": []}}
            _send(address, values["url"], body)
        case "slack":
            # each & < > becomes up to five characters
            escaped = [_slack(part) for part in parts]
            text = fit(escaped, LIMITS["slack"] - 8)
            _send(address, values["url"], {"text": f"```\n{text}\n```"})
        case "telegram":
            url = f"{values.get('api', _TELEGRAM).rstrip('/')}/bot{values['token']}/sendMessage"
            body = {
                "chat_id": values["chat_id"],
                "text": fit(parts, LIMITS["telegram"]),
                "link_preview_options": {"is_disabled": True},
            }
            _send(address, url, body)
        case "webhook":
            text = fit(parts, LIMITS["webhook"])
            _send(address, values["url"], {"title": title, "text": text, "report": dict(report)})
        case "email":
            _mail(values, title, fit(parts, LIMITS["email"]))


def _slack(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("```", "'''")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirection: the address of a webhook is a secret of one server."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Refuse it."""


def _send(address: Address, url: str, body: Mapping[str, Any]) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "logging-kit"}
    if address.channel == "webhook" and address.values.get("token"):
        headers["Authorization"] = f"Bearer {address.values['token']}"
    data = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
    request = urllib.request.Request(url, data, headers, method="POST")  # noqa: S310 - http, https
    try:
        opener = urllib.request.build_opener(_NoRedirect())
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise PostError(f"{address.channel} cannot be reached: {reason}") from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise PostError(f"{address.channel} did not accept the report: HTTP {status}")


def _mail(values: Mapping[str, str], title: str, text: str) -> None:
    security = values.get("security", "starttls")
    if security not in _PORTS:
        raise PostError(f"security is starttls, tls or none, not {security!r}")
    host, _, port = values["server"].rpartition(":")
    if not host:
        host, port = port, str(_PORTS[security])
    if security == "none" and host not in _LOCAL:
        raise PostError("mail without TLS goes to a server on this machine only")
    message = EmailMessage()
    try:
        message["Subject"], message["From"], message["To"] = title, values["from"], values["to"]
        message.set_content(text)
        with _smtp(security, host, int(port)) as server:
            if security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if values.get("user"):
                server.login(values["user"], values.get("password", ""))
            server.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise PostError(f"the mail server did not accept it: {type(error).__name__}") from None


def _smtp(security: str, host: str, port: int) -> smtplib.SMTP:
    if security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
    return smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
