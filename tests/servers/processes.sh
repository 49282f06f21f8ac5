# shellcheck shell=bash
# Sourced. Ports that nobody uses, and processes that are ended by their id alone.

# A free loopback port, below the range the kernel gives to outgoing connections: nothing takes it by chance
# while a server that used it is down for a moment.
free_port() {
    local port
    while :; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# Whether process $1 was started for the folder $2: a process id may have been given to somebody else since.
is_ours() {
    [ -n "$1" ] && [ -r "/proc/$1/cmdline" ] && grep -qsF -- "$2" "/proc/$1/cmdline" "/proc/$1/environ"
}

# Waits until `is_ours $1 $2` is over, at most $3 seconds.
await_end() {
    local tenths=$(($3 * 10))
    while is_ours "$1" "$2"; do
        [ "$tenths" -gt 0 ] || return 1
        tenths=$((tenths - 1))
        sleep 0.1
    done
}

# Tells the run which server was started, so that it is ended with the run whatever becomes of the test:
# register_server KIND DIR PID...
register_server() {
    [ -n "${SVOD_TEST_SERVERS_DIR:-}" ] && [ -d "$SVOD_TEST_SERVERS_DIR/started" ] || return 0
    local kind=$1
    shift
    printf '%s\n' "$@" > "$(mktemp "$SVOD_TEST_SERVERS_DIR/started/$kind.XXXXXX")"
}

# Says why a server did not start, with the end of its logs: fail_start NAME LOG...
fail_start() {
    echo "servers: $1 did not start" >&2
    shift
    tail -n 30 -- "$@" >&2 2>/dev/null || true
}
