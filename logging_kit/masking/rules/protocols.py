"""Passwords in lines of protocols and on command lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from .read_value import is_placeholder
from .value_shapes import has_digit, is_opaque

Spans = Iterable[tuple[int, int]]
_ARGUMENT: Final = r"(?P<quote>\\{0,7}[\"']?)(?P<value>[^\s\"'\\|;&]{4,256})(?P=quote)"


def _values(pattern: re.Pattern[str], text: str) -> Spans:
    for match in pattern.finditer(text):
        value = match["value"]
        if value.strip("*") and not is_placeholder(value):
            yield match.span("value")


_REDIS: Final = re.compile(
    r"\"(?:AUTH|auth)\"(?: \"(?:default|[\w.@-]{1,64})\")? \"(?P<value>[^\"\n]{4,512})\"(?=\s*(?:$|[\r\n]|\"?\s?[A-Z]))"
    r"|\"(?:requirepass|masterauth|REQUIREPASS|MASTERAUTH)\" \"(?P<other>[^\"\n]{4,512})\""
    r"|(?:^|[\n\"'\s>])(?:requirepass|masterauth)\s{1,4}\"?(?P<third>[^\s\"']{4,512})",
)


def _redis(text: str, _low: str) -> Spans:
    for match in _REDIS.finditer(text):
        for group in ("value", "other", "third"):
            value = match[group]
            if value and value.strip("*") and (group != "third" or has_digit(value)):
                yield match.span(group)


_IMAP: Final = re.compile(
    r"(?<![\w-])[A-Za-z0-9]{1,8} LOGIN \"?[^\s\"]{1,128}\"? \"?(?P<value>[^\s\"]{4,256})"
)
_PASS: Final = re.compile(
    r"(?:^|[\r\n]|(?<=[<>] )|(?<=[CS]: )|(?<=\\n))PASS (?P<value>[^\s\\:]{4,256})(?=[ \t]*(?:[\r\n\\]|$))"
)


def _mail(text: str, _low: str) -> Spans:
    yield from _values(_IMAP, text)
    for match in _PASS.finditer(text):
        value = match["value"]
        is_session = "USER " in text or "\r\n" in text[match.end() : match.end() + 2]
        is_test = value.startswith(("test_", "./", "tests/")) or "." in value.strip(".")
        if not is_test and (is_session or has_digit(value)):
            yield match.span("value")


_FIX_FIELD: Final = re.compile(
    r"(?<![\d.])(?:554|925|1400|1402)[\"']?\s?[,:]\s?[\"'](?P<value>[^\"'\n]{3,256})[\"']"
    r"|(?:[|;\x01^]\s{0,2}|\b[Pp]assword ?\()(?:554|925)\)?\s?=\s?(?P<other>[^\x01|;^\\\s\"']{1,256})"
    r"|(?:[|;\x01^]\s{0,2}96|RawData ?\(96\)|\b96[\"']?,)\s?=?\s?[\"']?(?P<raw>[^\x01|;^\\\s\"')]{16,512})"
)


def _fix(text: str, low: str) -> Spans:
    is_fix = "fix." in low or "fixt" in low or "35" in low
    if not is_fix and "rawdata" not in low:
        return
    for match in _FIX_FIELD.finditer(text):
        for group in ("value", "other", "raw"):
            value = match[group]
            if not value or not value.strip("*"):
                continue
            if (group == "raw" and is_opaque(value)) or (group != "raw" and is_fix):
                yield match.span(group)


_COMMANDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (word, re.compile(rf"\b{command}\b[^\n]{{0,200}}?\s(?:{options}){_ARGUMENT}"))
    for word, command, options in (
        ("unzip", r"unzip", r"-P\s?"),
        ("zip", r"zip", r"-P\s?|--password[ =]"),
        ("7z", r"7z[ar]?", r"-p"),
        ("rar", r"(?:un)?rar", r"-h?p"),
        ("keytool", r"keytool", r"-(?:storepass|keypass|srcstorepass|deststorepass|destkeypass)\s"),
        ("storepass", r"jarsigner", r"-(?:storepass|keypass)\s"),
        ("ssh-keygen", r"ssh-keygen", r"-[NP]\s"),
        ("az login", r"az\s+login", r"-p\s|--password[ =]"),
        ("openssl", r"openssl", r"-(?:k|K|pass|passin|passout|password)\s(?:pass:)?"),
        ("htpasswd", r"htpasswd\s+-\w*b\w*\s+\S{1,128}\s+\S{1,64}", r""),
        ("gpg", r"gpg2?", r"--passphrase[ =]"),
        ("psql", r"psql", r"-W\s"),
        ("curl", r"curl", r"(?:--cert|-E|--proxy-cert)[ =]\s?[^\s:\"']{1,128}:"),
        ("--cert", r"(?:wget|httpie|http)", r"--cert[ =][^\s:\"']{1,128}:"),
        ("mysql", r"(?:mysql|mysqldump|mariadb)", r"-p"),
        ("sshpass", r"sshpass", r"-p\s?"),
        ("restic", r"restic", r"--password[ =]"),
        ("vault", r"vault\s+login", r"-?(?:token=)?"),
        ("net use", r"net\s+use\s+\S{1,128}", r""),
        ("expect", r"expect", r"send\s"),
        (
            "setex",
            r"(?i:setex)\s+\S{0,64}(?:token|secret|key|session|password)\S{0,32}\s+\d{1,9}",
            r"",
        ),
    )
)


def _commands(text: str, low: str) -> Spans:
    for word, pattern in _COMMANDS:
        if word in low:
            for match in pattern.finditer(text):
                value = match["value"]
                if value.startswith("-") or is_placeholder(value) or not value.strip("*"):
                    continue
                if has_digit(value) or not value.isalpha() or len(value) >= 16:
                    yield match.span("value")


_OAUTH: Final = re.compile(
    r"(?:[?&]|%26|%3[fF]|authorization_code[\"']?[,&]\s?[\"']?)code[\"']?(?:=|%3[dD]|:)\s?[\"']?(?P<value>[A-Za-z0-9/_.~%+-]{16,2048})"
)


_OAUTH_WORDS: Final = (
    "callback",
    "oauth",
    "redirect",
    "authorization_code",
    "client_id",
    "state=",
    "grant_type",
    "signin",
    "login",
)


def _oauth(text: str, low: str) -> Spans:
    if not any(word in low for word in _OAUTH_WORDS):
        return
    for match in _OAUTH.finditer(text):
        if is_opaque(match["value"]):
            yield match.span("value")


_GO_DSN: Final = re.compile(
    r"(?<![\w/])[\w.-]{1,64}:(?P<value>[^\s@\"'`/]{1,128})@(?:tcp|udp|unix|cloudsql)[46]?\("
)
_ORACLE: Final = re.compile(
    r"(?<![\w/.:])[A-Za-z]\w{0,32}/(?P<value>[^\s/@\"'`<>]{4,128})@(?://[\w.-]{1,64}|[\w.-]{1,64}:\d{2,5}/\w)"
)


def _dsn(text: str, _low: str) -> Spans:
    yield from _values(_GO_DSN, text)
    yield from _values(_ORACLE, text)


_JWK: Final = re.compile(
    r"(?<![\w])\\{0,7}[\"'](?:d|k|p|q|dp|dq|qi)\\{0,7}[\"']\s{0,4}:\s{0,4}\\{0,7}[\"'](?P<value>[A-Za-z0-9_-]{16,2048})"
)


def _jwk(text: str, _low: str) -> Spans:
    return _values(_JWK, text)


_PUTTY: Final = re.compile(
    r"Private-Lines: ?\d{1,3}(?:\\[nr]|\s){1,4}(?P<value>[A-Za-z0-9+/=]{16,128}(?:(?:\\[nr]|\s){1,4}[A-Za-z0-9+/=]{16,128}){0,64})"
)


def _putty(text: str, _low: str) -> Spans:
    return (match.span("value") for match in _PUTTY.finditer(text))


PROTOCOLS: Final[tuple[tuple[str, str, Callable[[str, str], Spans]], ...]] = (
    ('"auth"', "password of Redis", _redis),
    ("requirepass", "password of Redis", _redis),
    ("masterauth", "password of Redis", _redis),
    (" login ", "login at a mail server", _mail),
    ("pass ", "login at a mail server", _mail),
    ("554", "password of a FIX logon", _fix),
    ("925", "password of a FIX logon", _fix),
    ("rawdata", "password of a FIX logon", _fix),
    ("8=fix", "password of a FIX logon", _fix),
    (" -", "password on a command line", _commands),
    ("htpasswd", "password on a command line", _commands),
    ("setex", "password on a command line", _commands),
    ("code", "code of an OAuth login", _oauth),
    ("@tcp(", "password in an address", _dsn),
    ("@unix(", "password in an address", _dsn),
    ("@udp(", "password in an address", _dsn),
    ("@//", "password in an address", _dsn),
    ("sqlplus", "password in an address", _dsn),
    ("private-lines", "private key of PuTTY", _putty),
    ("kty", "key in a JSON Web Key", _jwk),
)
"""A literal without which the rule cannot apply, name of the rule, and its search."""
