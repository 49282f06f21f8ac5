//! Texts of orders, guarded at intake: what the log keeps is composed (NFC), without control characters, and made of characters
//! that a document can print. What is taken out is told; what cannot be printed is refused, with its place.
//!
//! The guard stands before the rules and not among them. Which characters there are fonts for changes with the fonts, so what
//! was recorded once is never asked about its letters again.

mod fields;
mod printable;
mod text;

use fields::{Place, Shape, each_text};
pub use printable::FILE as PRINTABLE_FILE;
pub use text::{Unprintable, composed, is_private, is_taken_out, is_unseen, line, unprintable};

use crate::refusal::FAULTS_MAX;
use crate::{Command, Participant, Refusal, SchemaFault, Warning};

/// An order whose texts every document can carry. No other reaches a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    command: Command,
    warnings: Vec<Warning>,
}

impl Guarded {
    /// Puts the texts of an order in order, or says which cannot be printed.
    pub fn try_new(mut command: Command) -> Result<Self, Refusal> {
        let mut look = Look::default();
        each_text(&mut command, &mut |place, shape, text| look.at(place, shape, text));
        let warnings = look.end()?;
        Ok(Self { command, warnings })
    }

    /// The order.
    #[must_use]
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// The order, for what svod itself puts in: days that were read, sums that were counted. Nothing of it is text.
    pub fn command_mut(&mut self) -> &mut Command {
        &mut self.command
    }

    /// What was taken out of its texts, for the receipt.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// Whether the guard may have said this of an order with these texts. What it took out is gone; the places that it names are not.
#[must_use]
pub fn may_have_said(command: &Command, warnings: &[Warning]) -> bool {
    let mut command = command.clone();
    if let Command::Submit(crate::command::Submit { activity, .. })
    | Command::Correct(crate::command::Correct { activity, .. }) = &mut command
    {
        // Whoever is sealed had a name and a position when the guard looked.
        for participant in &mut activity.participants {
            if matches!(participant, Participant::Sealed { .. }) {
                *participant = Participant::erased();
            }
        }
    }
    let mut pointers = vec![];
    each_text(&mut command, &mut |place, _, _| pointers.push(place.pointer()));
    let mut left = pointers.into_iter();
    warnings.iter().all(|warning| match warning {
        Warning::ControlCharactersRemoved { pointer, removed, replaced, at } => {
            removed + replaced > 0 && *at > 0 && left.any(|place| place == *pointer)
        }
        Warning::DatesOutsideQuarter { .. }
        | Warning::DatesUnreadable
        | Warning::TermsFromOpening
        | Warning::CalendarProvisional { .. } => false,
    })
}

/// What was found so far.
#[derive(Default)]
struct Look {
    warnings: Vec<Warning>,
    /// Texts of which nothing was left.
    blank: Vec<(String, SchemaFault)>,
    unprintable: Vec<(String, Unprintable)>,
}

impl Look {
    fn at(&mut self, place: Place, shape: Shape, text: &mut String) {
        match text::guard(text, shape.lines) {
            Ok(None) => {}
            Ok(Some(out)) if shape.needed && text.trim().is_empty() && out.removed > 0 => {
                self.blank.push((place.pointer(), SchemaFault::TooShort { min: 1 }));
            }
            Ok(Some(out)) => self.warnings.push(Warning::ControlCharactersRemoved {
                pointer: place.pointer(),
                removed: out.removed,
                replaced: out.replaced,
                at: out.at,
            }),
            Err(unprintable) => self.unprintable.push((place.pointer(), unprintable)),
        }
    }

    fn end(self) -> Result<Vec<Warning>, Refusal> {
        if let Some(refusal) = Refusal::of_faults(self.blank) {
            return Err(refusal);
        }
        let mut unprintable = self.unprintable.into_iter().take(FAULTS_MAX);
        match unprintable.next() {
            None => Ok(self.warnings),
            Some((pointer, fault)) => {
                Err(Refusal::UnprintableText { pointer, fault, others: unprintable.collect() })
            }
        }
    }
}

#[cfg(test)]
#[path = "guard/tests.rs"]
mod tests;
