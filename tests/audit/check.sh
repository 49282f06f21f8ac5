#!/bin/bash
# check.sh [--light] [--verbose] [--key VKEY-FILE] [EXPORT]: gives an export to verifiers that nobody here wrote.
#
# EXPORT is a folder as `svod audit export` makes it; without one they are a sample (sample.py) and two of a ledger that svod
# fills (ledger.sh). VKEY-FILE is the key that
# the auditor has from elsewhere; without one the export's own is believed. Each verifier has to accept the export, and the
# export with a witness's cosignature, and to refuse every mutation of it that it can see (mutate.py), ten at least. Then the
# two verifiers of whole exports that were written here, svod-audit and verify.py, have to give the same answers (agree.py).
#
#   go          golang.org/x/mod/sumdb, from Debian       signatures, whole log, tiles, proofs, history
#   tlog_tiles  crates tlog_tiles and signed_note         the same
#   aics-tlog   PyPI                                      the same
#   pymerkle    PyPI                                      whole log, proofs of inclusion, history; no signatures
#   rfc8785     PyPI                                      canonical form of every entry
#   sigstore    npm @sigstore/verify                      signatures, proofs of inclusion
#   sd-jwt      npm @sd-jwt/utils, @sd-jwt/decode         what is disclosed is what the entries commit to
#   witness     PyPI aics-witness, on loopback            cosigns growth, refuses everything else (witness.py)
#
# And svod's own witness is asked by a foreign client, svod's own client asks a foreign witness (witnessing.py).
#
# --light leaves out what wants more than Python: go, tlog_tiles, sigstore, sd-jwt, svod-audit, svod. --verbose prints why each was refused.
# Status: 0 all as it has to be, 1 not so, 2 usage or something cannot be installed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../servers/packages.sh"
. "$here/../servers/node.sh"
. "$here/../servers/python.sh"
. "$here/tools.sh"

light=
options=()
ours=()
export_folder=
while [ $# -gt 0 ]; do
    case $1 in
        --light) light=yes; options+=(--light) ;;
        --verbose) options+=(--verbose) ;;
        --key) [ $# -gt 1 ] || { echo "check.sh: --key wants a file" >&2; exit 2; }; options+=(--key "$2"); ours+=(--key "$2"); shift ;;
        -*) echo "usage: check.sh [--light] [--verbose] [--key VKEY-FILE] [EXPORT]" >&2; exit 2 ;;
        *) export_folder=$1 ;;
    esac
    shift
done

mkdir -p "$made"
export PYTHONDONTWRITEBYTECODE=1
install_packages python3 python3-venv || exit 2
python=$(prepare_python "$here/requirements.txt" "$made/venv" --ignore-requires-python) || exit 2
if [ -z "$light" ]; then
    prepare_go || exit 2
    prepare_node "$here/node" "$made/node" || exit 2
    prepare_crate || exit 2
    prepare_ours || exit 2
    ours+=(--rust "$root/target/debug/svod-audit")
fi
work=$(mktemp -d "$made/run.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
# Every verifier of an export, and both of ours; 0 if all is as it has to be.
judge() {
    echo "== $2"
    mkdir "$work/$3" || exit 2
    NODE_PATH=$made/node/node_modules "$python" "$here/check.py" --made "$made" --binaries "$root/target/debug" \
        --work "$work/$3" ${options[@]+"${options[@]}"} "$1"
    foreign=$?
    echo
    "$python" "$here/agree.py" --work "$work/$3" ${ours[@]+"${ours[@]}"} "$1"
    own=$?
    echo
    [ "$foreign" -eq 0 ] && [ "$own" -eq 0 ]
}

if [ -n "$export_folder" ]; then
    judge "$export_folder" "$export_folder" given
    exit
fi
status=0
"$python" "$here/sample.py" "$work/sample" || exit 2
judge "$work/sample" "a sample" of-the-sample || status=1
judge "$root/tests/golden/export" "the golden log" of-the-golden || status=1
if [ -z "$light" ]; then
    "$here/ledger.sh" "$root/target/debug/svod" "$work/ledger" || exit 2
    judge "$work/ledger/export" "the export of a ledger" of-the-ledger || status=1
    judge "$work/ledger/redacted" "the same with nobody disclosed" of-the-redacted || status=1
    echo "== witnesses"
    "$python" "$here/witnessing.py" --svod "$root/target/debug/svod" --work "$work/witnessing" "$work/ledger/export" || status=1
fi
exit $status
