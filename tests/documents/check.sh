#!/bin/bash
# check.sh [--light] [--count N] [FOLDER]: gives documents to readers and validators that nobody here wrote.
#
# FOLDER holds reports in every format, and what has to be found in them, as the example `documents` of crates/report writes
# them; without one N hostile reports are made, 1000 if nothing is said. Each reader has to find every letter of every record
# in its cell, each validator nothing; and both have to see spoilt copies (check.py).
#
#   python-docx, mammoth   PyPI            DOCX, cell by cell
#   openpyxl, lxml         PyPI            XLSX, HTML, cell by cell
#   pandoc                 Debian          DOCX, ODT, HTML, cell by cell; of ODT it shows no headings that are in tables
#   LibreOffice            Debian          DOCX, ODT, XLSX, cell by cell
#   pdfinfo, pdftotext     Debian          PDF, by the cells of its tags and as text
#   Open XML SDK           npm             DOCX and XLSX against the standard, one of each as every Office since 2007
#   xmllint                Debian          the parts of DOCX, ODT and XLSX
#   qpdf, pdffonts         Debian          PDF, and that its fonts are embedded
#   PDFBox Preflight       Debian          PDF/A-1b
#
# Validators look at the same records in documents of 25 reports each, and at the documents that the tests of crates/report
# left in target/tmp: in a region's form, with tracked changes, of a second edition, of a year.
#
# Then N quarters are written, saved again by LibreOffice as they are and in other formats (50 of them), and read by the
# import: they have to be what was filed.
#
# --light leaves out what wants more than Python. Status: 0 all as it has to be, 1 not so, 2 usage or something cannot be
# installed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../servers/packages.sh"
. "$here/../servers/node.sh"
. "$here/../servers/python.sh"
. "$here/tools.sh"

seed=1
resaved=50
light=
count=1000
folder=
while [ $# -gt 0 ]; do
    case $1 in
        --light) light=yes ;;
        --count) [ $# -gt 1 ] || { echo "check.sh: --count wants a number" >&2; exit 2; }; count=$2; shift ;;
        -*) echo "usage: check.sh [--light] [--count N] [FOLDER]" >&2; exit 2 ;;
        *) folder=$1 ;;
    esac
    shift
done

mkdir -p "$made"
export PYTHONDONTWRITEBYTECODE=1
install_packages python3 python3-venv || exit 2
python=$(prepare_python "$here/requirements.txt" "$made/venv") || exit 2
if [ -z "$light" ]; then
    prepare_programs || exit 2
    prepare_sdk || exit 2
fi
work=$(mktemp -d "$made/run.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
documents=$root/target/debug/examples/documents
if [ -z "$light" ] || [ -z "$folder" ]; then
    prepare_generator || exit 2
fi
if [ -z "$folder" ]; then
    folder=$work/hostile
    "$documents" hostile "$folder" "$count" "$seed" || exit 2
fi
if [ -n "$light" ]; then
    "$python" "$here/check.py" --light "$folder"
    exit
fi

more=()
for file in "$root"/target/tmp/{form,changes,second}*.{docx,xlsx} "$root/target/tmp/year.xlsx"; do
    [ ! -e "$file" ] || more+=("$file")
done
status=0
echo "== hostile reports"
"$python" "$here/check.py" "$folder" ${more[@]+"${more[@]}"} || status=1
echo "== quarters, as they are written and as LibreOffice saves them again"
"$documents" quarters "$work/quarters" "$count" "$seed" || exit 2
"$python" "$here/resave.py" "$work/quarters" "$work/resaved" "$resaved" || status=1
# Each folder for itself: reading takes as long as everything else.
printf '%s\0' "$work"/quarters/{docx,odt,xlsx} "$work"/resaved/* |
    xargs -0 -n 1 -P "$(nproc)" "$documents" read-again "$work/quarters/expected" || status=1
exit $status
