# shellcheck shell=bash
# Sourced. A private RabbitMQ in one folder: start_rabbitmq DIR, stop_rabbitmq DIR [term|kill].
# Start after stop finds the same data on the same ports. DIR/rabbitmqctl speaks to this node.
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

# Prints the administrator's AMQP URL, which also lies in DIR/url; the management API's URL lies in DIR/api.
start_rabbitmq() {
    local dir bin
    bin=$(rabbitmq_bin) || { echo "servers: RabbitMQ is not installed" >&2; return 1; }
    mkdir -p "$1" && dir=$(cd "$1" && pwd -P) || return 1
    for _ in 1 2 3; do
        [ -e "$dir/settings" ] || init_rabbitmq "$dir" "$bin"
        if launch_rabbitmq "$dir" "$bin"; then
            cat "$dir/url"
            return 0
        fi
        stop_rabbitmq "$dir" kill
        # Ports of a node that has answered once stay: somebody may wait for it there.
        [ -e "$dir/answered" ] || rm -f "$dir/settings"
    done
    fail_start "RabbitMQ in $dir" "$dir/out" "$dir"/log/*.log
    return 1
}

# Writes the node's folder: ports, secrets, configuration, and a control script.
init_rabbitmq() {
    local dir=$1 bin=$2 password amqp api
    amqp=$(free_port) api=$(free_port)
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    mkdir -p "$dir/log" "$dir/mnesia"
    : > "$dir/env.conf"
    echo '[rabbitmq_management].' > "$dir/enabled_plugins"
    if [ ! -e "$dir/.erlang.cookie" ]; then
        (umask 077 && od -An -N20 -tx1 /dev/urandom | tr -d ' \n' > "$dir/.erlang.cookie" && chmod 400 "$dir/.erlang.cookie")
    fi
    cat > "$dir/rabbitmq.conf" <<C
default_user = admin
default_pass = $password
loopback_users = none
management.tcp.ip = 127.0.0.1
management.tcp.port = $api
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 67108864
C
    cat > "$dir/settings" <<C
AMQP_PORT=$amqp
API_PORT=$api
PASSWORD=$password
export HOME='$dir' LANG=C.UTF-8 ERL_EPMD_PORT=$(free_port) ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=svod-$amqp@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$amqp
export RABBITMQ_DIST_PORT=$(free_port) RABBITMQ_CONF_ENV_FILE='$dir/env.conf' RABBITMQ_PID_FILE='$dir/pid'
export RABBITMQ_MNESIA_BASE='$dir/mnesia' RABBITMQ_LOG_BASE='$dir/log'
export RABBITMQ_CONFIG_FILE='$dir/rabbitmq' RABBITMQ_ADVANCED_CONFIG_FILE='$dir/advanced'
export RABBITMQ_ENABLED_PLUGINS_FILE='$dir/enabled_plugins'
# Schedulers that wait without spinning leave the processor to the tests.
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none'
C
    printf '#!/bin/bash\n. "%s/settings"\nexec "%s/rabbitmqctl" "$@"\n' "$dir" "$bin" > "$dir/rabbitmqctl"
    chmod 755 "$dir/rabbitmqctl"
    echo "amqp://admin:$password@127.0.0.1:$amqp/%2f" > "$dir/url"
    echo "http://admin:$password@127.0.0.1:$api" > "$dir/api"
}

# Starts the node and its own port mapper, each in a session of its own, and waits until both doors answer.
launch_rabbitmq() {
    local dir=$1 bin=$2
    (
        cd "$dir" || exit 1
        . "$dir/settings"
        # Erlang reserves memory for every file that might be opened.
        if [ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -gt 65536 ]; then ulimit -n 65536; fi
        setsid epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 </dev/null >/dev/null 2>&1 &
        echo $! > "$dir/epmd-pid"
        setsid "$bin/rabbitmq-server" </dev/null >"$dir/out" 2>&1 &
        echo $! > "$dir/group"
    ) </dev/null >/dev/null 2>&1 || return 1
    register_server rabbitmq "$dir" "$(cat "$dir/epmd-pid")" "$(cat "$dir/group")"
    await_rabbitmq "$dir" 120 && touch "$dir/answered"
}

# The broker is ready when it opens an AMQP dialogue and the API knows the administrator; an open port says less.
await_rabbitmq() {
    local dir=$1 deadline=$((SECONDS + $2)) group
    group=$(cat "$dir/group")
    until (. "$dir/settings" && amqp_answers "$AMQP_PORT" && api_answers "$API_PORT" "admin:$PASSWORD"); do
        is_ours "$group" "$dir" && [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

amqp_answers() {
    # The first byte of the answer is the type of a frame (1, a method), not the first letter of a rejection.
    timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "AMQP\0\0\11\1" >&3 && head -c 1 <&3 | od -An -tu1' \
        amqp "$1" 2>/dev/null | grep -q '^ *1$'
}

api_answers() {
    timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" &&
        printf "GET /api/overview HTTP/1.0\r\nAuthorization: Basic %s\r\n\r\n" "$(printf %s "$2" | base64 -w0)" >&3 &&
        head -n 1 <&3' api "$1" "$2" 2>/dev/null | grep -q ' 200 '
}

stop_rabbitmq() {
    local dir how=${2:-term} group node mapper
    dir=$(cd "$1" 2>/dev/null && pwd -P) || return 0
    node=$(cat "$dir/pid" 2>/dev/null)
    group=$(cat "$dir/group" 2>/dev/null) || return 0
    mapper=$(cat "$dir/epmd-pid" 2>/dev/null)
    case $how in
        term) if is_ours "$node" "$dir"; then kill -TERM "$node"; fi ;;
        kill) if is_ours "$node" "$dir"; then kill -KILL "$node"; fi ;;
        *) echo "servers: term or kill, not $how" >&2; return 2 ;;
    esac
    if [ -n "$node" ]; then await_end "$node" "$dir" 30; fi
    # What is left of the group: a node that would not stop, or one that had not come so far as to write its number.
    if is_ours "$group" "$dir" && ! await_end "$group" "$dir" 3 || is_ours "$node" "$dir"; then
        kill -KILL -- "-$group" 2>/dev/null
        await_end "$group" "$dir" 5
    fi
    if is_ours "$mapper" "$dir"; then kill -KILL "$mapper" && await_end "$mapper" "$dir" 5; fi
    rm -f "$dir/group" "$dir/epmd-pid"
}
