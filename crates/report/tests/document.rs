//! The document as a reader of Word files sees it: what it says, that it is whole, that its bytes never change.
//! Nothing outside the project is needed; the readers of others stand in `tests/documents`.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests: a panic is how they fail")]

#[path = "generated/cases.rs"]
mod cases;
#[path = "document/checks.rs"]
mod checks;
#[path = "generated/hostile.rs"]
mod hostile;
#[path = "document/html.rs"]
mod html;
#[path = "document/laws.rs"]
mod laws;
#[path = "document/odt.rs"]
mod odt;
#[path = "document/opened.rs"]
mod opened;
#[path = "document/pdf.rs"]
mod pdf;
#[path = "document/revision.rs"]
mod revision;
#[path = "document/template.rs"]
mod template;
#[path = "document/tracked.rs"]
mod tracked;
#[path = "document/xlsx.rs"]
mod xlsx;
#[path = "document/yearly.rs"]
mod yearly;

use opened::{Opened, text_of};
use sha2::{Digest, Sha256};
use svod_engine::{AttestedRoot, ReportInputs, ReportStatus};
use svod_report::{Format, Renderer, ReportSettings, render, render_all, render_by};

/// The renderers, with what they made of the sample, of the long one and of a second edition. These never change: another
/// output is another renderer. A long one, because what is compressed in one piece shows in the bytes.
const KNOWN: [(Renderer, [&str; 3]); 14] = [
    (
        Renderer::Docx1,
        [
            "cb65764b3b24fef4f9867882a5378ae7bc44ea36af48cbba48e024c10b7ad19d",
            "5a6f5552d4fc4b43e5fae18bf1ae9a48b5dab95b66deb55539759c19b65a0b1d",
            "bf6d3b2c8255a63b0cd6e62b41f3a0a5e99bb4a5be7f4aa7fbd54ba66de2e8fc",
        ],
    ),
    (
        Renderer::Docx2,
        [
            "f81f1c1470ab41f8b9e760fe33c22a92d40384aa12dbdfde40894840536fb88e",
            "01c0e9a183a5cc2c2f3f87bd7207bf18dedb6b9561dec6a31590caa61425d880",
            "51d6de4567e62ca2d8c7797bff40318d259ba0b354382175b68183517c66e6b6",
        ],
    ),
    (
        Renderer::Docx3,
        [
            "c63280ee6391df6506a273814d942496254bc184c2f0b755058bca9f535f2322",
            "22b7968ab8270664da6438b24f887618cd9d95c4ff44bb94083b10d6378cdc6f",
            "478fce41ea25007a4507e48e5b48a86ea6aaa4e17a2cc5384130146dd895ec1f",
        ],
    ),
    (
        Renderer::Odt1,
        [
            "06c68b822681c23fc7265c8314aac051930fea3004b889f59beea4f8860a33f1",
            "059cc6f2959050d5dde516e82afccde1c3511456d6a1e30316a4e8fa1cadff4a",
            "2c7f616f8a15e42f20e058adc49285efc724c31c75cff71c42542d3ab80b3b5c",
        ],
    ),
    (
        Renderer::Odt2,
        [
            "50e596f892725694ffd5902ce7d1fce9aa4415b82cb5c033425caa1198788637",
            "67d08de73dd80e2811fb61e1911f595ca13bc0d0f7fe728f53c9cded1dbb2b1d",
            "c2c01105f99a38c6d4bff60e2051b9f72a25ed48a233af06258e5ba37df0721a",
        ],
    ),
    (
        Renderer::Odt3,
        [
            "922e4ea451cc938998702b58a1146df5d61213abddfc5c57731ba4a3de55c400",
            "35fba20bcdea0ca394a27013051c1df5c905899d8a215e0bac1ed53cd7abfb99",
            "182381f65da7ce0a886db2b20fec40611cf46a5d25f60e4c76ff3b0ad79c1b4e",
        ],
    ),
    (
        Renderer::Xlsx1,
        [
            "ba381aede63a62f7bc09b1275c078f401367e7bb8adf04e6e12236bdab9a7b44",
            "f4c51f5eabc50cf92b7608748a32b8f1bf6bd9385ca0ad9b733819a654524c2c",
            "781b2103c8af80edafed9923997f8c82c62ef93bce8a264288128dd0be06cea7",
        ],
    ),
    (
        Renderer::Xlsx2,
        [
            "0c0f93616b31122ce7c62cea77118cb44d3bf566ded492e2820778752c1f4ce2",
            "9e933e357d4fbf5d4cf96abf8f6db911cb1a39054e66edd384676d19b9d48665",
            "258aa69726d234d86f3611e60e3632e0cf0f000cfe06ab89e45d4dbf8b02c4cd",
        ],
    ),
    (
        Renderer::Pdf1,
        [
            "29d5e36a072d03116d2ae298307a336a27131376b7553b7cb7aa7b3ad5bac44f",
            "2e085b2251eb01eab435901935ba728172a46bfd4486891450c13f87eaebd782",
            "27887f277f74bdb3577196877782e6489be6ffe54a66b642c24238ca22e46ade",
        ],
    ),
    (
        Renderer::PdfA1b1,
        [
            "137a584cafe488f7a291a732a08702f4644ba96c0445ccb63f8785525fa9c524",
            "6c15ca6a8e8edeab9c4cc00927436ffbb53fed3892029495dd398f76ba173be2",
            "11cf3df3469d6d9e9bd9b30e7a61fb9138b6e80a649b5a04dcdcf7c05fd89304",
        ],
    ),
    (
        Renderer::Html1,
        [
            "344a580f153e7b3181f187ff78a7ddf4f48dafab40ba2ebc8c2257dd4829f0c0",
            "5c42451e09e8684cbe99303058a51dbfa49a2f80cf3d475cf757b54c070fe8bd",
            "344a580f153e7b3181f187ff78a7ddf4f48dafab40ba2ebc8c2257dd4829f0c0",
        ],
    ),
    (
        Renderer::Html2,
        [
            "523c1bc64c49e9daa187b921866b74282d1b2534bc7bc93c2ff5e738a8407201",
            "bb56cb57f0a972548e2a873fd1c28cb40972a805148b23628115bb296a8ea6da",
            "32e014b3c389bbbce24f601e489f8d6a7c32f92614dd1575befa72300b89849d",
        ],
    ),
    (
        Renderer::Json1,
        [
            "3f2a3d6af99c0b513bc5e8c0e9a9afa8dfa2b734c9ecaff9ad2eb9211e792676",
            "a1dec58de4571e427ea36f141430a0a4220c6ac6ea2d10320f006773ba40b982",
            "5d91962a68483cc4d0e781fc3c83e7dcfb20567177dd3046c03e4ed9ca30cc58",
        ],
    ),
    (
        Renderer::Json2,
        [
            "7a098097c15a2e364b4b3977e5c478ec26de108565f28cfe125e9b64004ee682",
            "4e72240a7469d6772309e0e0ec7da8c5305c47cda488d149018b3807749ee40b",
            "c25c0170b65c43fe24685344a6ff6d9a0dcce0fa4d2400331d9b5e465be9e6b8",
        ],
    ),
];

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
fn the_document_says_where_it_comes_from() {
    let document = opened(&elsewhere(&sample()));
    let custom = document.part("docProps/custom.xml");
    let told = |name: &str| {
        let property = custom.descendants().find(|node| node.attribute("name") == Some(name));
        property.map(|node| node.descendants().find_map(|found| found.text()).unwrap().to_owned())
    };
    for (name, value) in [
        ("Регион", "Смоленская область"),
        ("Квартал", "2020-Q2"),
        ("Номер редакции", "1"),
        ("Квартал закрыт", "2020-07-15T15:00:00Z"),
        ("Запись журнала о закрытии", "7777777"),
        ("Записей в журнале до закрытия", "7777776"),
        ("Корень журнала до закрытия", &"ab".repeat(32)),
        ("Шаблон", "встроенный"),
        ("Построитель", "docx/3"),
    ] {
        assert_eq!(told(name).as_deref(), Some(value), "{name}");
    }
    let preview = opened(&preview());
    assert!(!preview.part_text("docProps/custom.xml").contains("журнал"));
}

#[test]
fn the_table_bears_the_title_for_whoever_has_the_document_read_aloud() {
    let document = opened(&sample());
    let part = document.part("word/document.xml");
    let caption = opened::elements(part.root_element(), "tblCaption").next().unwrap();
    assert_eq!(caption.attributes().next().unwrap().value(), document.property("title"));
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

/// The same records in another ledger.
fn elsewhere(inputs: &ReportInputs) -> ReportInputs {
    let position = svod_log::Position(7_777_777);
    let attested = AttestedRoot { position: svod_log::Position(7_777_776), root: "ab".repeat(32) };
    ReportInputs { position, attested: Some(attested), ..inputs.clone() }
}

#[test]
fn only_the_properties_tell_where_in_the_log_an_edition_was_taken() {
    let (here, there) = (sample(), elsewhere(&sample()));
    for format in [Format::Html, Format::Json] {
        assert_eq!(file(&here, format), file(&there, format));
    }
    for (format, properties) in [
        (Format::Docx, "docProps/custom.xml"),
        (Format::Odt, "meta.xml"),
        (Format::Xlsx, "docProps/custom.xml"),
    ] {
        let [here, there] = [&here, &there].map(|inputs| Opened::new(&file(inputs, format)));
        let differing: Vec<&str> =
            here.names().filter(|name| here.part_text(name) != there.part_text(name)).collect();
        assert_eq!(differing, [properties]);
        let told = there.part_text(properties);
        assert!(told.contains(&"ab".repeat(32)) && told.contains(">7777777<"), "{told}");
        assert!(told.contains(Renderer::newest(format).as_str()), "{told}");
    }
}

#[test]
fn previews_of_the_same_records_are_the_same_file_wherever_they_are_taken() {
    for format in [Format::Docx, Format::Odt, Format::Xlsx, Format::Html, Format::Json] {
        assert_eq!(file(&preview(), format), file(&elsewhere(&preview()), format));
    }
}

fn sha256_by(renderer: Renderer, inputs: &ReportInputs, name: &str) -> String {
    let bytes = render_by(renderer, inputs, &ReportSettings::default()).unwrap().bytes;
    keep(
        &format!("{name}-{}.{}", renderer.as_str().replace('/', "-"), renderer.format().extension()),
        &bytes,
    );
    hex::encode(Sha256::digest(&bytes))
}

#[test]
fn every_renderer_writes_what_it_always_wrote() {
    assert_eq!(KNOWN.map(|(renderer, _)| renderer), Renderer::ALL);
    let reports = [("sample", sample()), ("long", long_sample()), ("second", revision::second())];
    let now = Renderer::ALL.iter().map(|renderer| {
        (*renderer, reports.each_ref().map(|(name, inputs)| sha256_by(*renderer, inputs, name)))
    });
    let now: Vec<_> = now.collect();
    assert_eq!(now, KNOWN.map(|(renderer, known)| (renderer, known.map(str::to_owned))));
}

#[test]
fn what_is_written_in_one_pass_is_what_each_writes_alone() {
    let (inputs, settings) = (sample(), ReportSettings::default());
    let together = render_all(Renderer::ALL, &inputs, &settings, None).unwrap();
    assert_eq!(together.len(), Renderer::ALL.len());
    for (renderer, file) in Renderer::ALL.iter().zip(together) {
        assert_eq!(file, render_by(*renderer, &inputs, &settings).unwrap(), "{renderer}");
    }
}

#[test]
fn a_report_without_activities_has_only_the_heading_row() {
    let empty = ReportInputs { sections: vec![], ..sample() };
    assert!(String::from_utf8(file(&empty, Format::Json)).unwrap().ends_with("\n  \"sections\": []\n}\n"));
    assert_eq!(opened(&empty).rows().len(), 1);
    opened(&empty).check();
}

#[test]
fn every_format_is_known_by_its_name() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse::<Format>().unwrap(), *format);
    }
    assert!("doc".parse::<Format>().is_err());
}

#[test]
fn files_are_named_by_quarter_and_edition() {
    let name =
        |inputs: &ReportInputs| render(inputs, &ReportSettings::default(), Format::Docx).unwrap().file_name;
    assert_eq!(name(&sample()), "report-2020-Q2-edition-1.docx");
    assert_eq!(name(&preview()), "report-2020-Q2-preview.docx");
}
