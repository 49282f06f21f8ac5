//! Web pages, as Word and Excel save them and as people paste them: tags that are never closed, tables in tables, looks in
//! attributes. Only tables, lines and what is hidden are looked at; nothing that a page points to is fetched.

mod cells;
mod lists;
mod open;

use encoding_rs::Encoding;
use html5gum::Tokenizer;
use html5gum::emitters::default::{DefaultEmitter, StartTag, Token};

use cells::{Cells, Closed};
use lists::Counters;
use open::{Open, Shown, hides, is_void};

use super::draft::{Draft, add_fact};
use super::encoding::decoded;
use super::lines::Line;
use super::{CannotRead, Fact, NoticeKind, Paragraph, Place};

/// As far as a page is looked through for its encoding; the standard asks for the first kibibyte, Word writes more before.
const HEAD_BYTES: usize = 4096;

/// Columns of a row that make a table in one of its cells a list: a frame for the look of a page has one or two.
const LISTED_FROM_COLUMNS: usize = 3;

/// Reads a page.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), CannotRead> {
    let text = decoded(bytes, declared(bytes), draft);
    let mut page = Page::new(draft);
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(text.as_str(), emitter) {
        // A text in memory cannot fail to be read.
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => page.start(&tag)?,
            Token::EndTag(tag) => page.end(&String::from_utf8_lossy(&tag.name))?,
            Token::String(text) => page.text(&String::from_utf8_lossy(&text))?,
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    page.finish()
}

/// The encoding that the page says it is in.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]).to_lowercase();
    let rest = &head[head.find("charset")? + "charset".len()..];
    let rest = rest.trim_start_matches([' ', '=', '"', '\'']);
    let label: String =
        rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || "-_:".contains(*letter)).collect();
    let encoding = Encoding::for_label(label.as_bytes())?;
    // It could be read byte by byte, so it is not in an encoding of two bytes a letter.
    Some(if encoding.is_ascii_compatible() { encoding } else { encoding_rs::UTF_8 })
}

struct Page<'d> {
    draft: &'d mut Draft,
    open: Open,
    /// Tables that are open, the innermost last.
    tables: Vec<Cells>,
    lists: Counters,
    line: Line,
}

impl<'d> Page<'d> {
    fn new(draft: &'d mut Draft) -> Self {
        Self {
            draft,
            open: Open::default(),
            tables: Vec::new(),
            lists: Counters::default(),
            line: Line::default(),
        }
    }

    fn start(&mut self, tag: &StartTag<()>) -> Result<(), CannotRead> {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let attribute = |name: &str| {
            tag.attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
        };
        match name.as_str() {
            "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption" => self.end_line()?,
            "ol" | "ul" => {
                self.end_line()?;
                self.lists.begin(name == "ol", attribute("type").as_deref(), attribute("start").as_deref());
            }
            "li" => {
                self.end_item()?;
                self.lists.count(attribute("value").as_deref());
            }
            "br" if self.is_shown() => return self.add("\n"),
            "img" if self.is_shown() => self.note(Fact::Image, NoticeKind::Image),
            "table" => self.begin_table()?,
            "thead" | "tbody" | "tfoot" => {
                self.end_row()?;
                if let Some(cells) = self.tables.last_mut() {
                    cells.is_heading = name == "thead";
                }
            }
            "tr" => self.begin_row(hides(&attribute))?,
            "td" | "th" => {
                self.end_cell()?;
                let number = |name| attribute(name).and_then(|value| value.trim().parse().ok()).unwrap_or(1);
                if let Some(cells) = self.tables.last_mut() {
                    cells.begin_cell(number("colspan"), number("rowspan"), self.draft)?;
                }
            }
            "del" => self.note(Fact::Tracked, NoticeKind::TrackedChanges),
            _ => {}
        }
        if tag.self_closing || is_void(&name) {
            return Ok(());
        }
        self.open.push(name, &attribute)
    }

    fn is_shown(&self) -> bool {
        self.open.effect().shown == Shown::Yes
    }

    fn begin_row(&mut self, is_hidden: bool) -> Result<(), CannotRead> {
        self.end_row()?;
        let is_hidden = is_hidden || self.open.effect().shown >= Shown::Hidden;
        let Some(cells) = self.tables.last_mut() else { return Ok(()) };
        cells.begin_row(is_hidden);
        if is_hidden {
            self.draft.find(&self.place(), NoticeKind::HiddenRow);
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), CannotRead> {
        match name {
            "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption" => self.end_line()?,
            "li" => self.end_item()?,
            "ol" | "ul" => {
                self.end_item()?;
                self.lists.end();
            }
            "td" | "th" => self.end_cell()?,
            "tr" | "thead" | "tbody" | "tfoot" => self.end_row()?,
            "table" => self.end_table()?,
            _ => {}
        }
        self.open.pop(name);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), CannotRead> {
        let effect = self.open.effect();
        let is_blank = text.trim().is_empty();
        match effect.shown {
            Shown::Yes => {}
            Shown::Hidden if !is_blank => {
                self.note(Fact::Hidden, NoticeKind::HiddenText);
                return Ok(());
            }
            Shown::Hidden | Shown::Deleted | Shown::Never => return Ok(()),
        }
        let mut collapsed = String::with_capacity(text.len());
        let mut after_space = self.line.text.is_empty() || self.line.text.ends_with([' ', '\n']);
        for letter in text.chars() {
            let is_space = matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}');
            if !is_space {
                collapsed.push(letter);
            } else if !after_space {
                collapsed.push(' ');
            }
            after_space = is_space;
        }
        if !is_blank {
            self.line.bold = Some(self.line.bold.unwrap_or(true) && effect.is_bold);
            if effect.is_struck {
                self.note(Fact::StruckOut, NoticeKind::StruckOut);
            }
        }
        self.add(&collapsed)
    }

    fn add(&mut self, text: &str) -> Result<(), CannotRead> {
        if self.draft.add_visible(text, &mut self.line.text)? {
            self.draft.find(&self.place(), NoticeKind::InvisibleCharacters);
        }
        Ok(())
    }

    fn note(&mut self, fact: Fact, kind: NoticeKind) {
        add_fact(&mut self.line.facts, fact);
        self.draft.find(&self.place(), kind);
    }

    /// Where the reading is, for notices.
    fn place(&self) -> Place {
        match self.tables.iter().rev().find(|cells| !cells.is_listed) {
            Some(cells) => cells.place(),
            None => Place::Paragraph { number: self.draft.next_paragraph() },
        }
    }

    /// Ends the paragraph, if anything is in it.
    fn end_line(&mut self) -> Result<(), CannotRead> {
        self.draft.count_paragraph()?;
        let mut line = std::mem::take(&mut self.line);
        line.text.truncate(line.text.trim_end_matches([' ', '\n']).len());
        if !line.text.is_empty() || !line.facts.is_empty() {
            self.lists.mark(&mut line);
            self.put_down(line);
        }
        Ok(())
    }

    /// Ends the item of a list: its number is shown even if nothing else is.
    fn end_item(&mut self) -> Result<(), CannotRead> {
        self.end_line()?;
        let mut line = Line::default();
        self.lists.mark(&mut line);
        if !line.text.is_empty() {
            self.put_down(line);
        }
        Ok(())
    }

    fn put_down(&mut self, line: Line) {
        if let Some(lines) = self.tables.last_mut().and_then(Cells::lines) {
            lines.done.push(line);
            return;
        }
        let number = self.draft.begin_paragraph();
        let bold = line.bold == Some(true);
        self.draft.paragraph(Paragraph { number, text: line.text, bold, facts: line.facts });
    }

    fn begin_table(&mut self) -> Result<(), CannotRead> {
        self.end_line()?;
        let columns = self.tables.last().filter(|cells| cells.has_cell()).map(Cells::columns);
        let is_listed = columns.is_some_and(|columns| columns >= LISTED_FROM_COLUMNS);
        let place = self.place();
        let cells = if is_listed { Cells::listed() } else { Cells::of(self.draft.begin_table(None)) };
        if columns.is_some() {
            self.draft.find(&place, NoticeKind::NestedTable);
            let number = (!is_listed).then(|| cells.number());
            if let Some(outer) = self.tables.last_mut() {
                outer.add_fact(Fact::NestedTable(number));
            }
        }
        self.tables.push(cells);
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), CannotRead> {
        if self.tables.last().is_some_and(Cells::has_cell) {
            self.end_item()?;
            if let Some(cells) = self.tables.last_mut() {
                cells.end_cell();
            }
        }
        self.open.pop_to_cell();
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), CannotRead> {
        self.end_cell()?;
        match self.tables.last_mut() {
            Some(cells) => cells.end_row(self.draft),
            None => Ok(()),
        }
    }

    fn end_table(&mut self) -> Result<(), CannotRead> {
        self.end_row()?;
        let Some(cells) = self.tables.pop() else { return Ok(()) };
        match cells.close() {
            Closed::Block(table) => self.draft.end_table(table),
            Closed::Listed(rows) => {
                if let Some(lines) = self.tables.last_mut().and_then(Cells::lines) {
                    lines.done.extend(rows.into_iter().map(Line::of_row));
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), CannotRead> {
        while !self.tables.is_empty() {
            self.end_table()?;
        }
        self.end_line()
    }
}
