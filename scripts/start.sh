#!/usr/bin/env bash
# Everything of logging_kit running on this machine: ./scripts/start.sh --help
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/venv.sh

usage() {
  cat <<'END'
Usage: ./scripts/start.sh [--agent NAME] [--seconds N] | --stop | --status | --help

Installs logging_kit into .venv and starts a demo bot. What comes with it depends on what this machine has:
  a Docker engine             Loki, Promtail and Grafana in containers
  loki, promtail on PATH      these (and grafana, if it is there)
  neither                     the dashboards live in this terminal (in a pipe: the bot's events)

  --agent NAME  what brings the lines to Loki: promtail, ship or alloy
  --seconds N   stop by itself after N seconds
  --stop        stop what was started from another terminal
  --status      say what runs and where Grafana is

Ports, if they are taken: GRAFANA_PORT (3000), natively also LOKI_PORT (3100) and PROMTAIL_PORT (9080).
Logs are in logs/, generated files and data in .logging-kit/.
END
}

command=(up)
while [ $# -gt 0 ]; do
  case $1 in
    --seconds)
      [[ ${2-} =~ ^[0-9]+$ ]] || { echo "--seconds needs a number" >&2; exit 2; }
      command+=(--seconds "$2")
      shift ;;
    --agent)
      command+=(--agent "${2-}")
      shift ;;
    --stop) command=(down) ;;
    --status) command=(status) ;;
    -h | --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

if ! python=$(find_python python3 python3.14 python3.13 python3.12 python3.11); then
  echo "Python 3.11 or newer is needed, and python3 is $(python3 --version 2>&1 || true)." >&2
  echo "On Debian 12, Ubuntu 24.04 and newer: sudo apt-get install python3 python3-venv. Elsewhere: https://www.python.org/downloads/" >&2
  exit 1
fi
make_venv .venv "$python"
install_once .venv watch --editable '.[watch]'
exec .venv/bin/python -m logging_kit stack "${command[@]}"
