"""The texts of the dashboards and alerts by language, as TOML.

`en.toml` has the words that belong to no panel or alert. The file of any other language has these
words too, and the texts of each dashboard, panel and alert under its id or name; their English
stands where the panel or the alert is defined.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final


@cache
def texts(language: str) -> Mapping[str, Any]:
    """Return the texts of a language, such as `ko`, as the tree that its file is."""
    return tomllib.loads((files(__name__) / f"{language}.toml").read_text("utf-8"))


WORDS: Final[Mapping[str, str]] = texts("en")["words"]
"""The English words that belong to no panel, by their names."""
