"""Reports on stderr when a bot dies: Python's own layout, without secrets, each printed once."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import logging_kit
from logging_kit.runtime.stderr import ExitText, masked_exit

pytestmark = pytest.mark.slow

RunBot = Callable[..., subprocess.CompletedProcess[str]]

PROGRAMS = {
    "plain": "def buy(key):\n    raise ValueError(f'refused: {key} ') \nbuy(K)",
    "cause": "try:\n    raise KeyError(K)\nexcept KeyError as error:\n    raise ValueError('x') from error",
    "context": "try:\n    int(K)\nexcept ValueError:\n    {}[K]",
    "note": "error = ValueError('x')\nerror.add_note('sent ' + K)\nraise error",
    "group": "raise ExceptionGroup('all ' + K, [ValueError(K), ExceptionGroup('in', [KeyError(K)])])",
    "carets": "a = {'x': None}\nprint(a['x'][K] + len(K) + 1)",
    "recursion": "def f(n):\n    return f(n + 1)\nimport sys; sys.setrecursionlimit(100)\nf(0)",
    "syntax": "compile('x = (1,\\n' + K, 'made', 'exec')",
    "no text": "class E(Exception):\n    def __str__(self): raise TypeError\nraise E(K)",
    "interrupt": "raise KeyboardInterrupt(K)",
    "thread": "import threading\ndef work(): raise ValueError(K)\nt = threading.Thread(target=work)\nt.start(); t.join()",
    "thread name": "import threading\ndef work(): 1 / 0\nt = threading.Thread(target=work, name='t-' + K)\nt.start(); t.join()",
    "exit in a thread": "import threading, sys\nt = threading.Thread(target=lambda: sys.exit(K))\nt.start(); t.join()",
    "finalizer": "class A:\n    def __del__(self): raise ValueError(K)\n    def __repr__(self): return K\na = A()\ndel a",
    "callback": "import weakref\nclass A: pass\na = A()\nr = weakref.ref(a, lambda _: 1 / 0)\ndel a",
    "exit with a text": "import sys\nsys.exit('wrong key ' + K)",
    "exit with an exception": "import sys\nsys.exit(ValueError(K))",
    "exit with a number": "import sys\nsys.exit(3)",
    "exit with nothing": "import sys\nsys.exit()",
}
SETUP = "log = logging_kit.setup(stdout='off', hooks=['excepthook', 'threading', 'unraisable'])\n"


def program(name: str, setup: str, key: str) -> str:
    body = PROGRAMS[name]
    head = f"import logging_kit, os\nK = os.environ['BOT_KEY_OF_TEST']\n{setup}"
    return f"{head}exec(compile({body!r}, 'bot.py', 'exec'))\n"


def without_addresses(text: str) -> str:
    """Memory addresses differ from process to process, and the frames of `exec` stand at the top."""
    text = re.sub(r'  File "<string>", line \d+, in <module>\n', "", text)
    return re.sub(r"0x[0-9a-f]+", "0x", text)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_layout_is_pythons_own(name: str, run_bot: RunBot) -> None:
    value = "BTC"
    ours = run_bot(program(name, SETUP, value), BOT_KEY_OF_TEST=value)
    pythons = run_bot(program(name, "", value), BOT_KEY_OF_TEST=value)
    assert without_addresses(ours.stderr) == without_addresses(pythons.stderr)
    assert ours.returncode == pythons.returncode


REGISTER = SETUP + "logging_kit.register_secret(K)\n"
BLOCK = (
    "from contextlib import ExitStack\nstack = ExitStack()\n"
    + REGISTER
    + "stack.enter_context(log)\n"
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_registered_value_is_masked_and_printed_once(name: str, run_bot: RunBot) -> None:
    value = secrets.token_hex(16)
    ours = run_bot(program(name, REGISTER, value), BOT_KEY_OF_TEST=value)
    pythons = run_bot(program(name, "", value), BOT_KEY_OF_TEST=value)
    assert value not in ours.stderr + ours.stdout
    expected = pythons.stderr.replace(value, "***")
    assert without_addresses(ours.stderr) == without_addresses(expected)
    assert ours.returncode == pythons.returncode


@pytest.mark.parametrize(
    "how", ["with log:\n    {}", "try:\n    {}\nfinally:\n    logging_kit.shutdown()"]
)
@pytest.mark.parametrize(
    "last", ["raise ValueError(K)", "import sys; sys.exit(K)", "raise KeyboardInterrupt(K)"]
)
def test_the_end_of_the_block_does_not_uncover_it(last: str, how: str, run_bot: RunBot) -> None:
    value = secrets.token_hex(16)
    source = (
        f"import logging_kit, os\nK = os.environ['BOT_KEY_OF_TEST']\n{REGISTER}{how.format(last)}"
    )
    done = run_bot(source, BOT_KEY_OF_TEST=value)
    assert value not in done.stderr
    assert done.stderr.count("***") == 1
    assert done.returncode != 0


def test_an_exit_by_hand_in_the_block_is_masked(run_bot: RunBot) -> None:
    value = secrets.token_hex(16)
    source = (
        f"import logging_kit, os\nK = os.environ['BOT_KEY_OF_TEST']\n{REGISTER}"
        "with log:\n    raise SystemExit('bad ' + K)"
    )
    done = run_bot(source, BOT_KEY_OF_TEST=value)
    assert (done.stderr, done.returncode) == ("bad ***\n", 1)


def test_a_hook_of_another_library_gets_the_exception_object(run_bot: RunBot) -> None:
    source = f"""
import sys, threading, logging_kit
seen = []
sys.excepthook = lambda kind, error, tb: (seen.append(error), print(repr(error), seen[0] is made))
threading.excepthook = lambda args: print(repr(args.exc_value))
sys.unraisablehook = lambda args: print(repr(args.exc_value))
{SETUP}
class A:
    def __del__(self): raise KeyError("d")
def work(): raise KeyError("t")
t = threading.Thread(target=work); t.start(); t.join()
A()
made = ValueError("m")
raise made
"""
    done = run_bot(source)
    assert done.stdout == "KeyError('t')\nKeyError('d')\nValueError('m') True\n"
    assert done.stderr == ""


def test_a_hook_that_chains_to_ours_sees_one_report(run_bot: RunBot) -> None:
    source = f"""
import sys, logging_kit
{SETUP}
ours = sys.excepthook
sys.excepthook = lambda *args: ours(*args)
logging_kit.shutdown()
{SETUP}
raise ValueError("once")
"""
    done = run_bot(source)
    assert done.stderr.count("ValueError: once") == 1


def test_a_closed_stderr_does_no_harm(run_bot: RunBot) -> None:
    for close in ("sys.stderr.close()", "sys.stderr = None"):
        done = run_bot(f"import sys, logging_kit\n{SETUP}{close}\nraise ValueError('x')")
        assert done.returncode == 1


def test_a_report_that_cannot_be_masked_is_hidden(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from logging_kit.runtime import stderr

    def fails() -> Any:
        raise RuntimeError

    monkeypatch.setattr(stderr, "process_masker", fails)
    value = secrets.token_hex(8)
    stderr.print_uncaught(ValueError, ValueError(value), None)
    stderr.print_unraisable(
        SimpleNamespace(
            exc_type=ValueError,
            exc_value=ValueError(value),
            exc_traceback=None,
            err_msg=None,
            object=value,
        )
    )
    stderr.print_uncaught_in_thread(
        threading.ExceptHookArgs((ValueError, ValueError(value), None, None))
    )
    printed = capsys.readouterr().err
    assert value not in printed
    assert printed.count("could not be masked") == 3


class TestExit:
    """`sys.exit` of a text."""

    def test_a_program_that_catches_it_finds_its_own_text(self, start: Callable[..., Any]) -> None:
        value = secrets.token_hex(16)
        start(hooks=["excepthook"])
        logging_kit.register_secret(value)
        with pytest.raises(SystemExit) as caught:
            sys.exit("bad " + value)
        assert caught.value.code == "bad " + value
        assert str(caught.value.code) == "bad ***"

    @pytest.mark.parametrize("code", [None, 0, 3, True, "harmless", ("a", 1)])
    def test_another_code_is_the_same_object(self, code: Any) -> None:
        assert masked_exit(code) is code

    def test_a_text_is_wrapped_once(self) -> None:
        value = secrets.token_hex(16)
        logging_kit.register_secret(value)
        wrapped = masked_exit(value)
        assert type(wrapped) is ExitText
        assert masked_exit(wrapped) is wrapped

    def test_the_function_is_put_back(self, start: Callable[..., Any]) -> None:
        before = sys.exit
        start(hooks=["excepthook"])
        assert sys.exit is not before
        logging_kit.shutdown()
        assert sys.exit is before
