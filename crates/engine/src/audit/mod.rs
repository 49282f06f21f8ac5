//! What an auditor asks of a log: everything that happened to a record, how anything stood at any moment, what changed
//! between two, what would be without an entry, and whether the rules decide again what was recorded. Reads only.

mod changes;
mod command;
mod diff;
mod history;
mod moment;
mod records;
mod replay;
mod rules;
mod state;
mod vault;
mod verify;
mod views;
mod whatif;

pub use changes::{Change, FieldChange, Kind, What};
pub use diff::{Difference, diff};
pub use history::{EntryCard, Subject, entries};
pub use moment::{InvalidWhen, Moment, NoClose, When, root_at};
pub use rules::{Ruled, verify_rules};
pub use state::{Scope, State, Written, state};
pub use vault::{Names, VaultCheck};
pub use verify::{Unsound, verify_entries};
pub use views::verify_views;
pub use whatif::{Counterfactual, Inserted, Otherwise, Supposition, whatif};
