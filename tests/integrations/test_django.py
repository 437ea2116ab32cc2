from __future__ import annotations

import asyncio
import logging.config
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.django import log_config, route_template

django = pytest.importorskip("django")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A site with the middleware; Django can be configured once in a process."""
    from django.conf import settings
    from django.http import Http404, HttpResponse
    from django.urls import path, re_path

    def order(_request: Any, order_id: int) -> Any:
        logging_kit.get_logger("shop").info("inside")
        return HttpResponse(str(order_id))

    def fail(_request: Any) -> Any:
        raise ValueError("the view failed")

    def missing(_request: Any) -> Any:
        raise Http404

    async def later(_request: Any, pair: str) -> Any:
        return HttpResponse(pair)

    urls: Any = types.ModuleType("kit_test_urls")
    urls.urlpatterns = [
        path("orders/<int:order_id>/", order),
        path("fail", fail),
        path("missing", missing),
        re_path(r"^pairs/(?P<pair>[A-Z]{2,}(-[A-Z]+)?)$", later),
    ]
    monkeypatch.setitem(sys.modules, "kit_test_urls", urls)
    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"],
            LOGGING_CONFIG=None,
            MIDDLEWARE=["logging_kit.integrations.django.ApiCallMiddleware"],
            ROOT_URLCONF="kit_test_urls",
            SECRET_KEY="x" * 50,
        )
        django.setup()
    from django.urls import clear_url_caches

    clear_url_caches()
    yield urls
    clear_url_caches()


def test_each_request_is_one_line(
    start: Start, events: Events, lines: Callable[..., list[dict[str, Any]]], site: Any
) -> None:
    from django.test import Client

    start(strict=True)
    client = Client(raise_request_exception=False)
    answer = client.get("/orders/81/?token=x", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["X-Request-ID"] == "abc-1"
    for path in ("/fail", "/missing", "/.env", "/pairs/BTC-USDT"):
        client.get(path)
    calls = [
        (call["path"], call["status"], call["ok"], call.get("error_type"))
        for call in events("API_CALL")
    ]
    assert calls == [
        ("/orders/{order_id}/", 200, True, None),
        ("/fail", 500, False, "ValueError"),
        ("/missing", 404, True, None),
        ("{unmatched}", 404, True, None),
        ("/pairs/{pair}", 200, True, None),
    ]
    (inside,) = [line for line in lines() if line["message"] == "inside"]
    assert inside["correlation_id"] == "abc-1"


def test_an_asynchronous_site(start: Start, events: Events, site: Any) -> None:
    from django.test import AsyncClient

    async def main() -> None:
        await AsyncClient().get("/pairs/BTC-USDT")

    start(strict=True)
    asyncio.run(main())
    (call,) = events("API_CALL")
    assert (call["path"], call["status"], call["direction"]) == ("/pairs/{pair}", 200, "in")


@pytest.mark.parametrize(
    ("route", "template"),
    [
        ("orders/<int:order_id>/", "/orders/{order_id}/"),
        ("<slug>", "/{slug}"),
        ("", "/"),
        (r"^pairs/(?P<pair>[A-Z]+(-[A-Z]+)?)$", "/pairs/{pair}"),
        (r"api/^v1/x\.json$", "/api/v1/x.json"),
    ],
)
def test_a_route_as_the_template_of_a_path(route: str, template: str) -> None:
    assert route_template(route) == template


def test_the_records_of_django_are_lines(
    log_dir: Path, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    logging.config.dictConfig(log_config(log_dir=log_dir, stdout="off", hooks=(), version="0"))
    logging.getLogger("django.request").warning("Not Found: %s", "/.env")
    logging.getLogger("django.server").info('"GET / HTTP/1.1" 200 2')
    assert [line["message"] for line in lines()] == ["Not Found: /.env"]
