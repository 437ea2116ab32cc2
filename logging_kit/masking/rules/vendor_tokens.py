"""Shapes of vendors' tokens, collected from scanners' public rule files, as data.

Each row is a fact about a format: a fixed beginning, the alphabet and the length of the rest. The
marks are those of `token_list`.
"""

from __future__ import annotations

from typing import Final

SOURCES: Final = {
    "gitleaks": (
        "https://github.com/gitleaks/gitleaks/blob/b58d3f102cf3a2c84cb7f923d05c25c9b1aed84b/config/gitleaks.toml",
        "2026-07-22",
    ),
}
"""Address and date of each source."""

VENDOR_TOKENS: Final = (
    ("1password secret key", "A3-", "[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}", "", "gitleaks"),
    ("adobe client secret", "p8e-", "[a-zA-Z0-9]{32}", "", "gitleaks"),
    ("alibaba access key", "LTAI", "@B{20}", "digit", "gitleaks"),
    ("artifactory api key", "AKCp", "@B{69}", "", "gitleaks"),
    ("artifactory reference token", "cmVmd", "@B{59}", "", "gitleaks"),
    ("authress", "(?:sc|ext|scauth|authress)_", r"[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}", "", "gitleaks"),
    ("aws access key", "A3T", "[A-Z0-9][A-Z2-7]{16}", "", "gitleaks"),
    ("aws bedrock", "ABSK", "[A-Za-z0-9+/]{100,269}={0,2}", "", "gitleaks"),
    ("aws bedrock", "bedrock-api-key-", "[A-Za-z0-9+/=]{40,4096}", "", "gitleaks"),
    ("clickhouse cloud", "4b1d", "@B{38}", "mixed", "gitleaks"),
    ("clojars", "(?:CLOJARS|clojars)_", "[a-zA-Z0-9]{60}", "", "gitleaks"),
    ("cloudflare origin ca", r"v1\.0-", "@H{24}-@H{146}", "", "gitleaks"),
    ("defined networking", "dnkey-", "[A-Za-z0-9=_-]{26}-[A-Za-z0-9=_-]{52}", "", "gitleaks"),
    ("duffel", "duffel_(?:test|live)_", "[A-Za-z0-9_=-]{43}", "", "gitleaks"),
    ("dynatrace", r"dt0[a-z]\d\d\.", r"@B{24}\.@B{64}", "", "gitleaks"),
    ("easypost", "EZ[AT]K", "@B{54}", "", "gitleaks"),
    ("facebook page", "EAA[MC]", "@B{100,512}", "", "gitleaks"),
    ("flutterwave", "FLW(?:SECK|PUBK)(?:_TEST)?-", "[a-zA-Z0-9]{12,32}(?:-X)?", "", "gitleaks"),
    ("frame.io", "fio-u-", "[A-Za-z0-9_=-]{64}", "", "gitleaks"),
    ("gitlab runner registration", "GR1348941", "@W{20}", "", "gitleaks"),
    ("gitlab job token", "glcbt-", "@B{1,5}_@W{20}", "", "gitleaks"),
    ("harness", r"(?:pat|sat)\.", r"@W{22}\.@B{24}\.@B{20}", "", "gitleaks"),
    ("hashicorp cloud", r"hcp\.", "@W{40,512}", "digit", "gitleaks"),
    ("infracost", "ico-", "@B{32}", "", "gitleaks"),
    ("intra42", "s-s4t2(?:ud|af)-", "@H{64}", "", "gitleaks"),
    ("linear", "lin_(?:api|oauth)_", "@B{40}", "", "gitleaks"),
    ("lob", "(?:live|test)_pub_", "@H{31}", "", "gitleaks"),
    ("lob", "live_", "@H{35}", "", "gitleaks"),
    ("lob", "test_", "@H{35}", "", "gitleaks"),
    ("mapbox", r"[ps]k\.", r"[A-Za-z0-9]{60,90}\.[A-Za-z0-9_-]{22}", "", "gitleaks"),
    ("new relic", "NR(?:JS|II)-", "[A-Za-z0-9-]{19,32}", "", "gitleaks"),
    ("octopus deploy", "API-", "[A-Z0-9]{26}", "digit", "gitleaks"),
    ("openshift", "sha256~", "@W{43}", "", "gitleaks"),
    ("plaid", "access-(?:sandbox|development|production)-", "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", "", "gitleaks"),
    ("readme", "rdme_", "[a-z0-9]{70}", "", "gitleaks"),
    ("scalingo", "tk-us-", "@W{48}", "", "gitleaks"),
    ("brevo", "xkeysib-", "@H{64}-@B{16}", "", "gitleaks"),
    ("settlemint", "sm_[aps]at_", "@B{16}", "digit", "gitleaks"),
    ("shippo", "shippo_(?:live|test)_", "[a-fA-F0-9]{40}", "", "gitleaks"),
    ("slack", r"xoxe-\d-", "[A-Z0-9]{140,170}", "", "gitleaks"),
    ("sonar", "sq[upa]_", "@B{40}", "", "gitleaks"),
    ("sourcegraph", "sgp_", "(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}", "", "gitleaks"),
    ("square", "EAAA", "@W{56,60}", "digit", "gitleaks"),
    ("twitter bearer", "AAAAAAAAAAAAAAAAAAAA", "[A-Za-z0-9%]{80,100}", "digit", "gitleaks"),
    ("typeform", "tfp_", r"[A-Za-z0-9_.=-]{59}", "", "gitleaks"),
    ("vault", r"hvb\.", "@W{138,300}", "", "gitleaks"),
    ("yandex", "AQVN", "@W{35,38}", "", "gitleaks"),
    ("yandex", "YC", "@W{38}", "mixed", "gitleaks"),
    ("yandex", r"t1\.", r"@W{8,512}={0,2}\.@W{86}={0,2}", "", "gitleaks"),
)  # fmt: skip
"""Name, beginning, what follows, what must be in that besides, and the source."""
