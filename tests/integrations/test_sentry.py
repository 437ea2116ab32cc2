from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.sentry import attach, before_send, detach, trace_ids
from tests.support.masking.maker import Maker

sentry_sdk = pytest.importorskip("sentry_sdk")
transport = pytest.importorskip("sentry_sdk.transport")


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """Events that would go to Sentry."""
    events: list[dict[str, Any]] = []

    class Kept(transport.Transport):  # type: ignore[misc,name-defined]
        def capture_envelope(self, envelope: Any) -> None:
            events.extend(
                item.payload.json for item in envelope.items if item.headers.get("type") == "event"
            )

    call_handlers = logging.Logger.callHandlers
    with sentry_sdk.isolation_scope(), sentry_sdk.new_scope():
        client = sentry_sdk.Client(
            "http://public@127.0.0.1:9/1", transport=Kept, before_send=before_send,
            default_integrations=False, auto_enabling_integrations=False,
            traces_sample_rate=1.0,
        )  # fmt: skip
        sentry_sdk.get_current_scope().set_client(client)
        yield events
        client.close()
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
    detach()


def test_errors_go_to_sentry_masked(
    start: Callable[..., logging_kit.BotLogger], sent: list[dict[str, Any]]
) -> None:
    log, secret = start(strict=True, hooks=("stdlib",)), Maker(8).b62(40)
    attach()
    attach()
    log.info("not for Sentry")
    log.error("api_key=%s", secret)
    try:
        raise ValueError(f"apiKey={secret}")
    except ValueError:
        log.exception("failed")
    logging.getLogger("shop").error("Sentry's own integration has this")
    messages = [event["logentry"]["message"] for event in sent]
    assert messages == ["api_key=***", "failed"]
    assert secret not in str(sent)
    detach()
    log.error("not any more")
    assert len(sent) == 2


def test_an_event_of_sentry_is_masked(
    start: Callable[..., logging_kit.BotLogger], sent: list[dict[str, Any]]
) -> None:
    secret = Maker(8).b62(40)
    start()
    sentry_sdk.capture_message(f"signed with api_key={secret}")
    assert len(sent) == 1
    assert secret not in str(sent)


def test_lines_have_the_id_of_the_trace(
    start: Callable[..., logging_kit.BotLogger], lines: Callable[..., list[dict[str, Any]]],
    sent: list[dict[str, Any]],
) -> None:  # fmt: skip
    log = start(strict=True, processors_after=[trace_ids])
    with sentry_sdk.start_transaction(name="round") as transaction:
        log.info("inside")
    (line,) = lines()
    assert line["trace_id"] == transaction.trace_id
    assert line["span_id"] == transaction.span_id
