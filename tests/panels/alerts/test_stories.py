"""Stories for the alerts: each ends with the pages that are written beside it.

All stories are lines of one folder, each with an app of its own, and one engine answers for every
minute of all of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.query.scope import Scope
from tests.support.panels.alert_cases import all_stories, watching
from tests.support.panels.alert_cases.base import END, M, Story
from tests.support.panels.alert_cases.watching import Page

pytestmark = pytest.mark.slow

STORIES = all_stories.STORIES
SEVERITY = {alert.name: alert.severity_in for alert in alerts()}
OF_THE_WHOLE = {"LogsMissing", "BotHeartbeatMissing"}
"""They depend on whether anything at all arrives."""
NEVER = {"Watchdog", "LokiDown"}
"""They are about the server, not about lines."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    directory: Path = tmp_path_factory.mktemp("stories")
    watching.write(directory, STORIES)
    with DuckDBEngine(directory, keep=None, compress=False) as engine:
        engine.load()
        yield engine


@pytest.fixture(scope="module")
def together(engine: DuckDBEngine) -> dict[str, list[Page]]:
    """The pages of the stories that do not mind each other, by story."""
    found = watching.pages(engine, Scope(None), STORIES)
    by_story: dict[str, list[Page]] = defaultdict(list)
    for page in found:
        by_story[watching.story_of(page.labels)].append(page)
    return by_story


def pages_of(story: Story, engine: DuckDBEngine, together: dict[str, list[Page]]) -> list[Page]:
    found = together[watching.key(STORIES, story)]
    if not story.alone:
        return found
    scope = Scope(None, env=watching.env_of(STORIES, story))
    by_scope = watching.pages(engine, scope, [story], STORIES, OF_THE_WHOLE)
    return [*(page for page in found if page.alert not in OF_THE_WHOLE), *by_scope]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name.replace(" ", "-"))
def test_a_story_ends_as_it_must(
    story: Story, engine: DuckDBEngine, together: dict[str, list[Page]]
) -> None:
    found = [page for page in pages_of(story, engine, together) if page.alert not in NEVER]
    assert watching.told(found) == sorted(story.told)
    for page in found:
        env = watching.plain_env(page.labels["env"])
        facts = page.labels | {"severity": SEVERITY[page.alert](env), "env": env}
        facts["app"] = watching.plain_app(page.labels["app"])
        assert story.where.items() <= facts.items()
        assert facts["severity"] != "critical" or env == "live"


def test_there_are_stories_enough_and_each_alert_has_one_of_both_kinds() -> None:
    assert len(STORIES) >= 110
    assert len({story.name for story in STORIES}) == len(STORIES)
    told = {name.partition("*")[0].partition("/")[0] for story in STORIES for name in story.told}
    assert told == {alert.name for alert in alerts()} - NEVER
    assert any(not story.told for story in STORIES)


def test_the_moment_of_the_stories_is_a_whole_minute() -> None:
    assert END % M == 0
