"""Private keys of wallets: hex, base58, bytes and the formats of single chains."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_B58: Final = "1-9A-HJ-NP-Za-km-z"
_RUN: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?:0x)?[0-9a-fA-F]{{64}}(?:[0-9a-fA-F]{{64}})?|[{_B58}]{{85,90}}"
    rf"|[5KLc9][{_B58}]{{50,51}})(?![0-9A-Za-z])"
)
_NAME: Final = r"(?<![A-Za-z])(?:pk|sk|priv|pvk|prv|seed|privkey|private)[\"'`]?\]?\s{0,4}(?:=>|:=|=|:)\s{0,4}[\"'`]?"
_LEAD: Final = r"(?:priv(?:ate)?[ _-]{0,2}key|secret[ _-]{0,2}key|signing[ _-]{0,2}key|keypair|deployer|wallet seed)[^\n]{0,24}"
_CALL: Final = (
    r"(?:from_key|from_private_key|privatekeytoaccount|from_base58_string|from_seed|from_secret_key|wallet|privatekey"
    r"|keypair|signer|fromsecret|from_string|from_bytes)\(\s{0,4}(?:[a-z.]{1,24}\()?\s{0,4}b?\\{0,7}[\"']?"
)
_BEFORE: Final = re.compile(rf"(?:{_NAME}|{_LEAD}|{_CALL})\Z", re.IGNORECASE)
_WORDS_BEFORE: Final = (
    "pk", "sk", "priv", "pvk", "prv", "seed", "secret", "signing", "keypair", "deployer", "wallet",
    "from_", "signer",
)  # fmt: skip
_AFTER: Final = re.compile(
    r"[\"')\s#,;/-]{1,8}(?:in |as |is |for |the |deployer |wallet )?"
    r"(?:(?:from_key|priv(?:ate)?[ _-]?key|secret[ _-]?key)\b|pk\b)",
    re.IGNORECASE,
)
_LONG_RUN: Final = re.compile("[0-9A-Za-z]{51,}")
"""At least as long as the shortest key."""
_CONTEXT: Final = 72
_BYTES: Final = re.compile(
    r"\[\s{0,16}(?P<value>\d{1,3}(?:\s{0,16},\s{0,16}\d{1,3}){31,127}),?\s{0,16}\]"
)
_BYTES_BEFORE: Final = re.compile(
    r"(?:secret_?key|keypair|from_bytes|private|uint8array\(64\)|seed|wallet|solana|signer)[^\[\n]{0,48}\Z",
    re.IGNORECASE,
)
_FORMATS: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:suiprivkey1[02-9ac-hj-np-z]{{50,70}}|(?:ed25519|secp256k1)-priv-0x[0-9a-fA-F]{{64}}"
    rf"|sEd[TSV]?[{_B58}]{{25,30}}|6P[RY]?[{_B58}]{{55,57}}|ed25519:[{_B58}]{{85,90}})(?![0-9A-Za-z])"
)
_MARKS: Final = ("suiprivkey1", "-priv-0x", "sEd", "6P", "ed25519:")
_XRP: Final = re.compile(
    rf"(?:xrpl?|ripple|family)\b[^\n]{{0,40}}?seed[^\n]{{0,8}}?(?<![0-9A-Za-z])(?P<value>s[{_B58}]{{27,29}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def find_wallet_keys(text: str, low: str) -> Iterable[tuple[int, int]]:
    """Return start and end of each private key of a wallet that its surroundings or form tell.

    Args:
        text: A decoded string.
        low: The same in lower case.
    """
    found: list[tuple[int, int]] = []
    if len(text) < 28:
        return found
    if any(mark in text for mark in _MARKS):
        found += [match.span() for match in _FORMATS.finditer(text)]
    for long in _LONG_RUN.finditer(text):
        run = _RUN.match(text, long.start())
        if run is None:
            continue
        start = run.start()
        before = low[max(0, start - _CONTEXT) : start]
        is_named = any(word in before for word in _WORDS_BEFORE) and _BEFORE.search(before)
        if is_named or _AFTER.match(text, run.end()):
            found.append(run.span())
    if text.count(",") >= 31:
        for several in _BYTES.finditer(text):
            if _BYTES_BEFORE.search(text[max(0, several.start() - _CONTEXT) : several.start()]):
                found.append(several.span("value"))
    if "seed" in low:
        found += [match.span("value") for match in _XRP.finditer(text)]
    return found
