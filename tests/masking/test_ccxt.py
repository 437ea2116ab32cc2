from __future__ import annotations

import random
from collections.abc import Iterator

import ccxt
import pytest

from logging_kit.masking import Masker, register_from
from logging_kit.masking.masker import REGISTRY
from logging_kit.masking.walk import masked
from tests.support.masking.leaks import leaks, undone
from tests.support.masking.signed_requests import HIDDEN, client_of, signed_requests

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def empty_registry() -> Iterator[None]:
    before = REGISTRY.values()
    yield
    for value in REGISTRY.values():
        REGISTRY.discard(value)
    REGISTRY.add(before.items())


def test_no_signed_request_shows_the_credentials() -> None:
    masker, make = Masker(mask_env=False), random.Random(5)
    exchanges, shown, unregistered, registered = set(), 0, [], []
    for exchange in ccxt.exchanges:
        client = client_of(exchange, make)
        known = [getattr(client, name) for name in HIDDEN if getattr(client, name, None)]
        requests = signed_requests(client, 3)
        for leaked, register in ((unregistered, False), (registered, True)):
            if register:
                register_from(client)
            for request in requests:
                exchanges.add(exchange)
                for way, value in request.shown():
                    if value is not None:
                        shown += 1
                        out = str(masked(value, masker))
                        leaked += [
                            (exchange, way)
                            for secret in known
                            for view in undone(out)
                            if leaks(secret, view)
                        ]
        for value in REGISTRY.values():
            REGISTRY.discard(value)
    assert len(exchanges) >= 30
    assert not registered
    # Without registration the names and contexts alone hide nearly all; a key that is sent as "publicKey" is a known limit.
    assert len(set(unregistered)) < 0.02 * shown / 2
