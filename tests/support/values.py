"""Classes of the kinds that bots log."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Any, NamedTuple

import attrs
import pydantic


class Side(Enum):
    BUY = "buy"
    NESTED = ("a", Decimal("1.5"))


class Colour(StrEnum):
    RED = "red"


class Number(IntEnum):
    SEVEN = 7


class Flags(Flag):
    A = 1
    B = 2


@dataclasses.dataclass
class Order:
    price: Decimal
    side: Side = Side.BUY
    tags: tuple[str, ...] = ("a", "b")
    inner: Order | None = None


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    x: float


class Point(NamedTuple):
    x: int
    y: Decimal


@attrs.define
class Candle:
    close: float
    made: datetime = datetime(2026, 11, 21, tzinfo=UTC)


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    qty: Decimal
    when: datetime | None = None


class StrSubclass(str):
    __slots__ = ()


class IntSubclass(int):
    pass


class FloatSubclass(float):
    pass


class ListSubclass(list[Any]):
    pass


class OwnMapping(Mapping[Any, Any]):
    def __getitem__(self, key: Any) -> Any:
        return {"a": 1, 2: "b"}[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(("a", 2))

    def __len__(self) -> int:
        return 2
