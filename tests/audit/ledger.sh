#!/bin/bash
# ledger.sh SVOD FOLDER: fills an embedded ledger with a closed quarter and an open one, some 700 entries in all, persons in
# every other, and writes two exports of it: FOLDER/export and FOLDER/redacted. SVOD is the program.
set -eu
svod=$(realpath "$1")
mkdir -p "$2"
cd "$2"
"$svod" demo --out data >demo.txt
ledger() { "$svod" --data-dir data "$@"; }
ledger quarter open 2020-Q3 --submit-by 2099-01-01T00:00:00Z --close-at 2099-01-01T00:00:00Z >/dev/null
ledger principal add clerk --role municipality:66701000 >/dev/null 2>&1
ledger principal add head --role reviewer >/dev/null 2>&1
python3 - <<'PY'
import json, uuid

def event(number, kind, data):
    return json.dumps({"specversion": "1.0", "id": f"{kind}-{number}", "source": "/test", "type": kind, "data": data}, ensure_ascii=False)

def record(number):
    person = {"name": f"Смирнова{number % 40} А.\u00a0Б.", "position": "начальник «отдела» \\ связей"}
    return {
        "title": f"Встреча №\u00a0{number} \U0001f333", "place": "г. Смоленск",
        "dates": [{"from": "2020-08-05", "to": "2020-08-06"}], "content": "Обсуждён обмен\nшкольными группами",
        "participants": [{"group": "школьники"}, *([person] if number % 2 else [])], "countries": ["BY"],
    }

ids = [str(uuid.UUID(int=(0x0197 << 112) | (7 << 76) | (2 << 62) | number)) for number in range(320)]
with open("submit.jsonl", "w") as out:
    for number, id in enumerate(ids):
        data = {"submission_id": id, "municipality": "66701000", "quarter": "2020-Q3", "activity": record(number)}
        print(event(number, "svod.activity.submit.v1", data), file=out)
for part in range(2):
    with open(f"approve-{part}.jsonl", "w") as out:
        for number, id in list(enumerate(ids[:300]))[150 * part : 150 * part + 150]:
            print(event(number, "svod.review.approve.v1", {"submission_id": id, "version": 1}), file=out)
PY
ledger send submit.jsonl --as clerk >sent.txt
# In two parts: a checkpoint is kept where a batch passes a multiple of 256 entries, two have to lie before the newest, and all
# that is sent at once may become one batch.
ledger send approve-0.jsonl --as head >>sent.txt
ledger send approve-1.jsonl --as head >>sent.txt
ledger audit export --out export
ledger audit export --out redacted --redact
