//! The words of a date phrase: what the reader of dates reads. Unknown words end the reading.

/// A word of a date phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// One or two digits: a day, or a quarter's number.
    Number(i8),
    /// Four digits.
    Year(i16),
    /// «05.06» or «05.06.2020».
    Numeric { day: i8, month: i8, year: Option<NumericYear> },
    /// The name of a month in any of its forms.
    Month(i8),
    /// «г.», «года»
    YearWord,
    /// A hyphen or dash of any length.
    Dash,
    /// A comma, a semicolon or «и».
    Separator,
    /// «с», «со»
    From,
    /// «по»
    To,
    /// «в»
    In,
    /// «на»
    On,
    /// «период»
    Period,
    /// «течение»
    During,
    /// I to IV.
    Roman(i8),
    /// «квартал»
    Quarter,
}

/// The year of a numeric date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumericYear {
    /// Four digits.
    Full(i16),
    /// Two digits; the century is left to who knows the quarter.
    Short(i16),
}

/// Longest text that is read, in letters; the schema allows no longer one.
const CHARS_MAX: usize = 300;

/// Cuts a text into its words. `None`: some word is not known.
pub(crate) fn tokens(text: &str) -> Option<Vec<Token>> {
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    if letters.len() > CHARS_MAX {
        return None;
    }
    let end = letters
        .iter()
        .rposition(|letter| !letter.is_whitespace() && *letter != '.')
        .map_or(0, |last| last + 1);
    let mut lexer = Lexer { letters: &letters[..end], at: 0, tokens: vec![] };
    while let Some(letter) = lexer.peek(0) {
        lexer.step(letter)?;
    }
    Some(lexer.tokens)
}

struct Lexer<'a> {
    letters: &'a [char],
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn step(&mut self, letter: char) -> Option<()> {
        if letter.is_ascii_digit() {
            return self.number();
        }
        if letter.is_alphabetic() {
            return self.word();
        }
        self.at += 1;
        match letter {
            ',' | ';' => self.tokens.push(Token::Separator),
            _ if is_dash(letter) => self.tokens.push(Token::Dash),
            _ if letter.is_whitespace() => {}
            // The full stop of a shortened word: «г.», «сент.», «кв.».
            '.' if matches!(self.tokens.last()?, Token::YearWord | Token::Month(_) | Token::Quarter) => {}
            _ => return None,
        }
        Some(())
    }

    /// The digits that begin `ahead` of here: their value and how many they are.
    fn digits(&self, ahead: usize) -> Option<(i16, usize)> {
        let run: String =
            self.letters[self.at..].iter().skip(ahead).take_while(|c| c.is_ascii_digit()).collect();
        Some((run.parse().ok()?, run.len()))
    }

    fn number(&mut self) -> Option<()> {
        let (value, length) = self.digits(0)?;
        let token = match length {
            1 | 2 => self.numeric(value, length),
            4 => self.iso(value)?,
            _ => return None,
        };
        if matches!(token, Token::Number(_) | Token::Year(_)) {
            self.at += length;
        }
        self.tokens.push(token);
        Some(())
    }

    /// A number, or the day of «05.06» and «05.06.2020».
    fn numeric(&mut self, day: i16, length: usize) -> Token {
        let plain = Token::Number(i8::try_from(day).unwrap_or_default());
        let Some((month, month_length)) = self.after('.', length) else { return plain };
        if month_length > 2 {
            return plain;
        }
        let read = length + 1 + month_length;
        let (year, year_length) = match self.after('.', read) {
            Some((year, 4)) => (Some(NumericYear::Full(year)), 5),
            Some((year, 2)) => (Some(NumericYear::Short(year)), 3),
            _ => (None, 0),
        };
        self.at += read + year_length;
        let small = |value| i8::try_from(value).unwrap_or_default();
        Token::Numeric { day: small(day), month: small(month), year }
    }

    /// A year, or the year of «2020-06-05».
    fn iso(&mut self, year: i16) -> Option<Token> {
        let Some((month, 2)) = self.after('-', 4) else { return Some(Token::Year(year)) };
        let Some((day, 2)) = self.after('-', 7) else { return Some(Token::Year(year)) };
        self.at += 10;
        let (day, month) = (i8::try_from(day).ok()?, i8::try_from(month).ok()?);
        Some(Token::Numeric { day, month, year: Some(NumericYear::Full(year)) })
    }

    /// The digits behind this mark.
    fn after(&self, mark: char, ahead: usize) -> Option<(i16, usize)> {
        if self.peek(ahead) != Some(mark) {
            return None;
        }
        self.digits(ahead + 1)
    }

    fn word(&mut self) -> Option<()> {
        let run: String = self.letters[self.at..].iter().take_while(|c| c.is_alphabetic()).collect();
        self.at += run.chars().count();
        if let Some(number) = roman(&run) {
            self.tokens.push(Token::Roman(number));
            return Some(());
        }
        let word: String = run.chars().map(cyrillic).collect();
        if matches!(word.as_str(), "го" | "ого" | "е" | "ое" | "й" | "ый") {
            return self.ordinal();
        }
        self.tokens.push(month(&word).map(Token::Month).or_else(|| little_word(&word))?);
        Some(())
    }

    /// The ending of «5-го», «II-й»: belongs to the number before it.
    fn ordinal(&mut self) -> Option<()> {
        if self.tokens.last() == Some(&Token::Dash) {
            self.tokens.pop();
        }
        matches!(self.tokens.last()?, Token::Number(_) | Token::Roman(_)).then_some(())
    }
}

pub(crate) fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// The Cyrillic letter that a Latin one looks like: «c 5 по 7» is often typed with the keyboard in the wrong layout.
fn cyrillic(letter: char) -> char {
    match letter {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'o' => 'о',
        'p' => 'р',
        'x' => 'х',
        'y' => 'у',
        other => other,
    }
}

fn roman(word: &str) -> Option<i8> {
    match word {
        "i" => Some(1),
        "ii" => Some(2),
        "iii" => Some(3),
        "iv" => Some(4),
        _ => None,
    }
}

fn little_word(word: &str) -> Option<Token> {
    match word {
        "и" => Some(Token::Separator),
        "с" | "со" => Some(Token::From),
        "по" => Some(Token::To),
        "в" | "во" => Some(Token::In),
        "на" => Some(Token::On),
        "период" => Some(Token::Period),
        "течение" => Some(Token::During),
        "г" | "гг" | "год" | "года" | "году" | "годов" => Some(Token::YearWord),
        "кв" | "квартал" | "квартала" | "квартале" => Some(Token::Quarter),
        _ => None,
    }
}

/// The number of a month by its name: as it stands alone, after a number, after «в», or shortened.
pub(crate) fn month(word: &str) -> Option<i8> {
    match word {
        "январь" | "января" | "январе" | "янв" => Some(1),
        "февраль" | "февраля" | "феврале" | "фев" | "февр" => Some(2),
        "март" | "марта" | "марте" | "мар" => Some(3),
        "апрель" | "апреля" | "апреле" | "апр" => Some(4),
        "май" | "мая" | "мае" => Some(5),
        "июнь" | "июня" | "июне" | "июн" => Some(6),
        "июль" | "июля" | "июле" | "июл" => Some(7),
        "август" | "августа" | "августе" | "авг" => Some(8),
        "сентябрь" | "сентября" | "сентябре" | "сен" | "сент" => Some(9),
        "октябрь" | "октября" | "октябре" | "окт" => Some(10),
        "ноябрь" | "ноября" | "ноябре" | "ноя" | "нояб" => Some(11),
        "декабрь" | "декабря" | "декабре" | "дек" => Some(12),
        _ => None,
    }
}
