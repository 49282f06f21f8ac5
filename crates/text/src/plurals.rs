//! Counted nouns: 1 запись, 2 записи, 5 записей.

/// A noun in the three forms that Russian counts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noun {
    /// With 1, 21, 101.
    pub one: &'static str,
    /// With 2, 3, 4, 22.
    pub few: &'static str,
    /// With 0, 5 to 20, 25.
    pub many: &'static str,
}

/// A submission.
pub const RECORD: Noun = Noun { one: "запись", few: "записи", many: "записей" };
/// An activity.
pub const ACTIVITY: Noun =
    Noun { one: "мероприятие", few: "мероприятия", many: "мероприятий" };
/// A municipality.
pub const MUNICIPALITY: Noun = Noun {
    one: "муниципальное образование",
    few: "муниципальных образования",
    many: "муниципальных образований",
};
/// A remark of a reviewer.
pub const REMARK: Noun =
    Noun { one: "замечание", few: "замечания", many: "замечаний" };
/// A message.
pub const MESSAGE: Noun =
    Noun { one: "сообщение", few: "сообщения", many: "сообщений" };
/// A byte.
pub const BYTE: Noun = Noun { one: "байт", few: "байта", many: "байт" };
/// A day.
pub const DAY: Noun = Noun { one: "день", few: "дня", many: "дней" };
/// A working day.
pub const WORKING_DAY: Noun =
    Noun { one: "рабочий день", few: "рабочих дня", many: "рабочих дней" };
/// An edition of a report.
pub const EDITION: Noun = Noun { one: "редакция", few: "редакции", many: "редакций" };

impl Noun {
    /// The form that goes with the count.
    #[must_use]
    pub const fn form(self, count: u64) -> &'static str {
        match (count % 10, count % 100) {
            (_, 11..=14) => self.many,
            (1, _) => self.one,
            (2..=4, _) => self.few,
            _ => self.many,
        }
    }

    /// The count and its noun.
    #[must_use]
    pub fn count(self, count: u64) -> String {
        format!("{count} {}", self.form(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_agrees_with_its_count() {
        let expected = [
            (0, "0 записей"),
            (1, "1 запись"),
            (2, "2 записи"),
            (4, "4 записи"),
            (5, "5 записей"),
            (11, "11 записей"),
            (12, "12 записей"),
            (21, "21 запись"),
            (22, "22 записи"),
            (101, "101 запись"),
            (111, "111 записей"),
            (1014, "1014 записей"),
        ];
        for (count, words) in expected {
            assert_eq!(RECORD.count(count), words);
        }
    }
}
