#!/bin/bash
# check.sh [--light] [--verbose] [--key VKEY-FILE] [EXPORT]: gives an export to verifiers that nobody here wrote.
#
# EXPORT is a folder as `svod audit export` makes it; without one a sample is made (sample.py). VKEY-FILE is the key that
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
    prepare_node || exit 2
    prepare_crate || exit 2
    prepare_ours || exit 2
    ours+=(--rust "$root/target/debug/svod-audit")
fi
work=$(mktemp -d "$made/run.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
if [ -z "$export_folder" ]; then
    export_folder=$work/sample
    "$python" "$here/sample.py" "$export_folder" || exit 2
fi
NODE_PATH=$made/node/node_modules "$python" "$here/check.py" --made "$made" --binaries "$root/target/debug" \
    --work "$work" ${options[@]+"${options[@]}"} "$export_folder"
foreign=$?
echo
"$python" "$here/agree.py" --work "$work" ${ours[@]+"${ours[@]}"} "$export_folder"
own=$?
witnessed=0
if [ -z "$light" ]; then
    echo
    "$python" "$here/witnessing.py" --svod "$root/target/debug/svod" --work "$work/witnessing" "$export_folder"
    witnessed=$?
fi
worst=$((foreign > own ? foreign : own))
exit $((witnessed > worst ? witnessed : worst))
