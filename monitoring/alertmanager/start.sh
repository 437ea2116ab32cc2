#!/bin/sh
# Start the Alertmanager with a copy of its configuration, into which the secrets are put.
#
# Each secret is the content of a file, so that none stands in the configuration, in the environment or in the list of
# processes: discord-url, slack-url, telegram-token, telegram-chat, email-to, email-smarthost and webhook-url. A file
# that is missing or empty leaves its placeholder, which receives nothing.
set -eu
config=${ALERTMANAGER_CONFIG:-/etc/alertmanager/alertmanager.yml}
secrets=${ALERTMANAGER_SECRETS:-/run/alert-secrets}
copy=${ALERTMANAGER_COPY:-/tmp/alertmanager}

umask 077
mkdir -p "$copy"
cp "$(dirname "$config")/alertmanager.tmpl" "$copy/"
awk -v secrets="$secrets" '
  function secret(name,   text, path) {
    path = secrets "/" name
    text = ""
    if ((getline text < path) <= 0) text = ""
    close(path)
    sub(/\r$/, "", text)
    return text
  }
  function put(placeholder, name,   text, place) {
    text = secret(name)
    place = index($0, placeholder)
    if (text != "" && place) # no regular expression: an address may hold any character
      $0 = substr($0, 1, place - 1) quoted(text) substr($0, place + length(placeholder))
  }
  function quoted(text) {
    gsub(/\047/, "\047\047", text)
    return "\047" text "\047"
  }
  {
    put("http://127.0.0.1:9/alert-discord-url", "discord-url")
    put("http://127.0.0.1:9/alert-slack-url", "slack-url")
    put("http://127.0.0.1:9/alert-webhook-url", "webhook-url")
    put("alert-telegram-token", "telegram-token")
    put("alert-email-to@localhost", "email-to")
    put("localhost:25", "email-smarthost")
    chat = secret("telegram-chat")
    if (chat ~ /^-?[0-9]+$/ && $1 == "chat_id:") sub(/chat_id: .*/, "chat_id: " chat)
    print
  }
' "$config" > "$copy/alertmanager.yml"

exec "${ALERTMANAGER:-/bin/alertmanager}" "--config.file=$copy/alertmanager.yml" "$@"
