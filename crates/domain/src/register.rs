//! Registers of municipalities as files, and the one that comes with svod.

use jiff::civil::Date;

use crate::command::{RegisterMunicipality, RetireMunicipality};
use crate::{Command, MunicipalityCode};

/// The 27 units of Smolensk oblast in 2020, and what they became in the reform of 2024.
const SMOLENSK: &str = include_str!("../data/municipalities-smolensk.csv");

/// The columns of a register file, in this order.
pub const COLUMNS: [&str; 8] =
    ["municipality", "order", "short_name", "report_heading", "from", "until", "successor", "confirmed"];

/// Most units of a register; a region has hundreds.
pub const UNITS_MAX: usize = 10_000;

/// One line of a register file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its code.
    pub municipality: MunicipalityCode,
    /// Its place in the register.
    pub order: u32,
    /// Short name.
    pub short_name: String,
    /// The words of its section row.
    pub report_heading: String,
    /// First day.
    pub from: Date,
    /// First day on which it is no more.
    pub until: Option<Date>,
    /// Who reports in its place.
    pub successor: Option<MunicipalityCode>,
    /// Whether a source confirms the code.
    pub confirmed: bool,
}

/// A register file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the register: {fault}")]
pub struct InvalidRegister {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: String,
}

/// The register that comes with svod.
#[must_use]
pub fn built_in() -> Vec<Entry> {
    read(SMOLENSK).expect("the built-in register is checked by a test")
}

/// Reads a register file: CSV in UTF-8 with the heading [`COLUMNS`]; `#` begins a comment; no field holds a comma or
/// a double quote (names use «ёлочки»).
pub fn read(text: &str) -> Result<Vec<Entry>, InvalidRegister> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line.trim_end()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let invalid = |line, fault: &str| InvalidRegister { line, fault: fault.to_owned() };
    match lines.next() {
        Some((_, heading)) if heading.trim_start_matches('\u{feff}') == COLUMNS.join(",") => {}
        Some((line, _)) => return Err(invalid(line, &format!("the heading must be {}", COLUMNS.join(",")))),
        None => return Err(invalid(1, "the register is empty")),
    }
    let mut entries: Vec<Entry> = vec![];
    for (number, line) in lines {
        let entry = entry(line).map_err(|fault| invalid(number, fault))?;
        if entries.iter().any(|other| other.municipality == entry.municipality) {
            return Err(invalid(number, "the code stands twice"));
        }
        if entries.len() == UNITS_MAX {
            return Err(invalid(number, "too many units"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(line: &str) -> Result<Entry, &'static str> {
    if line.contains('"') {
        return Err("a field holds a double quote");
    }
    let fields: Vec<&str> = line.split(',').collect();
    let [municipality, order, short_name, report_heading, from, until, successor, confirmed] = fields[..]
    else {
        return Err("a line has 8 fields");
    };
    if short_name.trim().is_empty() || report_heading.trim().is_empty() {
        return Err("a name is missing");
    }
    Ok(Entry {
        municipality: municipality.parse().map_err(|_| "the code is not 8 digits")?,
        order: order.parse().map_err(|_| "the order is not a number")?,
        short_name: short_name.to_owned(),
        report_heading: report_heading.to_owned(),
        from: from.parse().map_err(|_| "the first day is not a date")?,
        until: optional(until).map(str::parse).transpose().map_err(|_| "the end is not a date")?,
        successor: optional(successor)
            .map(str::parse)
            .transpose()
            .map_err(|_| "the successor is not 8 digits")?,
        confirmed: match confirmed {
            "yes" => true,
            "no" => false,
            _ => return Err("confirmed is yes or no"),
        },
    })
}

fn optional(field: &str) -> Option<&str> {
    (!field.is_empty()).then_some(field)
}

/// The orders that bring a register into an empty ledger.
#[must_use]
pub fn commands(entries: &[Entry]) -> Vec<Command> {
    let registered = entries.iter().map(|entry| {
        Command::RegisterMunicipality(RegisterMunicipality {
            municipality: entry.municipality,
            order: entry.order,
            short_name: entry.short_name.clone(),
            report_heading: entry.report_heading.clone(),
            from: entry.from,
        })
    });
    let retired = entries.iter().filter_map(|entry| {
        Some(Command::RetireMunicipality(RetireMunicipality {
            municipality: entry.municipality,
            from: entry.until?,
            successor: entry.successor,
        }))
    });
    registered.chain(retired).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_force(day: Date) -> Vec<Entry> {
        let holds = |entry: &Entry| entry.from <= day && entry.until.is_none_or(|until| day < until);
        built_in().into_iter().filter(holds).collect()
    }

    #[test]
    fn smolensk_oblast_has_27_units_before_and_after_the_reform() {
        for day in ["2020-06-30", "2025-03-31"] {
            let units = in_force(day.parse().unwrap());
            let orders: Vec<u32> = units.iter().map(|unit| unit.order).collect();
            assert_eq!(orders, (1..=27).collect::<Vec<u32>>(), "{day}");
        }
    }

    #[test]
    fn the_two_codes_that_no_source_confirms_are_marked() {
        let marked: Vec<String> = built_in()
            .iter()
            .filter(|entry| !entry.confirmed)
            .map(|entry| entry.municipality.to_string())
            .collect();
        assert_eq!(marked, ["66524000", "66544000"]);
    }

    #[test]
    fn every_district_of_2020_has_its_successor_in_the_register() {
        let all = built_in();
        for entry in all.iter().filter(|entry| entry.until.is_some()) {
            let successor = all.iter().find(|other| Some(other.municipality) == entry.successor).unwrap();
            assert_eq!((successor.order, Some(successor.from)), (entry.order, entry.until));
        }
    }

    #[test]
    fn a_register_with_a_fault_names_the_line() {
        let heading = COLUMNS.join(",");
        let short = read(&format!("{heading}\n66701000,1,город,Город,2006-01-01,,\n"));
        assert_eq!(short.unwrap_err().line, 2);
        let row = "66701000,1,город,Город,2006-01-01,,,yes";
        assert_eq!(read(&format!("{heading}\n{row}\n{row}\n")).unwrap_err().line, 3);
        assert_eq!(read("code,name\n").unwrap_err().line, 1);
    }
}
