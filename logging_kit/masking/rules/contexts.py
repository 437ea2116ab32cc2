"""Secrets told by the text around them: a name, an address, a header, a command or a login."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable
from typing import Final

from .addresses import find_addresses
from .assignments import find_assignment
from .foreign_names import ASCII_STEMS, OTHER_STEMS
from .logins import find_input_values, find_logins, find_server_logins
from .mnemonics import find_mnemonics
from .name_at import ScanState, WorkBudget
from .names import Names
from .protocols import PROTOCOLS
from .read_value import is_placeholder
from .value_shapes import has_digit, has_letter, is_nothing, is_opaque
from .wallets import find_wallet_keys

Finding = tuple[int, int, str]


def _tuple(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STEMS: Final = (
    _tuple(
        "key secret token pass pwd auth cookie sess jwt bearer mnemonic phrase cred srf hmac prv twofa challenge assertion "
        "code words seed"
    )
    + ASCII_STEMS
)
_SHORT_STEMS: Final = _tuple(
    "sign sig pin otp pw sid wif cvv cvc access pck tapi -mac _mac -api _api"
)
"""Found in too many other words: no letter may follow, or only those of the same word."""
_SHORT_END: Final = re.compile(r"(?:ature)?s?(?![a-z])")
_OTHER_STEMS: Final = (
    _tuple(
        "비밀 비번 패스워드 패스프레이즈 암호 시크릿 키 토큰 니모닉 구문 문구 번호 코드 쿠키 서명 세션 인증 자격"
    )
    + OTHER_STEMS
)


def find_contexts(text: str, low: str, names: Names, budget: WorkBudget) -> list[Finding]:
    """Return start, end and rule of each secret that its surroundings give away.

    Args:
        text: A decoded string.
        low: The same in lower case, of the same length.
        names: What is a secret's name.
        budget: How many names may still be judged.
    """
    found: list[Finding] = []
    past = 0
    state = ScanState(low, budget)
    for start, end in _triggers(low, names.triggers):
        if start < past:
            continue
        past, here = find_assignment(text, start, end, names, state)
        if budget.left < 0:
            return [*found, (start, len(text), "too many names")]
        if here:
            found += here
            past = max(past, here[-1][1])
    for mark, rules in _RULES:
        if mark not in low:
            continue
        for needle, rule, search in rules:
            if needle in low:
                found += [
                    (start, end, rule)
                    for start, end in search(text, low)
                    if start < end and text[start:end].strip("*")
                ]
    found += [(*span, "private key of a wallet") for span in find_wallet_keys(text, low)]
    found += [(*span, "seed phrase") for span in find_mnemonics(text)]
    if "://" in low or ".com/" in low or ":\\/" in low:
        found += [(*span, "key in an address") for span in find_addresses(text, low)]
    if "input_value=" in low:
        found += find_input_values(text, names)
    return found


def _triggers(low: str, own: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return where the words that names of secrets are made of stand, in order."""
    found: list[tuple[int, int]] = []
    stems = (*_STEMS, *own)
    if not low.isascii():
        stems = (*_STEMS, *own, *_OTHER_STEMS)
    for stem in stems:
        if stem in low:
            size = len(stem)
            at = low.find(stem)
            while at >= 0:
                found.append((at, at + size))
                at = low.find(stem, at + size)
    for stem in _SHORT_STEMS:
        if stem in low:
            size = len(stem)
            at = low.find(stem)
            while at >= 0:
                if _SHORT_END.match(low, at + size):
                    found.append((at, at + size))
                at = low.find(stem, at + size)
    # Of two that start at the same place, the longer comes first.
    found.sort(key=lambda trigger: (trigger[0], -trigger[1]))
    return found


_ADDRESS = re.compile(r":(?:\\{0,3}/){2}([^\s/\"'<>\\`]{1,512})")
_ADDRESS_ENCODED = re.compile(
    r"%3[aA]%2[fF]%2[fF][^%\s/]{0,64}%3[aA]((?:(?!%2[fF]|%40|%20)[^\s/\"'<>]){1,256})%40"
)
_NO_SCHEME = re.compile(
    r"(?<![\w/.@+-])[\w.+-]{1,64}:(?P<value>[^\s:@/\"'`<>]{4,128})@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}(?P<port>:\d{2,5})?\b"
)


def _userinfo(text: str, _low: str) -> Iterable[tuple[int, int]]:
    for match in _ADDRESS.finditer(text):
        if text.startswith("enode", max(0, match.start() - 5)):
            continue  # the public key of a node
        at = match[1].rfind("@")
        if at <= 0:
            continue
        userinfo = match[1][:at]
        user, colon, password = userinfo.partition(":")
        if "?" in user or "#" in user:
            continue
        start = match.start(1)
        if colon:
            if password and not is_placeholder(password) and not is_nothing(password):
                yield start + len(user) + 1, start + at
        elif is_opaque(userinfo) or (
            len(userinfo) >= 20
            and has_digit(userinfo)
            and has_letter(userinfo)
            and "." not in userinfo
        ):
            yield start, start + at


_SLASHED = re.compile(
    r"(?::(?:\\{0,3}/){2}[^\s/:@\"'<>\\]{0,64}:(?!\d{1,5}/)|jdbc:oracle:thin:[\w.-]{1,64}/)"
    r"(?P<value>[^\s@\"'<>\\]{1,128})@[\w.-]{1,128}:\d{2,5}\b"
)


def _slashed(text: str, _low: str) -> Iterable[tuple[int, int]]:
    """Find a password with a slash, and that of `jdbc:oracle:thin:bot/<password>@db:1521`."""
    return (match.span("value") for match in _SLASHED.finditer(text) if match["value"].strip("*"))


_WALLET = re.compile(
    r"(?:from_key|from_private_key|privateKeyToAccount|from_base58_string|Wallet|PrivateKey)\(\s{0,4}\\{0,7}[\"']"
    r"(?P<value>(?:0x)?[0-9a-fA-F]{64}|[1-9A-HJ-NP-Za-km-z]{64,88})\\{0,7}[\"']"
)


def _wallet(text: str, _low: str) -> Iterable[tuple[int, int]]:
    """Find the private key that an account is made of."""
    return (match.span("value") for match in _WALLET.finditer(text))


def _encoded_userinfo(text: str, _low: str) -> Iterable[tuple[int, int]]:
    return (match.span(1) for match in _ADDRESS_ENCODED.finditer(text))


def _userinfo_without_scheme(text: str, _low: str) -> Iterable[tuple[int, int]]:
    for match in _NO_SCHEME.finditer(text):
        if is_opaque(match["value"]) or (
            match["port"] and (has_digit(match["value"]) or not match["value"].isalpha())
        ):
            yield match.span("value")


_BEARER = re.compile(r"(?<![a-z0-9_])(?:bearer|jwt)(?:\s{1,4}|%20|\+)([a-z0-9._~+/=%-]{12,4096})")
_BASIC = re.compile(r"(?<![a-z0-9_])basic(?:\s{1,4}|%20|\+)([a-z0-9+/_-]{8,4096}={0,2})")


def _bearer(text: str, low: str) -> Iterable[tuple[int, int]]:
    for match in _BEARER.finditer(low):
        token = text[match.start(1) : match.end(1)]
        if len(token) >= 16 and has_digit(token) and has_letter(token):
            yield match.span(1)


def _basic(text: str, low: str) -> Iterable[tuple[int, int]]:
    for match in _BASIC.finditer(low):
        token = text[match.start(1) : match.end(1)]
        try:
            decoded = binascii.a2b_base64(token + "=" * (-len(token) % 4))
        except binascii.Error:
            decoded = b""
        if (b":" in decoded and decoded.isascii()) or is_opaque(token):
            yield match.span(1)


_CURL_USER = re.compile(
    r"(?<![\w-])(?:-u|--user|--proxy-user|-U)(?:\s{1,4}|=|\\{0,7}[\"'],\s{0,2})(\\{0,7}[\"']?)[^\s:\"'\\]{0,128}:((?!//)[^\s\"'\\]{1,256})"
)
_COMMAND = re.compile(
    r"\b(?:sshpass|docker\s+login|mysql\w*|mariadb\w*|mongo\w*|redis-cli|smbclient|ldapsearch|sqlcmd|mosquitto_\w{3}|podman\s+login|helm\s\w+)\b"
    r"([^\n]{0,160}?)\s(?:-p\s?|-P\s|-a\s|-w\s|--pass\s)(\\{0,7}[\"']?)([^\s\"'\\|;&-][^\s\"'\\|;&]{2,255})"
)
_BASIC_AUTH = re.compile(
    r"Auth\w{0,24}\(\s{0,4}(\\{0,7}[\"'])[^\"'\\\s]{1,128}\1\s{0,4},\s{0,4}(\\{0,7}[\"'])([^\"'\\\s]{1,256})\2"
)
_PASS_SOURCE = re.compile(r"\bpass(?:in|out)?\s{1,2}pass:([^\s\"']{1,256})")


def _curl_user(text: str, _low: str) -> Iterable[tuple[int, int]]:
    for match in _CURL_USER.finditer(text):
        sends = has_digit(match[2]) or "curl" in text or "http" in text
        if sends and not match[2].isdigit() and not is_placeholder(match[2]):
            yield match.span(2)


_COMMAND_WORDS: Final = (
    "sshpass", "docker", "mysql", "mariadb", "mongo", "redis-cli", "smbclient", "ldapsearch",
    "sqlcmd", "mosquitto_", "podman", "helm",
)  # fmt: skip


def _command(text: str, low: str) -> Iterable[tuple[int, int]]:
    if not any(word in low for word in _COMMAND_WORDS):
        return
    for match in _COMMAND.finditer(text):
        if not match[3].isdigit() and not is_placeholder(match[3]):
            yield match.span(3)


def _basic_auth(text: str, _low: str) -> Iterable[tuple[int, int]]:
    return (match.span(3) for match in _BASIC_AUTH.finditer(text))


def _pass_source(text: str, _low: str) -> Iterable[tuple[int, int]]:
    return (match.span(1) for match in _PASS_SOURCE.finditer(text))


_SQL = re.compile(
    r"\b(?:IDENTIFIED(?:\s+WITH\s+\S{1,64})?\s+(?:BY|AS)|(?<![\"'`])PASSWORD(?=[\s=(]))[\s=(]{0,8}(?:PASSWORD[\s(]{0,4})?"
    r"(\\{0,7})(['\"])([^'\"\n]{1,256})\1\2"
)


def _sql(text: str, _low: str) -> Iterable[tuple[int, int]]:
    return (match.span(3) for match in _SQL.finditer(text))


_LISTEN_KEY = re.compile(
    r"(?:/(?:ws|stream|userDataStream)/|streams=(?:[\w@.!]{1,64}/){0,8})([A-Za-z0-9]{48,128})(?![A-Za-z0-9@])"
)


def _listen_key(text: str, _low: str) -> Iterable[tuple[int, int]]:
    return (match.span(1) for match in _LISTEN_KEY.finditer(text) if has_digit(match[1]))


Rule = tuple[str, str, Callable[[str, str], Iterable[tuple[int, int]]]]

_SPECIAL: Final[tuple[Rule, ...]] = (
    ("://", "password in an address", _userinfo),
    ("://", "password in an address", _slashed),
    ("jdbc:oracle", "password in an address", _slashed),
    ("from_", "private key of a wallet", _wallet),
    ("wallet(", "private key of a wallet", _wallet),
    ("privatekey", "private key of a wallet", _wallet),
    (":\\", "password in an address", _userinfo),
    ("%3a%2f%2f", "password in an address", _encoded_userinfo),
    ("@", "password before a host", _userinfo_without_scheme),
    ("bearer", "bearer token", _bearer),
    ("jwt", "bearer token", _bearer),
    ("basic", "basic credentials", _basic),
    ("-u", "password on a command line", _curl_user),
    (" -", "password on a command line", _command),
    ("auth", "user and password of a call", _basic_auth),
    ("pass:", "password on a command line", _pass_source),
    ("identified", "password in SQL", _sql),
    ("password", "password in SQL", _sql),
    ("/ws/", "listen key in a path", _listen_key),
    ("stream/", "listen key in a path", _listen_key),
    ("streams=", "listen key in a path", _listen_key),
    ("auth ", "login at a server", find_server_logins),
    ("auth", "arguments of a login", find_logins),
    ("login", "arguments of a login", find_logins),
    ("logon", "arguments of a login", find_logins),
)


def _by_mark(rules: tuple[Rule, ...]) -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    """Group rules by a character of their needles, to skip those that a text cannot hold."""
    groups: dict[str, list[Rule]] = {}
    for rule in rules:
        needle = rule[0]
        mark = next((char for char in _MARKS if char in needle), needle)
        groups.setdefault(mark, []).append(rule)
    return tuple((mark, tuple(group)) for mark, group in groups.items())


_MARKS: Final = '@%:="/_-'
"""Characters that many texts do not hold."""
_RULES: Final = _by_mark((*_SPECIAL, *PROTOCOLS))
