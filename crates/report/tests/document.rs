//! The document as a reader of Word files sees it: what it says, that it is whole, that its bytes never change.
//! Nothing outside the project is needed; the readers of others stand in `tests/documents`.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests: a panic is how they fail")]

#[path = "document/checks.rs"]
mod checks;
#[path = "document/html.rs"]
mod html;
#[path = "document/laws.rs"]
mod laws;
#[path = "document/odt.rs"]
mod odt;
#[path = "document/opened.rs"]
mod opened;
#[path = "document/xlsx.rs"]
mod xlsx;

use opened::{Opened, text_of};
use sha2::{Digest, Sha256};
use svod_engine::{ReportInputs, ReportStatus};
use svod_report::{Format, RenderError, ReportSettings, render};

/// SHA-256 of the sample as the renderer `docx/1` wrote it first. It never changes: another output is `docx/2`.
const SAMPLE_DOCX_SHA256: &str = "cb65764b3b24fef4f9867882a5378ae7bc44ea36af48cbba48e024c10b7ad19d";
/// The same of a report of many pages: what is compressed in one piece shows in the bytes.
const LONG_DOCX_SHA256: &str = "5a6f5552d4fc4b43e5fae18bf1ae9a48b5dab95b66deb55539759c19b65a0b1d";
const LONG_JSON_SHA256: &str = "a1dec58de4571e427ea36f141430a0a4220c6ac6ea2d10320f006773ba40b982";
const LONG_ODT_SHA256: &str = "059cc6f2959050d5dde516e82afccde1c3511456d6a1e30316a4e8fa1cadff4a";
const LONG_XLSX_SHA256: &str = "6a9346e16c182191a872d377af8b691af74916556bcfd62edf718a2631379740";
const LONG_HTML_SHA256: &str = "5c42451e09e8684cbe99303058a51dbfa49a2f80cf3d475cf757b54c070fe8bd";
/// The same for `json/1`.
const SAMPLE_JSON_SHA256: &str = "3f2a3d6af99c0b513bc5e8c0e9a9afa8dfa2b734c9ecaff9ad2eb9211e792676";
/// The same for `odt/1`.
const SAMPLE_ODT_SHA256: &str = "06c68b822681c23fc7265c8314aac051930fea3004b889f59beea4f8860a33f1";
/// The same for `xlsx/1`.
const SAMPLE_XLSX_SHA256: &str = "569d6748498ae3c7961581358bd5c937ba53f2d0b31fc426d47ff7ceff080130";
/// The same for `html/1`.
const SAMPLE_HTML_SHA256: &str = "344a580f153e7b3181f187ff78a7ddf4f48dafab40ba2ebc8c2257dd4829f0c0";

fn sample() -> ReportInputs {
    serde_json::from_str(include_str!("samples/inputs.json")).unwrap()
}

/// A report of many pages: each record of the sample four hundred times, no two with the same title.
fn long_sample() -> ReportInputs {
    let mut inputs = sample();
    for section in &mut inputs.sections {
        let records = (0..400).flat_map(|time| {
            section.records.iter().cloned().map(move |mut record| {
                record.activity.title = format!("{} {}", record.activity.title, time * time);
                record
            })
        });
        section.records = records.collect();
    }
    inputs
}

fn preview() -> ReportInputs {
    ReportInputs { status: ReportStatus::Preview, ..sample() }
}

fn file(inputs: &ReportInputs, format: Format) -> Vec<u8> {
    render(inputs, &ReportSettings::default(), format).unwrap().bytes
}

fn opened(inputs: &ReportInputs) -> Opened {
    Opened::new(&file(inputs, Format::Docx))
}

/// Keeps the file where an outside reader can be pointed at it.
fn keep(name: &str, bytes: &[u8]) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_table_says_what_was_filed_in_the_typography_of_a_document() {
    let rows = opened(&sample()).rows();
    let expected = [
        "№ п/п|Наименование мероприятия|Место проведения мероприятия|Сроки проведения мероприятия|\
         Содержание мероприятия (в том числе краткая информация о достигнутых договоренностях)|\
         Участники мероприятия (ФИО, должность)",
        "Город Смоленск",
        "1.|Участие в международном фестивале «Двина_– Днепр_– Двина»|г._Витебск|8–20_апреля|\
         Показаны спектакли двух театров.¶Проведены мастер-классы для 12–15 школ «ООО „Сцена“».¶\
         Театры условились об обмене гастролями в 2021–2022 годах|\
         Директор театра П.С._Орлов, труппа театра (24 человека)",
        "2.|Онлайн-встреча побратимов||30_мая_– 2_июня|\
         Обсуждены обмены школьными группами & приём делегаций: 北京, თბილისი, Łódź|\
         сотрудники администрации города",
        "Муниципальное образование «город Десногорск» Смоленской области",
        "3.|Выставка рисунков «Наш общий дом»|г._Десногорск, ул. Лесная, д. 3|2, 9_июня|\
         Показано 40 рисунков|преподаватель Орлова_А._П.",
        "4.|Переписка школ||апрель–июнь|Отправлено 5 писем по договору №_7-12|ученики школы №_4",
    ];
    let expected: Vec<String> = expected.iter().map(|row| row.replace('_', "\u{a0}")).collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_title_ends_with_the_quarter() {
    let document = opened(&sample());
    let title = "Отчет о мероприятиях, проведенных органами местного самоуправления Смоленской области \
                 в международной сфере во II квартале 2020 года";
    assert_eq!(document.paragraphs_of("Title"), [title]);
    assert_eq!(document.property("title"), title);
}

#[test]
fn the_properties_bear_the_time_of_the_close_and_no_other() {
    let document = opened(&sample());
    for (name, value) in [
        ("creator", "Смоленская область"),
        ("subject", "II квартал 2020 года"),
        ("language", "ru-RU"),
        ("created", "2020-07-15T15:00:00Z"),
        ("modified", "2020-07-15T15:00:00Z"),
        ("contentStatus", "Редакция 1"),
    ] {
        assert_eq!(document.property(name), value, "{name}");
    }
}

#[test]
fn a_preview_is_marked_on_every_page_and_bears_no_date() {
    let document = opened(&preview());
    assert_eq!(document.paragraphs_of("PreviewMark"), ["ПРЕДВАРИТЕЛЬНЫЙ ПРОСМОТР"]);
    assert!(text_of(document.part("word/header2.xml").root_element()).contains("ПРЕДВАРИТЕЛЬНЫЙ ПРОСМОТР"));
    assert_eq!(document.property("created"), "1980-01-01T00:00:00Z");
    let edition = opened(&sample());
    assert!(edition.paragraphs_of("PreviewMark").is_empty());
    assert_eq!(text_of(edition.part("word/header2.xml").root_element()), "2");
}

#[test]
fn the_first_page_bears_no_number() {
    let document = opened(&sample());
    assert_eq!(text_of(document.part("word/header1.xml").root_element()), "");
    assert!(document.part_text("word/document.xml").contains("<w:titlePg/>"));
}

#[test]
fn the_document_does_not_tell_where_in_the_log_it_was_taken() {
    let elsewhere = ReportInputs { position: svod_log::Position(7_777_777), ..sample() };
    for format in [Format::Docx, Format::Odt, Format::Xlsx, Format::Html, Format::Json] {
        assert_eq!(file(&sample(), format), file(&elsewhere, format));
    }
}

#[track_caller]
fn check_sha256(inputs: &ReportInputs, format: Format, name: &str, expected: &str) {
    let bytes = file(inputs, format);
    let digest = hex::encode(Sha256::digest(&bytes));
    assert_eq!(digest, expected, "see {}", keep(name, &bytes));
}

#[test]
fn the_sample_has_the_bytes_it_always_had() {
    check_sha256(&sample(), Format::Docx, "sample.docx", SAMPLE_DOCX_SHA256);
    check_sha256(&sample(), Format::Json, "sample.json", SAMPLE_JSON_SHA256);
    check_sha256(&sample(), Format::Odt, "sample.odt", SAMPLE_ODT_SHA256);
    check_sha256(&sample(), Format::Html, "sample.html", SAMPLE_HTML_SHA256);
    check_sha256(&sample(), Format::Xlsx, "sample.xlsx", SAMPLE_XLSX_SHA256);
}

#[test]
fn a_report_of_many_pages_has_the_bytes_it_always_had() {
    check_sha256(&long_sample(), Format::Docx, "long.docx", LONG_DOCX_SHA256);
    check_sha256(&long_sample(), Format::Json, "long.json", LONG_JSON_SHA256);
    check_sha256(&long_sample(), Format::Odt, "long.odt", LONG_ODT_SHA256);
    check_sha256(&long_sample(), Format::Html, "long.html", LONG_HTML_SHA256);
    check_sha256(&long_sample(), Format::Xlsx, "long.xlsx", LONG_XLSX_SHA256);
}

#[test]
fn a_report_without_activities_has_only_the_heading_row() {
    let empty = ReportInputs { sections: vec![], ..sample() };
    assert!(String::from_utf8(file(&empty, Format::Json)).unwrap().ends_with("\n  \"sections\": []\n}\n"));
    assert_eq!(opened(&empty).rows().len(), 1);
    opened(&empty).check();
}

#[test]
fn formats_that_are_not_written_yet_are_refused_by_name() {
    let failure = render(&sample(), &ReportSettings::default(), Format::Pdf);
    assert!(matches!(failure, Err(RenderError::FormatLater(Format::Pdf))));
    assert!("doc".parse::<Format>().is_err());
}

#[test]
fn files_are_named_by_quarter_and_edition() {
    let name =
        |inputs: &ReportInputs| render(inputs, &ReportSettings::default(), Format::Docx).unwrap().file_name;
    assert_eq!(name(&sample()), "report-2020-Q2-edition-1.docx");
    assert_eq!(name(&preview()), "report-2020-Q2-preview.docx");
}
