# shellcheck shell=bash
# Sourced. What the tests need from Debian, installed when it is missing.

# The newest server binaries of PostgreSQL on this machine.
postgres_bin() {
    local bin
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -n "$bin" ] && [ -x "$bin/initdb" ]; then
        echo "$bin"
    elif command -v initdb >/dev/null; then
        dirname "$(readlink -f "$(command -v initdb)")"
    else
        return 1
    fi
}

# The scripts of RabbitMQ beside the package's wrapper. The wrapper itself insists on its own user and starts a port
# mapper on every address; the scripts beside it do neither.
rabbitmq_bin() {
    local wrapper
    wrapper=$(readlink -f "$(command -v rabbitmq-server 2>/dev/null || echo /nowhere)")
    [ -x "$(dirname "$wrapper")/rabbitmq-server" ] && dirname "$wrapper" && return
    dirname "$(dpkg -L rabbitmq-server 2>/dev/null | grep '/bin/rabbitmq-script-wrapper$')" 2>/dev/null | grep '^/'
}

# Those of the packages named that this machine lacks: missing_packages PACKAGE...
missing_packages() {
    local package
    for package in "$@"; do
        case $package in
            postgresql) postgres_bin >/dev/null ;;
            rabbitmq-server) rabbitmq_bin >/dev/null ;;
            python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null ;;
            golang-go) command -v go >/dev/null ;;
            golang-golang-x-mod-dev) [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ] ;;
            nodejs) command -v node >/dev/null ;;
            libreoffice-writer-nogui) [ -e /usr/lib/libreoffice/program/libswlo.so ] ;;
            libreoffice-calc-nogui) [ -e /usr/lib/libreoffice/program/libsclo.so ] ;;
            libxml2-utils) command -v xmllint >/dev/null ;;
            poppler-utils) command -v pdfinfo >/dev/null ;;
            default-jre-headless) command -v java >/dev/null ;;
            libpdfbox2-java) [ -e /usr/share/java/preflight.jar ] ;;
            libactivation-java) [ -e /usr/share/java/javax.activation.jar ] ;;
            libjaxb-api-java) [ -e /usr/share/java/jaxb-api.jar ] ;;
            *) command -v "$package" >/dev/null ;;
        esac || echo "$package"
    done
}

# Installs what is missing, or says what is missing and fails: install_packages PACKAGE...
install_packages() {
    local missing
    [ -n "$(missing_packages "$@")" ] || return 0
    (
        flock 8
        missing=$(missing_packages "$@" | tr '\n' ' ')
        [ -n "$missing" ] || exit 0
        if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
            echo "servers: these Debian packages are missing and cannot be installed here: $missing" >&2
            exit 1
        fi
        echo "servers: installing $missing" >&2
        # A package that is installed must not start its server.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap 'rm -f "$policy"' EXIT
            printf '#!/bin/sh\nexit 101\n' > "$policy"
            chmod 755 "$policy"
        fi
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086 # a list of words
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >&2 </dev/null
        missing=$(missing_packages "$@" | tr '\n' ' ')
        [ -z "$missing" ] || { echo "servers: still missing after installation: $missing" >&2; exit 1; }
    ) 8>/tmp/svod-packages.lock
}
