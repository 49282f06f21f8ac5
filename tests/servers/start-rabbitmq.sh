#!/bin/bash
# start-rabbitmq.sh DIR: starts a server of one's own in DIR (or the one that was stopped there, on the same port), waits until
# it answers and prints its URL (also in DIR/url; the management API is in DIR/api). End it with stop-rabbitmq.sh DIR.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/rabbitmq.sh"
start_rabbitmq "${1:?which folder}"
