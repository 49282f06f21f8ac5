//! Measures of the pages, those of the Word document. All in thousandths of a point, from the upper left corner of the page.

use super::faces::{EM, Weight};

/// A length or a place, in thousandths of a point (1/72 inch).
pub(super) type Length = i32;

/// A twentieth of a point, in which Word measures.
const TWIP: Length = 50;

/// A4, lying.
pub(super) const PAGE_WIDTH: Length = 16838 * TWIP;
/// A4, lying.
pub(super) const PAGE_HEIGHT: Length = 11906 * TWIP;

/// Margins: 20 mm above, 30 mm on the left, 20 mm below.
pub(super) const TOP: Length = 1134 * TWIP;
/// Where the pages are bound.
pub(super) const LEFT: Length = 1701 * TWIP;
/// Where the text of a page ends.
pub(super) const BOTTOM: Length = PAGE_HEIGHT - 1134 * TWIP;
/// Where the number of the page stands, 10 mm from the edge.
pub(super) const HEADER: Length = 567 * TWIP;

/// Widths of the columns.
pub(super) const COLUMNS: [Length; 6] =
    [655 * TWIP, 2729 * TWIP, 1910 * TWIP, 1637 * TWIP, 4529 * TWIP, 3110 * TWIP];

/// Width between the margins.
pub(super) const WIDTH: Length = 14570 * TWIP;

/// White between the text of a cell and its border, on the left and on the right.
pub(super) const CELL_SIDE: Length = 57 * TWIP;
/// The same, above and below.
pub(super) const CELL_TOP: Length = 28 * TWIP;

/// How thick the lines of the table are.
pub(super) const LINE: Length = 500;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Red,
}

/// Where a line stands within its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
}

/// How a paragraph looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    /// Of an em.
    pub(super) size: Length,
    pub(super) ink: Ink,
    pub(super) align: Align,
}

impl Style {
    pub(super) const TITLE: Self = Self { size: 14_000, ..Self::HEADING };
    pub(super) const HEADING: Self = Self { weight: Weight::Bold, align: Align::Centre, ..Self::TEXT };
    pub(super) const MARK: Self = Self { ink: Ink::Red, ..Self::HEADING };
    pub(super) const NUMBER: Self = Self { align: Align::Centre, ..Self::TEXT };
    pub(super) const SUBHEADING: Self = Self { weight: Weight::Bold, ..Self::TEXT };
    pub(super) const TEXT: Self =
        Self { weight: Weight::Regular, size: 12_000, ink: Ink::Black, align: Align::Left };

    /// From one line to the next: ascent, descent and gap of Times New Roman, 2355 of 2048 parts of an em.
    pub(super) const fn leading(self) -> Length {
        self.size * 115 / 100
    }

    /// From the upper edge of a line down to the feet of its letters, 1825 of 2048 parts of an em.
    pub(super) const fn ascent(self) -> Length {
        self.size * 1825 / 2048
    }

    /// So many parts of an em are a length.
    pub(super) fn ems(self, length: Length) -> i64 {
        i64::from(length) * EM / i64::from(self.size)
    }

    /// What so many parts of an em are long.
    pub(super) fn length(self, ems: i64) -> Length {
        let length = ems * i64::from(self.size) / EM;
        Length::try_from(length).expect("a line is no wider than a page")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_fill_the_width() {
        assert_eq!(COLUMNS.iter().sum::<Length>(), WIDTH);
        assert_eq!(LEFT + WIDTH + 567 * TWIP, PAGE_WIDTH);
    }
}
