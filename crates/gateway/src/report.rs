//! `GET /quarters/{q}/report`: the document of an edition, or a preview of what a close now would print.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use svod_domain::{Edition, Quarter, ReasonCode};
use svod_engine::{AsOf, EditionCard, QuarterCard, QuarterPhase, Reader, ReportInputs, chain};
use svod_log::Hash;
use svod_text::files::{ReportFile, report_file_name};

use crate::api::Api;
use crate::caller::{Caller, Sight};
use crate::options::RenderRefused;
use crate::parameters::{self, Named, Parameters};
use crate::problem::Problem;
use crate::quarters::absent;
use crate::route::Route;

/// Says that the document is no edition: the quarter is open.
const PREVIEW: HeaderName = HeaderName::from_static("x-svod-preview");

/// Says that the document is no edition: only the reader's own activities are in it.
const EXTRACT: HeaderName = HeaderName::from_static("x-svod-extract");

/// A document may be kept by its reader alone, and is asked for again each time: then its `ETag` answers.
const KEPT_BY_READER: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    let mut get = Route::get(
        "/api/v1/quarters/{quarter}/report",
        "report",
        "The report. While the quarter is open, a preview (`X-Svod-Preview: true`); after the close, the newest edition \
         or the one asked for. A municipality is given an extract with its own activities (`X-Svod-Extract: true`). \
         `ETag` is the SHA-256 of the file.",
        report,
    );
    for format in Format::ALL {
        get = get.gives_bytes(format.media_type());
    }
    vec![get.parameters::<Which>()]
}

/// Which document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// `docx` if absent.
    #[serde(default, deserialize_with = "parameters::word")]
    format: Option<Format>,
    /// Which edition, from 1; the newest if absent.
    #[serde(default, deserialize_with = "parameters::number")]
    edition: Option<u32>,
    /// Answer as of this moment: a position of the log, or a time in RFC 3339.
    #[serde(default, deserialize_with = "parameters::moment")]
    #[schemars(with = "Option<String>")]
    as_of: Option<AsOf>,
}

/// The formats of the contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Docx,
    Pdf,
    /// PDF/A-1b, for archives that take nothing newer.
    #[serde(rename = "pdf-a1b")]
    PdfA1b,
    Xlsx,
    Odt,
    Json,
    Html,
}

impl Format {
    const ALL: [Self; 7] =
        [Self::Docx, Self::Pdf, Self::PdfA1b, Self::Xlsx, Self::Odt, Self::Json, Self::Html];

    /// Its name.
    fn as_str(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Pdf => "pdf",
            Self::PdfA1b => "pdf-a1b",
            Self::Xlsx => "xlsx",
            Self::Odt => "odt",
            Self::Json => "json",
            Self::Html => "html",
        }
    }

    /// What the names of its files end with.
    fn extension(self) -> &'static str {
        if self == Self::PdfA1b { Self::Pdf.as_str() } else { self.as_str() }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pdf | Self::PdfA1b => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Json => "application/json",
            Self::Html => "text/html",
        }
    }
}

/// A file that can be answered with.
struct Document {
    bytes: Bytes,
    media_type: String,
    sha256: Hash,
}

/// What a document is.
struct Label {
    quarter: Quarter,
    /// The quarter is open, and no edition was asked for.
    preview: bool,
    file: ReportFile,
    format: Format,
}

async fn report(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(quarter): Named<Quarter>,
    Parameters(which): Parameters<Which>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reader = api.engine.reader(which.as_of).await?;
    let card = reader.quarter(quarter).await?.ok_or_else(|| absent(quarter))?;
    let edition = edition(&card, which.edition.map(Edition))?;
    let format = which.format.unwrap_or_default();
    let sight = caller.sight();
    let document = match (edition, &sight) {
        (Some(edition), Sight::Everything) => whole(&api, quarter, edition, format).await?,
        (edition, sight) => {
            let inputs = inputs(&api, &reader, quarter, edition).await?;
            render(&api, seen(inputs, sight), format).await?
        }
    };
    let file = match (sight, edition) {
        (Sight::Own(_), _) => ReportFile::Extract,
        (Sight::Everything, Some(edition)) => ReportFile::Edition(edition.edition),
        (Sight::Everything, None) => ReportFile::Preview,
    };
    let label = Label { quarter, preview: edition.is_none(), file, format };
    Ok(answer(document, &label, &headers))
}

/// The edition that is asked for. `None`: a preview, because the quarter is open and no edition was named.
fn edition(card: &QuarterCard, named: Option<Edition>) -> Result<Option<&EditionCard>, Problem> {
    let found = match (named, card.state) {
        (Some(named), _) => card.editions.iter().find(|edition| edition.edition == named),
        (None, QuarterPhase::Open) => return Ok(None),
        (None, QuarterPhase::Closed) => card.editions.last(),
    };
    found.map(Some).ok_or_else(|| Problem::new(ReasonCode::NotFound).with_fault("there is no such edition"))
}

/// An edition's file as it was kept at the close (or its masked twin, if somebody in it was erased since), or made anew where no file of the format was kept.
async fn whole(
    api: &Api,
    quarter: Quarter,
    edition: &EditionCard,
    format: Format,
) -> Result<Document, Problem> {
    let kept = edition.files.iter().find(|file| file.format == format.as_str());
    if let Some(card) = kept
        && let Some(file) = api.engine.kept_document(card).await?
    {
        let bytes = Bytes::from_owner(file.bytes);
        return Ok(Document { bytes, media_type: file.media_type, sha256: file.sha256 });
    }
    let inputs = edition_inputs(api, quarter, edition.edition).await?;
    render(api, inputs, format).await
}

async fn inputs(
    api: &Api,
    reader: &Reader,
    quarter: Quarter,
    edition: Option<&EditionCard>,
) -> Result<ReportInputs, Problem> {
    match edition {
        Some(edition) => edition_inputs(api, quarter, edition.edition).await,
        None => reader.report_inputs(quarter).await?.ok_or_else(|| absent(quarter)),
    }
}

async fn edition_inputs(api: &Api, quarter: Quarter, edition: Edition) -> Result<ReportInputs, Problem> {
    let inputs = api.engine.edition(quarter, edition).await?;
    inputs.ok_or_else(|| {
        tracing::error!(%quarter, %edition, "an edition on its card is not in the log");
        Problem::broken()
    })
}

/// What the reader may see of it.
fn seen(inputs: ReportInputs, sight: &Sight) -> ReportInputs {
    match sight {
        Sight::Everything => inputs,
        Sight::Own(_) => inputs.extract(|municipality| sight.covers(municipality)),
    }
}

/// Makes a document where blocking is allowed; few at once.
async fn render(api: &Api, inputs: ReportInputs, format: Format) -> Result<Document, Problem> {
    let permit = Arc::clone(&api.renders).acquire_owned().await.expect("the semaphore is never closed");
    let make = Arc::clone(&api.render);
    let rendered = tokio::task::spawn_blocking(move || {
        let rendered = make(&inputs, format.as_str());
        drop(permit);
        rendered
    });
    match rendered.await {
        Ok(Ok(rendered)) => {
            let sha256 = Hash::of(&rendered.bytes);
            Ok(Document { bytes: rendered.bytes.into(), media_type: rendered.media_type, sha256 })
        }
        Ok(Err(RenderRefused::NoRenderer { format })) => {
            let fault = format!("this version makes no {format} files; ask for another format");
            Err(Problem::new(ReasonCode::FormatNotMade).with_fault(fault))
        }
        Ok(Err(error @ RenderRefused::Failed(_))) => {
            tracing::error!(cause = chain(&error), "a document was not made");
            Err(Problem::broken())
        }
        Err(error) => {
            tracing::error!(cause = chain(&error), "a renderer panicked");
            Err(Problem::broken())
        }
    }
}

fn answer(document: Document, label: &Label, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", document.sha256);
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, KEPT_BY_READER);
    if label.preview {
        headers.insert(PREVIEW, HeaderValue::from_static("true"));
    }
    if label.file == ReportFile::Extract {
        headers.insert(EXTRACT, HeaderValue::from_static("true"));
    }
    headers.insert(ETAG, ascii(&etag));
    if asked.get_all(IF_NONE_MATCH).iter().any(|known| names(known, &etag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let media_type = HeaderValue::from_str(&document.media_type);
    headers.insert(
        CONTENT_TYPE,
        media_type.unwrap_or_else(|_| HeaderValue::from_static(label.format.media_type())),
    );
    headers.insert(CONTENT_DISPOSITION, ascii(&disposition(label.quarter, label.file, label.format)));
    (headers, document.bytes).into_response()
}

/// Whether a header `If-None-Match` names the tag (RFC 9110 §13.1.2; the comparison is the weak one).
fn names(header: &HeaderValue, etag: &str) -> bool {
    let tags = header.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == etag || tag == "*")
}

/// A file to keep, by its Russian name (RFC 6266, RFC 8187) and by a plain one for old clients.
fn disposition(quarter: Quarter, file: ReportFile, format: Format) -> String {
    let plain = match file {
        ReportFile::Edition(edition) => format!("report-{quarter}-{edition}"),
        ReportFile::Preview => format!("report-{quarter}-preview"),
        ReportFile::Extract => format!("report-{quarter}-extract"),
    };
    let (name, extension) = (report_file_name(quarter, file), format.extension());
    let name = percent_encoded(&format!("{name}.{extension}"));
    format!("attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{name}")
}

/// Every byte but letters, digits and `-._~`: all others may mean something in a header.
fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    });
    encoded.collect()
}

/// A header of our own making.
fn ascii(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("it is made of visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_recognised_in_every_form_of_the_header() {
        let named = |header: &'static str| names(&HeaderValue::from_static(header), "\"ab\"");
        for header in ["\"ab\"", "W/\"ab\"", "\"x\", \"ab\"", "*"] {
            assert!(named(header), "{header}");
        }
        for header in ["\"a\"", "ab", ""] {
            assert!(!named(header), "{header}");
        }
    }

    #[test]
    fn a_file_has_a_russian_name_and_a_plain_one() {
        let quarter = "2020-Q2".parse().unwrap();
        let edition = disposition(quarter, ReportFile::Edition(Edition::FIRST), Format::Docx);
        assert!(
            edition.starts_with("attachment; filename=\"report-2020-Q2-1.docx\"; filename*=UTF-8''%D0%9E")
        );
        assert!(edition.is_ascii(), "{edition}");
        let preview = disposition(quarter, ReportFile::Preview, Format::Pdf);
        assert!(preview.contains("filename=\"report-2020-Q2-preview.pdf\""));
    }
}
