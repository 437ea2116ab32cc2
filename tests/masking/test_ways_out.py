"""A registered value appears in no output of the package."""

from __future__ import annotations

import gzip
import io
import json
import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.masking.maker import Maker
from tests.support.masking.registry import emptied_registry

pytestmark = pytest.mark.slow
V = Maker(71).b62(40)
PROGRAM = """
    import logging, os, sys
    import logging_kit
    value = sys.stdin.read().strip()
    logging_kit.register_secret(value, "exchange key")
    with logging_kit.setup(log_dir="logs", stdout=sys.argv[1]) as log:
        log.info(f"plain {value}", note=value, nested={"a": [value, {value: 1}]}, raw=value.encode(), part=value[:10] + "...")
        log.signal(symbol="BTC/USDT", side="long", reason=f"because {value}")
        logging.getLogger("other").warning("std %s", value, extra={"field": value})
        try:
            raise RuntimeError(f"bad key {value}")
        except RuntimeError as error:
            error.add_note(f"note {value}")
            log.exception("failed")
        print(logging_kit.stats(), file=sys.stderr)
"""


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    with emptied_registry():
        yield


def _holds(data: bytes) -> bool:
    forms = (V.encode(), V[:8].encode(), V.encode().hex().encode())
    return any(form in data for form in forms)


@pytest.mark.parametrize("stdout", ["json", "console", "off"])
def test_files_and_streams_hold_no_registered_value(tmp_path: Path, stdout: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), stdout],
        input=V.encode(),
        capture_output=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert not _holds(ended.stdout)
    assert not _holds(ended.stderr)
    files = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]
    assert any(b"plain ***" in path.read_bytes() for path in files)
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        assert not _holds(data), path


def test_the_formatter_hides_registered_values() -> None:
    import logging_kit

    logging_kit.register_secret(V, "exchange key")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging_kit.JsonFormatter())
    logger = logging.Logger("formatted")
    logger.addHandler(handler)
    logger.warning("std %s", V, extra={"field": V, "list": [V]})
    try:
        raise ValueError(V)
    except ValueError:
        logger.exception("failed %s", V)
    shown = stream.getvalue()
    assert not _holds(shown.encode())
    assert json.loads(shown.splitlines()[0])["message"] == "std ***"
