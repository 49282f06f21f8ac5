//! Names of files that a person keeps.

use svod_domain::{Edition, Quarter};

use crate::quarter::quarter_name;

/// What a file with a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFile {
    /// An edition.
    Edition(Edition),
    /// What a close now would print.
    Preview,
    /// The part of a report that one municipality may see.
    Extract,
}

/// The name of a report's file, without its extension: «Отчет за II квартал 2020 года, редакция 1». «Отчет» without
/// «ё», as the title of the form has it.
#[must_use]
pub fn report_file_name(quarter: Quarter, file: ReportFile) -> String {
    let name = quarter_name(quarter);
    match file {
        ReportFile::Edition(edition) => format!("Отчет за {name}, редакция {edition}"),
        ReportFile::Preview => format!("Отчет за {name} (предварительный)"),
        ReportFile::Extract => format!("Выписка из отчета за {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_holds() {
        let quarter = "2020-Q2".parse().unwrap();
        let cases = [
            (ReportFile::Edition(Edition(2)), "Отчет за II квартал 2020 года, редакция 2"),
            (ReportFile::Preview, "Отчет за II квартал 2020 года (предварительный)"),
            (ReportFile::Extract, "Выписка из отчета за II квартал 2020 года"),
        ];
        for (file, name) in cases {
            assert_eq!(report_file_name(quarter, file), name);
        }
    }
}
