#!/bin/bash
# watch.sh DIR: lives beside with-servers.sh, in a session of its own. When its standard input ends, the run is over,
# even if it was killed: ends the command, every server that was started during the run, and removes DIR.
set -u
trap '' INT TERM HUP
dir=$1
. "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"
. "$(dirname "${BASH_SOURCE[0]}")/rabbitmq.sh"

cat >/dev/null

command=$(cat "$dir/command-pid" 2>/dev/null)
if is_ours "$command" "$dir"; then
    kill -TERM "$command"
    await_end "$command" "$dir" 10 || kill -KILL "$command"
fi

# A start that was under way when the run ended is awaited: only then is there something to stop.
for starter in $(cat "$dir/starting" 2>/dev/null); do await_end "$starter" "$dir" 150; done

for started in "$dir"/started/*; do
    [ -e "$started" ] || continue
    { read -r server && mapfile -t pids; } < "$started"
    case ${started##*/} in
        postgres.*) stop_postgres "$server" immediate & ;;
        rabbitmq.*) stop_rabbitmq "$server" kill & ;;
    esac
done
wait

# A test may have removed the folder of a server that still runs.
for started in "$dir"/started/*; do
    [ -e "$started" ] || continue
    { read -r server && mapfile -t pids; } < "$started"
    for pid in "${pids[@]}"; do
        if is_ours "$pid" "$server"; then kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null; fi
    done
done
rm -rf "$dir"
