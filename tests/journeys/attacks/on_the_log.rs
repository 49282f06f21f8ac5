//! The attacks on the log itself: what is stolen, what is written, and who has to see it.

use serde_json::{Value, json};

use super::honest::{FILED_BY, OPEN_RECORD};
use super::{At, Attack, Column};

fn say(entry: &mut Value) {
    entry["data"]["activity"]["title"] = json!("Встречи не было");
}

/// An approval becomes that of another reviewer.
fn lay_blame(entry: &mut Value) {
    entry["actor"]["name"] = json!("r-2");
}

const EARLY: At = |marks| marks.early;
const BEHIND_THE_END: At = |marks| marks.end + 1;

/// The fourteen of the first list, by whoever has every right in the database; in four of them the signing key is stolen.
pub(super) const FOURTEEN: &[Attack] = &[
    Attack {
        number: 1,
        what: "an entry is edited",
        act: |case| case.tables(|tables, honest| tables.edit(honest.marks.early, say)),
        seen: Column::Chain,
        by: "leaf",
        at: EARLY,
    },
    Attack {
        number: 2,
        what: "an entry is edited, and everything that needs no key is computed anew",
        act: |case| {
            case.tables(|tables, honest| {
                tables.edit(honest.marks.early, say);
                tables.rehash(&honest.stranger());
            });
        },
        seen: Column::Key,
        by: "mac",
        at: EARLY,
    },
    Attack {
        number: 3,
        what: "an entry is taken out, the rest computed anew",
        act: |case| {
            case.tables(|tables, honest| {
                tables.rows.remove(usize::try_from(honest.marks.early - 1).unwrap());
                tables.rehash(&honest.stranger());
            });
        },
        seen: Column::Key,
        by: "mac",
        at: EARLY,
    },
    Attack {
        number: 4,
        what: "an entry is put in, the rest computed anew",
        act: |case| {
            case.tables(|tables, honest| {
                let again = tables.row(honest.marks.early).clone();
                tables.rows.insert(usize::try_from(honest.marks.early).unwrap(), again);
                tables.rehash(&honest.stranger());
            });
        },
        seen: Column::Key,
        by: "mac",
        at: |marks| marks.early + 1,
    },
    Attack {
        number: 5,
        what: "two entries change places, the rest computed anew",
        act: |case| {
            case.tables(|tables, honest| {
                // With their times, so that the clock says nothing.
                let early = honest.marks.early;
                let times = [early, early + 1].map(|position| tables.entry(position)["recorded_at"].clone());
                let index = usize::try_from(early - 1).unwrap();
                tables.rows.swap(index, index + 1);
                for (position, time) in (early..).zip(times) {
                    tables.edit(position, |entry| entry["recorded_at"] = time);
                }
                tables.rehash(&honest.stranger());
            });
        },
        seen: Column::Key,
        by: "mac",
        at: EARLY,
    },
    Attack {
        number: 6,
        what: "the end is cut off, the head made anew",
        act: |case| {
            case.tables(|tables, honest| {
                tables.rows.truncate(usize::try_from(honest.marks.early).unwrap());
                tables.rehash(&honest.stranger());
            });
        },
        seen: Column::Key,
        by: "head",
        at: |marks| marks.early + 1,
    },
    Attack {
        number: 7,
        what: "everything is dropped, the head made anew",
        act: |case| {
            case.tables(|tables, honest| {
                tables.rows.clear();
                tables.rehash(&honest.stranger());
            });
        },
        seen: Column::Key,
        by: "head",
        at: |_| 1,
    },
    Attack {
        number: 8,
        what: "the end is cut off behind what the auditor kept, and the genuine head of then put back",
        act: |case| case.tables(|tables, honest| tables.restore(honest.marks.middle, &honest.keys())),
        seen: Column::Witness,
        by: "checkpoint",
        at: |marks| marks.middle + 1,
    },
    Attack {
        number: 9,
        what: "a whole backup is put back, with its genuine head",
        act: |case| case.ledger = case.honest.backup.copy(),
        seen: Column::Witness,
        by: "checkpoint",
        at: |marks| marks.kept + 3,
    },
    Attack {
        number: 10,
        what: "an entry that the auditor's checkpoint knows is rewritten, the signing key stolen",
        act: |case| {
            case.tables(|tables, honest| {
                tables.edit(honest.marks.early, say);
                tables.rehash(&honest.thief());
            });
        },
        seen: Column::Kept,
        by: "mac",
        at: EARLY,
    },
    Attack {
        number: 11,
        what: "an entry that only the witness knows is rewritten, the signing key stolen",
        act: |case| {
            case.tables(|tables, honest| {
                tables.edit(honest.marks.middle, lay_blame);
                tables.rehash(&honest.thief());
            });
        },
        seen: Column::Witness,
        by: "mac",
        at: |marks| marks.middle,
    },
    Attack {
        number: 12,
        what: "another log is shown from behind what the witness knows, the signing key stolen",
        act: |case| {
            case.tables(|tables, honest| {
                tables.edit(honest.marks.later, |entry| entry["data"]["reason"] = json!("иначе"));
                tables.rehash(&honest.thief());
            });
        },
        seen: Column::Codes,
        by: "mac",
        at: |marks| marks.later,
    },
    Attack {
        number: 13,
        what: "a forged entry is put at the end, and the next honest head covers it",
        act: |case| {
            case.tables(|tables, honest| {
                tables.append_like(honest.marks.early, |_| {});
                tables.rehash(&honest.stranger());
                let end = tables.end();
                tables.restore(end, &honest.keys());
            });
        },
        seen: Column::Codes,
        by: "mac",
        at: BEHIND_THE_END,
    },
    Attack {
        number: 14,
        what: "the end is cut off behind what the witness knows, and the genuine head of then put back",
        act: |case| case.tables(|tables, honest| tables.restore(honest.marks.later, &honest.keys())),
        seen: Column::Receipts,
        by: "checkpoint",
        at: |marks| marks.later + 1,
    },
];

/// What is written into the log beyond those; where nothing else is said, with both keys stolen.
pub(super) const WRITTEN: &[Attack] = &[
    Attack {
        number: 15,
        what: "a column beside the entry says another stream",
        act: |case| {
            case.tables(|tables, honest| tables.row(honest.marks.early).stream = "submission-forged".into());
        },
        seen: Column::Chain,
        by: "columns",
        at: EARLY,
    },
    Attack {
        number: 23,
        what: "an entry is dated back to when the log stood still",
        act: |case| {
            case.cosigned = case.ledger.folder.path().join("cosigned-later.txt");
            case.honest.cosigned_an_hour_later(&case.cosigned);
            case.tables(|tables, honest| {
                tables.append_like(honest.marks.early, |_| {});
                tables.rehash(&honest.keys());
            });
        },
        seen: Column::Witness,
        by: "witness",
        at: BEHIND_THE_END,
    },
    Attack {
        number: 24,
        what: "an entry has a key twice",
        act: |case| {
            case.tables(|tables, honest| {
                let early = honest.marks.early;
                let entry = String::from_utf8(tables.row(early).bytes.to_vec()).unwrap();
                let twice = entry.replacen("\"v\":", "\"v\":\"svod-entry/1\",\"v\":", 1);
                tables.row(early).bytes = twice.into_bytes().into();
                tables.vouch(early, &honest.keys());
            });
        },
        seen: Column::Chain,
        by: "form",
        at: EARLY,
    },
    Attack {
        number: 27,
        what: "the head is signed with a key that is not the log's",
        act: |case| {
            case.tables(|tables, honest| {
                let genuine = (tables.head.mac.clone(), tables.rows.clone());
                tables.rehash(&honest.stranger());
                (tables.head.mac, tables.rows) = genuine;
            });
        },
        seen: Column::Key,
        by: "checkpoint",
        at: |marks| marks.end,
    },
    Attack {
        number: 28,
        what: "an entry names a message that was answered before",
        act: |case| {
            case.tables(|tables, honest| {
                let message = tables.entry(honest.marks.early)["message"].clone();
                tables.append_like(honest.marks.early, |entry| entry["message"] = message);
                tables.rehash(&honest.keys());
            });
        },
        seen: Column::Replayed,
        by: "rules: answered before",
        at: BEHIND_THE_END,
    },
    Attack {
        number: 29,
        what: "who filed a record approves it himself",
        act: |case| {
            case.tables(|tables, honest| {
                let approval = tables.first("activity-approved", 0);
                tables.append_like(approval, |entry| {
                    entry["stream"] = json!(format!("submission-{OPEN_RECORD}"));
                    entry["data"]["submission_id"] = json!(OPEN_RECORD);
                    entry["data"]["quarter"] = json!("2020-Q3");
                    entry["actor"]["name"] = json!(FILED_BY);
                });
                tables.rehash(&honest.keys());
            });
        },
        seen: Column::Replayed,
        by: "rules: own-submission",
        at: BEHIND_THE_END,
    },
    Attack {
        number: 31,
        what: "the clock is moved back before an entry is recorded",
        act: |case| {
            case.tables(|tables, honest| {
                tables.append_like(honest.marks.early, |entry| {
                    entry["recorded_at"] = json!("2020-07-01T00:00:00.000000Z");
                });
                tables.rehash(&honest.keys());
            });
        },
        seen: Column::Chain,
        by: "clock",
        at: BEHIND_THE_END,
    },
];
