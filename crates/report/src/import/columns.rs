//! Which columns of a sheet are hidden, and which of them were told of.

use super::limits::COLUMNS_MAX;

/// What a column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Column {
    #[default]
    Shown,
    /// Hidden, and nobody was told yet.
    Hidden,
    HiddenAndTold,
}

#[derive(Debug, Default)]
pub(super) struct HiddenColumns {
    columns: Vec<Column>,
}

impl HiddenColumns {
    /// The columns from the first to the last are hidden.
    pub(super) fn add(&mut self, first: usize, last: usize) {
        let last = last.min(COLUMNS_MAX);
        if self.columns.len() <= last {
            self.columns.resize(last + 1, Column::Shown);
        }
        for column in self.columns.iter_mut().take(last + 1).skip(first) {
            *column = Column::Hidden;
        }
    }

    /// What the column is; a hidden one is told from then on.
    pub(super) fn look(&mut self, column: usize) -> Column {
        let Some(found) = self.columns.get_mut(column) else { return Column::Shown };
        let before = *found;
        if before == Column::Hidden {
            *found = Column::HiddenAndTold;
        }
        before
    }
}
