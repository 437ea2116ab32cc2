"""Known findings of a scan, so that a later scan reports only new ones.

A baseline holds no value: each finding is a keyed hash of file, field, rule and value, with a key
that is random for each baseline.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .scan import Finding


def fingerprint(finding: Finding, root: Path, salt: str) -> str:
    """Return the keyed hash of a finding; moved lines keep it."""
    file = Path(finding.file)
    if file.is_relative_to(root):
        file = file.relative_to(root)
    parts = "\0".join((file.as_posix(), finding.field, finding.rule, finding.secret))
    key = bytes.fromhex(salt)
    return hashlib.blake2b(parts.encode("utf-8", "replace"), digest_size=12, key=key).hexdigest()


class Baseline:
    """Fingerprints of known findings.

    Args:
        path: The file that holds them; it may not exist yet.

    Raises:
        ValueError: The file is no baseline.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.salt = secrets.token_hex(16)
        self.known: set[str] = set()
        if path.exists():
            held = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(held, dict) or held.get("version") != 1:
                raise ValueError(f"{path} is not a baseline of logging-kit mask scan")
            self.salt = held["salt"]
            self.known = set(held["findings"])

    def write(self, fingerprints: Iterable[str]) -> None:
        """Write the fingerprints of all present findings."""
        held = {"version": 1, "salt": self.salt, "findings": sorted(set(fingerprints))}
        self.path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def sarif(findings: Iterable[Finding], root: Path, version: str) -> dict[str, Any]:
    """Return findings as a SARIF 2.1.0 log, as GitHub's code scanning reads it.

    Args:
        findings: The findings.
        root: Folder that file names are relative to.
        version: Version of this package.
    """
    results: list[dict[str, Any]] = []
    rules: dict[str, None] = {}
    for finding in findings:
        file = Path(finding.file)
        if file.is_relative_to(root):
            file = file.relative_to(root)
        rules[finding.layer] = None
        where = finding.rule
        if finding.field:
            where = f"{finding.rule}, field {finding.field}"
        region = {"startLine": finding.line}
        if not finding.field:
            region |= {"startColumn": finding.start + 1, "endColumn": finding.end + 1}
        location = {
            "physicalLocation": {"artifactLocation": {"uri": file.as_posix()}, "region": region}
        }
        results.append(
            {
                "ruleId": f"secret/{finding.layer}",
                "level": "error",
                "message": {"text": f"Secret in a log: {where}"},
                "locations": [location],
            }
        )
    driver = {
        "name": "logging-kit mask scan",
        "version": version,
        "informationUri": "https://pypi.org/project/logging-kit/",
        "rules": [
            {"id": f"secret/{layer}", "shortDescription": {"text": f"Secret found by {layer}"}}
            for layer in rules
        ],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
