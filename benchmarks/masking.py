"""Cost of masking: typed events beside `json.dumps`, clean texts, and hostile texts.

Run with `python benchmarks/masking.py`. Every comparison is made in one run, in turns, and the best
of several rounds is shown, since a laptop's clock is not steady.
"""

from __future__ import annotations

import json
import secrets
import string
import time
import tracemalloc
from collections.abc import Callable

from logging_kit.masking import HARMLESS, Masker
from logging_kit.masking.masker import REGISTRY

ROUNDS = 7
EVENTS = 4000


def events(count: int) -> list[dict[str, object]]:
    """Orders whose id, price and reason differ in each call."""
    made = []
    for number in range(count):
        price = 64000 + number * 0.37
        made.append(
            {
                "order_id": f"{secrets.token_hex(4)}-{secrets.token_hex(2)}-4{secrets.token_hex(2)[1:]}-a{secrets.token_hex(2)[1:]}-{secrets.token_hex(6)}",
                "symbol": "BTC/USDT", "exchange": "binance", "side": "buy", "status": "submitted",
                "qty": 0.01, "price": price,
                "reason": f"ema 12 crossed 26 upward at {price:.2f} (rsi {number % 100})",
                "order_type": "limit", "reduce_only": False,
            }
        )  # fmt: skip
    return made


def masked_event(masker: Masker, event: dict[str, object]) -> None:
    """Mask one event as the pipeline does.

    The class of each name, the text of each string.
    """
    classify, text = masker.classify, masker.text
    for name, value in event.items():
        name_class = classify(name)
        kind = type(value)
        if kind is str:
            text(value, name_class)  # type: ignore[arg-type]
        elif name_class != HARMLESS and (kind is int or kind is float):
            masker.hides_number(value, name_class)  # type: ignore[arg-type]


def best(rounds: list[Callable[[], float]]) -> list[float]:
    """Run several measurements in turns; return the best of each."""
    results = [[one() for one in rounds] for _ in range(ROUNDS)]
    return [min(column) for column in zip(*results, strict=True)]


def timed(function: Callable[[object], object], items: list[object]) -> float:
    """Seconds of one call, on the average over the items."""
    start = time.thread_time()
    for item in items:
        function(item)
    return (time.thread_time() - start) / len(items)


def hostile() -> dict[str, str]:
    """Beginnings of strings that could make a search take long; each is repeated up to 64 KiB."""
    return {
        "trigger words": "key secret token ", "one name": "key", "assignments": "token=",
        "strong assignments": "api_key=", "unclosed quotes": "secret='",
        "escaped quotes": 'password=\\"', "backslashes": "\\",
        "deep escapes": "\\\\\\\\\\\\\\\"key", "quotes": "\"'", "colons": "key: ",
        "spaces": " ", "addresses": "://a:b", "ats": "a:b@", "equals": "=",
        "percent": "%22api_key%22%3A", "percents": "%25", "tags": "<password>",
        "open tags": "<password ", "armour": "-----BEGIN PRIVATE KEY-----", "jwt": "eyJ-",
        "jwt parts": "eyJhbGciOiJI.", "sk": "sk-", "slack": "xoxb-",
        "base64": "QUJD", "hex": "0123456789abcdef", "brackets": "api_key=[",
        "braces": "credentials={'a':", "flags": "--token ",
        "bearer": "Bearer ", "basic": "Basic aaaa", "cookies": "Cookie: a=b; ",
        "phrases": "password is ", "logins": '"op":"auth","args":["',
        "korean": "비밀번호 ", "unicode escapes": "\\u0061", "records": '"name":"secret","value":"',
        "dots": "a.b.", "dashes": "-", "mixed": "aA1",
        "long lower": "İ", "userinfo": "http://x@", "sql": "IDENTIFIED BY '",
        "commands": "mysql -u root -p", "entities": "&quot;key&#61;",
        "numbers": "password=[1,2,", "input values": "api_key\n  input_value=",
        "multipart": 'name="secret"\r\n', "telegram": "123456789:AA", "at signs": "@",
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    masker = Masker(mask_env=False)
    known = [
        "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(64))
        for _ in range(10)
    ]
    REGISTRY.add([(value, "api_key") for value in known])
    batches = [events(EVENTS) for _ in range(ROUNDS)]
    lines = [[json.dumps(event).encode() for event in batch] for batch in batches]
    turn = iter(range(10_000))
    dumps, names, line = best(
        [
            lambda: timed(json.dumps, batches[next(turn) % ROUNDS]),  # type: ignore[arg-type]
            lambda: timed(lambda event: masked_event(masker, event), batches[next(turn) % ROUNDS]),  # type: ignore[arg-type]
            lambda: timed(masker.recheck_line, lines[next(turn) % ROUNDS]),  # type: ignore[arg-type]
        ]
    )
    print(f"json.dumps of a 10-field order            {dumps * 1e6:7.2f} µs")
    print(
        f"masking it, 10 registered secrets         {names * 1e6:7.2f} µs   {names / dumps:.2f} of "
        "json.dumps"
    )
    print(
        f"the last check of its line                {line * 1e6:7.2f} µs   together "
        f"{(names + line) / dumps:.2f} of json.dumps"
    )
    clean = "strategy ema started on BTC/USDT, 1h bars"
    masker.text(clean)
    (warm,) = best([lambda: timed(masker.text, [clean] * 20_000)])  # type: ignore[arg-type, list-item]
    print(f"a clean message of {len(clean)} characters          {warm * 1e6:7.2f} µs")
    fresh = [
        f"strategy {word} started, {secrets.token_urlsafe(6)}"
        for word in [secrets.token_hex(4) for _ in range(2000)]
    ]
    (cold,) = best([lambda: timed(masker._spans, fresh)])  # type: ignore[arg-type]
    print(f"a text that was never seen                {cold * 1e6:7.2f} µs")
    trace = "".join(
        f'  File "/app/bot/strategy{n}.py", line {n}, in step\n    self.position = '
        "self.broker.open(symbol, qty)\n"
        for n in range(20)
    )
    (took,) = best([lambda: timed(masker._spans, [trace + str(n) for n in range(50)])])
    print(f"a traceback of {len(trace)} characters            {took * 1e6:7.2f} µs")
    worst = growth = 0.0
    slowest = steepest = ""
    for name, part in hostile().items():
        texts = [(part * (size // len(part) + 1))[:size] for size in (16_384, 65_536)]
        small, large = (min(_once(masker, text) for _ in range(3)) for text in texts)
        if large > worst:
            worst, slowest = large, name
        if large > 0.002 and large / small > growth:
            growth, steepest = large / small, name
    print(
        f"hostile texts of 64 KiB, {len(hostile())} kinds          worst {worst * 1e3:.1f} ms "
        f"({slowest}); growth for 4 times the length {growth:.1f} ({steepest})"
    )


def _once(masker: Masker, text: str) -> float:
    start = time.thread_time()
    masker.text(text)
    return time.thread_time() - start


if __name__ == "__main__":
    tracemalloc.stop()
    main()
