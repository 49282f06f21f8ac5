#!/bin/bash
# with-servers.sh COMMAND...: runs the command beside a private PostgreSQL and a private RabbitMQ, which listen on
# loopback only, and leaves nothing behind, however the run ends. What is missing on the machine is installed from
# Debian's packages; what cannot be had fails the run. The command finds in its environment:
#   SVOD_TEST_POSTGRES_URL   the superuser on the database `postgres`
#   SVOD_TEST_AMQP_URL       the administrator on the default virtual host
#   SVOD_TEST_RABBITMQ_API   the management API, with name and password
#   SVOD_TEST_PYTHON         a Python with the packages of requirements.txt
#   SVOD_TEST_SERVERS_DIR    postgres-stop, postgres-start, rabbitmq-stop, rabbitmq-start, rabbitmqctl; logs below
# A variable that is set already is believed, and its server is not started.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/packages.sh"
. "$here/python.sh"
[ $# -gt 0 ] || { echo "usage: with-servers.sh COMMAND..." >&2; exit 2; }

if [ -n "${SVOD_TEST_POSTGRES_URL:-}" ] && [ -n "${SVOD_TEST_AMQP_URL:-}" ] && [ -n "${SVOD_TEST_RABBITMQ_API:-}" ] &&
    [ -n "${SVOD_TEST_PYTHON:-}" ]; then
    exec "$@"
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/svod-servers.XXXXXX") || exit 1
chmod 711 "$dir"
mkdir "$dir/started"
export SVOD_TEST_SERVERS_DIR=$dir
install_packages postgresql rabbitmq-server curl python3 python3-venv || { rm -rf "$dir"; exit 1; }

# The watcher cleans up when this end of the pipe closes. Nobody else may hold it open: hence 9>&- below.
exec 9> >(exec setsid "$here/watch.sh" "$dir")
watcher=$!
finish() {
    exec 9>&-
    wait "$watcher"
}
trap finish EXIT
stopped_by=
trap 'stopped_by=130' INT
trap 'stopped_by=143' TERM
trap 'stopped_by=129' HUP
leave_if_stopped() { [ -z "$stopped_by" ] || exit "$stopped_by"; }

# Both servers and the Python are made at once.
start() { "$here/start-$1.sh" "$dir/$1" >/dev/null </dev/null 9>&- & echo $! >> "$dir/starting"; }
began=$SECONDS
postgres=given rabbitmq=given
if [ -z "${SVOD_TEST_POSTGRES_URL:-}" ]; then start postgres; postgres=$!; fi
if [ -z "${SVOD_TEST_AMQP_URL:-}" ] || [ -z "${SVOD_TEST_RABBITMQ_API:-}" ]; then start rabbitmq; rabbitmq=$!; fi
[ -n "${SVOD_TEST_PYTHON:-}" ] || SVOD_TEST_PYTHON=$(prepare_python 9>&-) || exit 1
leave_if_stopped
export SVOD_TEST_PYTHON

# manage KIND: a small program to stop and one to start the server from within a test.
manage() {
    printf '#!/bin/sh\nexec "%s/stop-%s.sh" "%s" "$@"\n' "$here" "$1" "$dir/$1" > "$dir/$1-stop"
    printf '#!/bin/sh\nexec "%s/start-%s.sh" "%s" "$@"\n' "$here" "$1" "$dir/$1" > "$dir/$1-start"
    chmod 755 "$dir/$1-stop" "$dir/$1-start"
}
if [ "$postgres" != given ]; then
    wait "$postgres" || { leave_if_stopped; exit 1; }
    manage postgres
    SVOD_TEST_POSTGRES_URL=$(cat "$dir/postgres/url")
fi
if [ "$rabbitmq" != given ]; then
    wait "$rabbitmq" || { leave_if_stopped; exit 1; }
    manage rabbitmq
    ln -s rabbitmq/rabbitmqctl "$dir/rabbitmqctl"
    SVOD_TEST_AMQP_URL=$(cat "$dir/rabbitmq/url")
    SVOD_TEST_RABBITMQ_API=$(cat "$dir/rabbitmq/api")
fi
export SVOD_TEST_POSTGRES_URL SVOD_TEST_AMQP_URL SVOD_TEST_RABBITMQ_API
echo "servers: ready after $((SECONDS - began)) s in $dir" >&2

# The command keeps the terminal; `env` gives it back the signals that a shell takes from what runs beside it.
env --default-signal=INT --default-signal=QUIT "$@" <&0 9>&- &
command=$!
echo "$command" > "$dir/command-pid"
while :; do
    wait "$command"
    status=$?
    kill -0 "$command" 2>/dev/null || break
    # A signal came. The terminal has told the command of Ctrl-C itself; of anything else this must.
    [ -n "$stopped_by" ] || continue
    if [ "$stopped_by" = 130 ]; then
        for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$command" 2>/dev/null && sleep 0.5; done
    fi
    kill -TERM "$command" 2>/dev/null
    wait "$command"
    break
done
exit "${stopped_by:-$status}"
