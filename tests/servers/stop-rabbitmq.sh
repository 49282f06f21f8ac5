#!/bin/bash
# stop-rabbitmq.sh DIR [term|kill]: stops the server in DIR and returns when it is gone. Its data stay.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/rabbitmq.sh"
stop_rabbitmq "${1:?which folder}" "${2:-term}"
