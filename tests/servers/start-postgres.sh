#!/bin/bash
# start-postgres.sh DIR: starts a server of one's own in DIR (or the one that was stopped there, on the same port), waits until
# it answers and prints its URL (also in DIR/url). End it with stop-postgres.sh DIR.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"
start_postgres "${1:?which folder}"
