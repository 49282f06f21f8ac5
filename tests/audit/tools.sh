# shellcheck shell=bash
# Sourced by check.sh. Foreign verifiers are installed and built here, from Debian, PyPI, npm and crates.io; what is made
# stays in target/audit.

root=$(cd "$here/../.." && pwd -P)
made=$root/target/audit

# The library is Debian's, as source; nothing is fetched by Go itself.
prepare_go() {
    install_packages golang-go golang-golang-x-mod-dev &&
        GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$made/go-cache \
            go build -o "$made/go-verify" "$here/go/main.go"
}

# Exact versions with their digests stand in package-lock.json.
prepare_node() {
    install_packages nodejs npm || return 1
    (
        flock 8
        cmp -s "$here/node/package-lock.json" "$made/node/installed.json" && exit 0
        rm -rf "$made/node"
        mkdir -p "$made/node" && cp "$here"/node/package*.json "$made/node" && cd "$made/node" &&
            npm ci --ignore-scripts --no-audit --no-fund --silent >&2 </dev/null ||
            { echo "audit: the npm packages cannot be installed" >&2; exit 1; }
        cp package-lock.json installed.json
    ) 8>"$made/node.lock"
}

prepare_crate() {
    (cd "$here/tlog-tiles" && CARGO_TARGET_DIR=$root/target ${CARGO:-cargo} build -q --locked)
}

prepare_ours() {
    (cd "$root" && CARGO_TARGET_DIR=$root/target ${CARGO:-cargo} build -q --locked -p svod-audit -p svod)
}
