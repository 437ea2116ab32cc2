"""The message of an alert: one template for Grafana and for an Alertmanager, in every language.

The message stays under 2,000 characters, Discord's limit: it has three alerts at most, cuts each
part, and then counts the rest. Without an address of the runbooks it says what to do, once, because
the alerts of one message have one name. The template has no `$`, and no function that only one of
the two programs knows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from logging_kit.panels.locale import texts
from logging_kit.panels.presentation import Presentation

TEMPLATE: Final = """\
{{ define "lk.title" -}}
{{ if .Alerts.Firing }}🔴 {{ len .Alerts.Firing }}\
{{ else }}✅{{ end }} {{ printf "%.60s" .CommonLabels.alertname }}\
{{ if .CommonLabels.env }} · {{ printf "%.30s" .CommonLabels.app }}/\
{{ printf "%.20s" .CommonLabels.env }}{{ end }}\
{{ if .CommonLabels.bot_name }} · {{ printf "%.60s" .CommonLabels.bot_name }}{{ end }}
{{- end }}

{{ define "lk.alert" -}}
🔴 {{ printf "%.40s" .Labels.alertname }} ({{ printf "%.10s" .Labels.severity }})
{{ printf "%.180s" .Annotations.summary }}
@since@ {{ @time@ }}
{{- if .Annotations.dashboard_url }}{{ if lt (len .Annotations.dashboard_url) 130 }}
@panel@: {{ .Annotations.dashboard_url }}{{ end }}{{ end }}
{{- if .Annotations.runbook_url }}{{ if lt (len .Annotations.runbook_url) 130 }}
@runbook@: {{ .Annotations.runbook_url }}{{ end }}{{ end }}
{{ end }}

{{ define "lk.resolved" -}}
✅ {{ printf "%.40s" .Labels.alertname }}: {{ printf "%.60s" .Annotations.summary }}
{{ end }}

{{ define "lk.message" -}}
{{ if gt (len .Alerts.Firing) 3 -}}
{{ range slice .Alerts.Firing 0 3 }}{{ template "lk.alert" . }}\
{{ end }}@more@ {{ len .Alerts.Firing }}
{{ else }}{{ range .Alerts.Firing }}{{ template "lk.alert" . }}{{ end }}{{ end -}}
{{ if .Alerts.Firing }}{{ if not .CommonAnnotations.runbook_url }}\
{{ if .CommonAnnotations.description -}}
@todo@: {{ printf "%.400s" .CommonAnnotations.description }}
{{ end }}{{ end }}{{ end -}}
{{ if gt (len .Alerts.Resolved) 3 -}}
{{ range slice .Alerts.Resolved 0 3 }}{{ template "lk.resolved" . }}\
{{ end }}@over@ {{ len .Alerts.Resolved }}
{{ else }}{{ range .Alerts.Resolved }}{{ template "lk.resolved" . }}{{ end }}{{ end -}}
{{ end }}
"""
"""The template, with places for the words of a language and for the time."""


def message(presentation: Presentation) -> str:
    """Return the template in the reader's language and time zone."""
    text = TEMPLATE.replace("@time@", _time(presentation.time_zone))
    for place, word in texts(presentation.language)["message"].items():
        text = text.replace(f"@{place}@", word)
    return text


def _time(zone: str) -> str:
    """Return the template's expression for the start of an alert.

    Older Alertmanagers have no `tz`, so the offset of a zone without summer time is added here.
    """
    if zone in ("browser", "utc"):
        return '.StartsAt.UTC.Format "2006-01-02 15:04 UTC"'
    winter, summer = (
        datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)) for month in (1, 7)
    )
    offset = winter.utcoffset()
    if offset is None or offset != summer.utcoffset():
        return f'.StartsAt | tz "{zone}" | date "2006-01-02 15:04 MST"'
    nanoseconds = round(offset.total_seconds()) * 10**9
    return f'(.StartsAt.UTC.Add {nanoseconds}).Format "2006-01-02 15:04 {winter.tzname()}"'
