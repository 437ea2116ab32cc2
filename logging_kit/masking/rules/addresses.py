"""Addresses whose last segment is the key: RPC nodes, webhooks, push services."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from .value_shapes import has_digit, has_letter

_HOSTS: Final = (
    # RPC nodes
    "infura.io",
    "alchemy.com",
    "alchemyapi.io",
    "quiknode.pro",
    "ankr.com",
    "blastapi.io",
    "p2pify.com",
    "chainstack.com",
    "getblock.io",
    "nodereal.io",
    "drpc.org",
    "helius-rpc.com",
    "rpcpool.com",
    "syndica.io",
    "moralis-nodes.com",
    "tenderly.co",
    "onfinality.io",
    "lava.build",
    "allnodes.me",
    "dwellir.com",
    "grove.city",
    "validationcloud.io",
    "blockpi.network",
    "thirdweb.com",
    "unifra.io",
    "omniatech.io",
    "shyft.to",
    # webhooks and push services
    "ntfy.sh",  # "Publishing", docs.ntfy.sh: the topic is a password
    "day.app",
    "hc-ping.com",  # "Slug URLs", healthchecks.io/docs: each UUID is a secret
    "ftqq.com",
    "make.com",
    "integromat.com",
    "pipedream.net",
    "webhook.office.com",
    "outlook.office.com/webhook",
    "uptime.betterstack.com",
    "betteruptime.com",
    "push.statuspage.io",
    "opsgenie.com/v1/json",
    "events.pagerduty.com/integration",
    "api.pushdeer.com",
    "qyapi.weixin.qq.com",
    "tradingview.com/webhook",
    "3commas.io/signal",
    "rocket.chat/hooks",
    "zulipchat.com/api/v1/external",
    "mattermost.com/hooks",
)
"""Parts of hosts, some with the beginning of the path."""
_PATH: Final = re.compile(r"[^\s\"'<>`]{0,512}")
_SEGMENT: Final = re.compile(
    r"(?<=/)(?P<value>[A-Za-z0-9_@+-]{16,512})(?=[/?.\\#&]|$)"
    r"|(?<=[?&])(?:dkey|key|apikey|api_key|api-key|auth|token)=(?P<other>[A-Za-z0-9_-]{16,512})"
)


def find_addresses(text: str, low: str) -> Iterable[tuple[int, int]]:
    """Return start and end of the key in each address of a provider.

    Args:
        text: A decoded string.
        low: The same in lower case.
    """
    hosts = [host for host in _HOSTS if host in low]
    if not hosts:
        return
    past = 0
    for host in re.finditer("|".join(map(re.escape, hosts)), low):
        if host.start() < past:
            continue
        path = _PATH.match(text, host.end())
        if path is None:
            continue
        past = path.end()
        for segment in _SEGMENT.finditer(text, host.end(), past):
            group = "other"
            if segment["value"] is not None:
                group = "value"
            value = segment[group]
            if has_letter(value) and (has_digit(value) or len(value) >= 24):
                yield segment.span(group)
