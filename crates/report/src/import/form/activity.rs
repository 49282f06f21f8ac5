//! A record in the words of the file, understood: its dates as days, its participants as persons and groups. What is typed
//! stays the clerk's words.

use svod_domain::{Activity, DateRange, Quarter, guard};
use svod_text::dates::date_ranges;
use svod_text::read_dates;
use svod_text::reading::{Column, Doubt, is_no_such_day, people, plain};

use super::Place;
use super::raw::{RawCell, RawRecord};

/// Columns that every record needs. An empty place is an event that had none.
pub(crate) const NEEDED: [Column; 4] = [Column::Title, Column::Dates, Column::Content, Column::Participants];

/// The activity of a record, and what about it wants a look. A record that lacks something,
/// or that no document can print, is no activity.
pub(crate) fn activity(
    record: &RawRecord,
    quarter: Quarter,
    doubts: &mut Vec<(Place, Doubt)>,
) -> Option<Activity> {
    let lacking: Vec<Column> =
        NEEDED.into_iter().filter(|column| !record.cells.contains_key(column)).collect();
    if !lacking.is_empty() {
        let doubt = |column| (record.place.clone(), Doubt::FieldEmpty { column });
        doubts.extend(lacking.into_iter().map(doubt));
        return None;
    }
    let unprintable: Vec<(Place, Doubt)> = record.cells.iter().filter_map(unprintable).collect();
    if !unprintable.is_empty() {
        doubts.extend(unprintable);
        return None;
    }
    let lines = |column| record.cells.get(&column).map(|cell| cell.lines.clone()).unwrap_or_default();
    let place =
        |column| record.cells.get(&column).map_or_else(|| record.place.clone(), |cell| cell.place.clone());
    let text = lines(Column::Dates).join(" ");
    let mut doubt = |column, doubt| doubts.push((place(column), doubt));
    let dates = match read_dates(&text, quarter) {
        Some(dates) => dates,
        None if is_no_such_day(&text, quarter) => {
            doubt(Column::Dates, Doubt::NoSuchDay { text });
            return None;
        }
        None => {
            doubt(Column::Dates, Doubt::DatesUnread { text: text.clone() });
            vec![]
        }
    };
    if dates.iter().any(|range| !quarter.contains(range.from) || !quarter.contains(range.to)) {
        doubt(Column::Dates, Doubt::DatesOutside { quarter });
    }
    let people = people(&lines(Column::Participants));
    if people.names_in_groups {
        doubt(Column::Participants, Doubt::NamesInGroup);
    }
    let several = |column| Some(lines(column).join("\n")).filter(|text| !text.is_empty());
    Some(Activity {
        title: lines(Column::Title).join(" "),
        place: Some(lines(Column::Place).join(" ")).filter(|text| !text.is_empty()),
        dates_text: typed(&text, &dates, quarter),
        dates,
        content: lines(Column::Content).join("\n"),
        agreements: several(Column::Agreements),
        participants: people.participants,
        countries: vec![],
    })
}

/// The first character of a cell that no document can print.
fn unprintable((column, cell): (&Column, &RawCell)) -> Option<(Place, Doubt)> {
    let found = guard::unprintable(&cell.lines.join("\n")).filter(|_| *column != Column::Number)?;
    Some((cell.place.clone(), Doubt::Unprintable(found)))
}

/// The words of the dates, unless the days print the same but for dashes, spaces and a full stop at the end.
fn typed(text: &str, dates: &[DateRange], quarter: Quarter) -> Option<String> {
    let bare = |text: &str| plain(text).replace(' ', "").trim_end_matches('.').to_owned();
    (bare(text) != bare(&date_ranges(dates, quarter))).then(|| text.to_owned())
}
