"""Peers, in the order of their turns."""

from __future__ import annotations

from typing import Final

from .base import Peer
from .by_hand import ByHand
from .loguru_peers import Loguru, LoguruEnqueue, LoguruSerialize
from .ours import Ours, OursNewId, OursUnmasked
from .rust_and_otel_peers import Logfire, Nautilus
from .stdlib_peers import Floor, Picologging, StdlibJson
from .structlog_peers import Common, CommonMasked, StructlogFast, StructlogFastMasked

PEERS: Final[dict[str, type[Peer]]] = {
    peer.name: peer
    for peer in (
        Ours, OursNewId, OursUnmasked, ByHand, Floor, Nautilus, StructlogFast, StructlogFastMasked,
        Picologging, StdlibJson,
        Common, CommonMasked, Loguru, LoguruSerialize, LoguruEnqueue, Logfire,
    )
}  # fmt: skip

__all__ = ["PEERS", "Peer"]
