"""Addresses whose last segment is the key: RPC nodes, webhooks, push services.

Beside each host stands the address of the provider's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from .value_shapes import has_digit, has_letter

_HOSTS: Final = (
    # RPC nodes
    ("infura.io", "https://docs.metamask.io/services/"),
    ("alchemy.com", "https://www.alchemy.com/docs"),
    ("alchemyapi.io", "https://www.alchemy.com/docs"),
    ("quiknode.pro", "https://www.quicknode.com/docs"),
    ("ankr.com", "https://www.ankr.com/docs/rpc-service/"),
    ("blastapi.io", "https://docs.blastapi.io/"),
    ("p2pify.com", "https://docs.chainstack.com/"),
    ("chainstack.com", "https://docs.chainstack.com/"),
    ("getblock.io", "https://docs.getblock.io/"),
    ("nodereal.io", "https://docs.nodereal.io/"),
    ("drpc.org", "https://drpc.org/docs"),
    ("helius-rpc.com", "https://www.helius.dev/docs"),
    ("rpcpool.com", "https://docs.triton.one/"),
    ("syndica.io", "https://docs.syndica.io/"),
    ("moralis-nodes.com", "https://docs.moralis.com/"),
    ("tenderly.co", "https://docs.tenderly.co/node"),
    ("onfinality.io", "https://documentation.onfinality.io/"),
    ("lava.build", "https://docs.lavanet.xyz/"),
    ("allnodes.me", "https://docs.allnodes.com/"),
    ("dwellir.com", "https://www.dwellir.com/docs"),
    ("grove.city", "https://docs.grove.city/"),
    ("validationcloud.io", "https://docs.validationcloud.io/"),
    ("blockpi.network", "https://docs.blockpi.io/"),
    ("thirdweb.com", "https://portal.thirdweb.com/"),
    ("unifra.io", "https://docs.unifra.io/"),
    ("omniatech.io", "https://docs.omniatech.io/"),
    ("shyft.to", "https://docs.shyft.to/"),
    # webhooks and push services
    ("ntfy.sh", "https://docs.ntfy.sh/"),
    ("day.app", "https://bark.day.app/"),
    ("hc-ping.com", "https://healthchecks.io/docs/"),
    ("ftqq.com", "https://sct.ftqq.com/"),
    ("make.com", "https://help.make.com/webhooks"),
    ("integromat.com", "https://help.make.com/webhooks"),
    ("pipedream.net", "https://pipedream.com/docs"),
    (
        "webhook.office.com",
        "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/",
    ),
    (
        "outlook.office.com/webhook",
        "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/",
    ),
    ("uptime.betterstack.com", "https://betterstack.com/docs/uptime/"),
    ("betteruptime.com", "https://betterstack.com/docs/uptime/"),
    ("push.statuspage.io", "https://support.atlassian.com/statuspage/"),
    ("opsgenie.com/v1/json", "https://support.atlassian.com/opsgenie/"),
    ("events.pagerduty.com/integration", "https://developer.pagerduty.com/docs"),
    ("api.pushdeer.com", "https://www.pushdeer.com/"),
    ("qyapi.weixin.qq.com", "https://developer.work.weixin.qq.com/document/"),
    ("tradingview.com/webhook", "https://www.tradingview.com/support/"),
    ("3commas.io/signal", "https://help.3commas.io/"),
    ("rocket.chat/hooks", "https://docs.rocket.chat/"),
    ("zulipchat.com/api/v1/external", "https://zulip.com/api/"),
    ("mattermost.com/hooks", "https://developers.mattermost.com/integrate/webhooks/"),
)
"""Part of the host, and the page that documents the form."""

_ANY: Final = re.compile("|".join(re.escape(host) for host, _ in _HOSTS))
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
    past = 0
    for host in _ANY.finditer(low):
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
