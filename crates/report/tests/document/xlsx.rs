//! The workbook: that it says what the Word file says, that nothing typed is a formula, that no letter is lost, and its sums.

use roxmltree::Node;
use svod_engine::ReportInputs;
use svod_report::Format;

use super::opened::Opened;
use super::{file, opened, preview, sample};

/// A workbook taken apart.
pub(super) struct Xlsx(Opened);

/// The columns of the form.
const FORM: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

impl Xlsx {
    pub(super) fn of(inputs: &ReportInputs) -> Self {
        Self(Opened::new(&file(inputs, Format::Xlsx)))
    }

    /// The rows of a sheet, each cell as its column and what it says.
    pub(super) fn sheet(&self, number: usize) -> Vec<Vec<(String, String)>> {
        let sheet = self.0.part(&format!("xl/worksheets/sheet{number}.xml"));
        let strings = self.shared_strings();
        let rows = sheet.descendants().filter(|node| node.tag_name().name() == "row");
        let cell = |cell: Node<'_, '_>| {
            let place = cell.attribute("r").unwrap();
            let text: String =
                cell.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
            let text = match cell.attribute("t") {
                Some("s") => strings[text.parse::<usize>().unwrap()].clone(),
                _ => text,
            };
            // What Excel takes for an escape is written with its underscore escaped (ECMA-376, ST_Xstring).
            let text = text.replace("_x005F_", "_");
            (place.trim_end_matches(char::is_numeric).to_owned(), text)
        };
        rows.map(|row| row.children().filter(Node::is_element).map(cell).collect()).collect()
    }

    fn shared_strings(&self) -> Vec<String> {
        if !self.0.names().any(|name| name == "xl/sharedStrings.xml") {
            return vec![];
        }
        let part = self.0.part("xl/sharedStrings.xml");
        let strings = part.descendants().filter(|node| node.tag_name().name() == "si");
        strings
            .map(|node| node.descendants().filter(Node::is_text).filter_map(|found| found.text()).collect())
            .collect()
    }

    /// The rows of the form from its heading row on, as the Word file has them. A row that goes on below is one row.
    pub(super) fn rows(&self) -> Vec<String> {
        let mut rows: Vec<[String; 6]> = vec![];
        for row in self.sheet(1).into_iter().skip_while(|row| row[0].1 != "№ п/п") {
            let of = |column| row.iter().find(|(found, _)| found == column).map(|(_, text)| text.clone());
            let cells = FORM.map(|column| of(column).unwrap_or_default());
            match rows.last_mut() {
                // Only the first of them bears the municipality.
                Some(above) if of("J").is_none() => {
                    for (cell, more) in above.iter_mut().zip(cells).filter(|(_, more)| !more.is_empty()) {
                        *cell += " ";
                        *cell += &more;
                    }
                }
                _ => rows.push(cells),
            }
        }
        rows.iter().map(printed).collect()
    }

    /// Everything that the columns of the form say, in order.
    pub(super) fn words(&self) -> String {
        let rows = self.sheet(1);
        let cells = rows.into_iter().flatten().filter(|(column, _)| FORM.contains(&column.as_str()));
        cells.map(|(_, text)| text + " ").collect()
    }
}

fn printed(cells: &[String; 6]) -> String {
    if cells[1..].iter().all(String::is_empty) {
        return cells[0].clone();
    }
    let number = cells[0].parse().map_or(cells[0].clone(), |number: u32| format!("{number}."));
    [&[number], &cells[1..]].concat().join("|").replace('\n', "¶")
}

#[test]
fn it_says_what_the_word_file_says() {
    assert_eq!(Xlsx::of(&sample()).rows(), opened(&sample()).rows());
}

#[test]
fn what_was_typed_is_never_a_formula() {
    let mut inputs = sample();
    let activity = &mut inputs.sections[0].records[0].activity;
    activity.title = "=HYPERLINK(\"http://x\",1)".into();
    activity.content = "@SUM(1) +1 -1 _x0041_".into();
    let workbook = Xlsx::of(&inputs);
    assert!(!workbook.0.part_text("xl/worksheets/sheet1.xml").contains("<f>"));
    assert!(workbook.rows()[2].contains("|=HYPERLINK("), "{:?}", workbook.rows());
}

#[test]
fn days_are_dates_and_numbers_are_numbers() {
    let workbook = Xlsx::of(&sample());
    let rows = workbook.sheet(1);
    let first = rows.iter().find(|row| row[0] == ("A".into(), "1".into())).unwrap();
    // 8 and 20 April 2020 in days since 30 December 1899.
    assert!(first.contains(&("G".into(), "43929".into())) && first.contains(&("H".into(), "43941".into())));
    assert!(first.contains(&("K".into(), "Беларусь".into())), "{first:?}");
    let sheet = workbook.0.part("xl/worksheets/sheet1.xml");
    let day = sheet.descendants().find(|node| node.attribute("r") == Some("G4")).unwrap();
    assert_eq!(day.attribute("t"), None);
}

#[test]
fn text_longer_than_a_cell_goes_on_below() {
    let mut inputs = sample();
    let words: Vec<String> = (0..8_000).map(|number| format!("слово{number}")).collect();
    inputs.sections[0].records[0].activity.content = words.join(" ");
    let workbook = Xlsx::of(&inputs);
    let printed = workbook.words();
    let printed: Vec<&str> = printed.split_whitespace().collect();
    assert!(words.iter().all(|word| printed.contains(&word.as_str())));
    for (_, text) in workbook.sheet(1).into_iter().flatten() {
        assert!(text.encode_utf16().count() <= 32_767);
    }
}

#[test]
fn it_is_printed_like_the_word_file() {
    let workbook = Xlsx::of(&sample());
    let sheet = workbook.0.part_text("xl/worksheets/sheet1.xml");
    for is_there in [
        r#"paperSize="9""#,
        r#"orientation="landscape""#,
        r#"fitToHeight="0""#,
        r#"<pane ySplit="2""#,
        r#"<autoFilter ref="A2:N8"/>"#,
        "&amp;P",
    ] {
        assert!(sheet.contains(is_there), "{is_there}");
    }
    let book = workbook.0.part_text("xl/workbook.xml");
    assert!(book.contains("$2:$2</definedName>") && book.contains("$A$1:$F$8</definedName>"), "{book}");
}

#[test]
fn a_preview_is_marked_and_its_only_date_is_that_of_the_close() {
    assert!(Xlsx::of(&preview()).words().contains("ПРЕДВАРИТЕЛЬНЫЙ ПРОСМОТР"));
    let edition = Xlsx::of(&sample());
    assert!(!edition.words().contains("ПРОСМОТР"));
    let core = edition.0.part_text("docProps/core.xml");
    assert_eq!(core.matches("2020-07-15T15:00:00Z</dcterms:").count(), 2, "{core}");
    for property in
        ["<dc:title>Отчет", "<dc:creator>Смоленская область<", "<dc:subject>II квартал 2020 года<"]
    {
        assert!(core.contains(property), "{property}");
    }
}

#[test]
fn the_second_sheet_counts_by_municipality_and_by_country() {
    let mut inputs = sample();
    inputs.sections[0].records[1].late = true;
    let rows: Vec<String> = Xlsx::of(&inputs)
        .sheet(2)
        .into_iter()
        .map(|row| row.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("|"))
        .collect();
    for expected in [
        "Город Смоленск|2|1|1",
        "Муниципальное образование «город Десногорск» Смоленской области|2|2|0",
        "Всего|4|3|1",
        "Беларусь|BY|1",
        "Страна не указана||2",
    ] {
        assert!(rows.iter().any(|row| row == expected), "{expected}: {rows:#?}");
    }
}
