"""All sinks together: which segments are acknowledged."""

from __future__ import annotations

from logging_kit.store.sinks.group import Sinks
from tests.support.sinks import FakeSink


class Shipper(FakeSink):
    """A sink that ships segments."""

    def __init__(self, done: dict[str, int] | None) -> None:
        super().__init__("shipper")
        self.done = done

    def acknowledged_up_to(self, segment: str) -> int:
        if self.done is None:
            raise ConnectionError
        return self.done.get(segment, 0)


def acknowledged(*sinks: FakeSink) -> bool:
    group = Sinks([(sink, None) for sink in sinks])
    answer = group.acknowledged("trade-1.log", 100)
    group.close()
    return answer


def test_sinks_that_ship_no_segments_do_not_hold_any():
    assert acknowledged()
    assert acknowledged(FakeSink())


def test_a_shipper_holds_what_it_has_not_shipped():
    assert acknowledged(FakeSink(), Shipper({"trade-1.log": 100}))
    assert not acknowledged(FakeSink(), Shipper({"trade-1.log": 99}))
    assert not acknowledged(Shipper({}))


def test_a_shipper_that_fails_has_acknowledged_nothing(capfd):
    assert not acknowledged(Shipper(None))
    assert "'shipper' failed: ConnectionError" in capfd.readouterr().err


def test_none_is_false():
    assert not Sinks()
    assert Sinks([(FakeSink(), None)])
