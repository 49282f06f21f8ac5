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

prepare_crate() {
    (cd "$here/tlog-tiles" && CARGO_TARGET_DIR=$root/target ${CARGO:-cargo} build -q --locked)
}

prepare_ours() {
    (cd "$root" && CARGO_TARGET_DIR=$root/target ${CARGO:-cargo} build -q --locked -p svod-audit -p svod)
}
