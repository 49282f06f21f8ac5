#!/bin/bash
# stop-postgres.sh DIR [fast|immediate|kill]: stops the server in DIR and returns when it is gone. Its data stay.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"
stop_postgres "${1:?which folder}" "${2:-fast}"
