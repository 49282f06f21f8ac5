//! The words of a refusal, with the facts of the case in them.

use jiff::Timestamp;
use svod_domain::refusal::{Existing, JsonFault, Permission, State};
use svod_domain::{MunicipalityCode, Quarter, ReasonCode, Refusal, Version};

use crate::dates::{moment, moments_apart};
use crate::fields::echo;
use crate::plurals::{BYTE, RECORD};
use crate::quarter::quarter_name;
use crate::reasons::{Words, action, detail};
use crate::schema_faults::schema_faults;
use crate::unprintable::unprintable_texts;

/// What is wrong and what can be done, in the words that go into a receipt.
#[must_use]
pub fn refusal(refusal: &Refusal) -> Words {
    let what = match refusal {
        Refusal::Schema { pointer, fault, others } => return schema_faults(pointer, fault, others),
        Refusal::UnprintableText { pointer, fault, others } => {
            return unprintable_texts(pointer, *fault, others);
        }
        Refusal::NotPermitted { needs } => return not_permitted(*needs),
        Refusal::AlreadyExists { what } => return already_exists(*what),
        Refusal::WrongState { state, present } => return wrong_state(*state, *present),
        Refusal::StaleVersion { named, present } => return stale_version(*named, *present),
        Refusal::MunicipalityNotActive { municipality, quarter, successor } => {
            return not_active(*municipality, *quarter, *successor);
        }
        Refusal::IdReused
        | Refusal::NoSender
        | Refusal::OwnSubmission
        | Refusal::OwnErasure
        | Refusal::NothingToChange => detail(refusal.reason()).to_owned(),
        Refusal::UnknownErasure { id } => format!("Уничтожение {id} никто не запрашивал."),
        Refusal::NotJson { fault } => json_fault(fault),
        Refusal::NotCloudEvents { attribute } => not_cloudevents(attribute),
        Refusal::UnknownType { kind } => format!("Сообщения типа «{}» не принимаются.", echo(kind)),
        Refusal::TooLarge { bytes, bytes_max } => too_large(*bytes, *bytes_max),
        Refusal::UnknownSender { name } => {
            format!("Отправитель «{}» не зарегистрирован, или его права прекращены.", echo(name))
        }
        Refusal::ForbiddenHeader { header } => {
            format!("Заголовок «{}» вправе ставить только брокер сообщений.", echo(header))
        }
        Refusal::UnknownMunicipality { municipality } => {
            format!("В реестре нет муниципального образования с кодом {municipality}.")
        }
        Refusal::UnknownQuarter { quarter } => format!("{} никогда не открывали.", named(*quarter)),
        Refusal::UnknownSubmission { submission } => format!("Записи с идентификатором {submission} нет."),
        Refusal::HasSubmissions { count } => has_submissions(*count),
        Refusal::QuarterClosed { quarter, closed_at } => closed(*quarter, *closed_at),
        Refusal::QuarterNotOpen { quarter } => format!("{} не открыт.", named(*quarter)),
        Refusal::CloseInPast { close_at, now } => {
            let (close_at, now) = moments_apart(*close_at, *now);
            format!("Время закрытия, {close_at}, уже прошло: сообщение получено {now}.")
        }
        Refusal::DeadlineAfterClose { submit_by, close_at } => {
            let (submit_by, close_at) = moments_apart(*submit_by, *close_at);
            format!("Срок подачи, {submit_by}, позже закрытия квартала, {close_at}.")
        }
    };
    Words::new(what, action(refusal.reason()))
}

/// «II квартал 2020 года (2020-Q2)»: in words, and as a message names it.
fn named(quarter: Quarter) -> String {
    format!("{} ({quarter})", quarter_name(quarter))
}

fn too_large(bytes: usize, bytes_max: usize) -> String {
    format!("Сообщение занимает {}, а допустимо {}.", BYTE.count(bytes as u64), BYTE.count(bytes_max as u64))
}

fn has_submissions(count: usize) -> String {
    format!(
        "Нельзя заявить, что мероприятий не было: за этот квартал есть поданные сведения ({}).",
        RECORD.count(count as u64)
    )
}

fn closed(quarter: Quarter, closed_at: Timestamp) -> String {
    let since = moment(closed_at);
    format!("{} закрыт {since}; до повторного открытия в нём ничего не меняется.", named(quarter))
}

fn json_fault(fault: &JsonFault) -> String {
    match fault {
        JsonFault::Syntax { line, column } => {
            format!("Тело сообщения не читается как JSON в кодировке UTF-8: строка {line}, позиция {column}.")
        }
        JsonFault::RepeatedKey { key } => {
            format!("В сообщении дважды указано поле «{}»: неясно, какому значению верить.", echo(key))
        }
        JsonFault::TooDeep { depth_max } => {
            format!("Вложенность сообщения больше допустимой ({depth_max}).")
        }
    }
}

fn not_cloudevents(attribute: &str) -> String {
    if attribute.is_empty() {
        return "Сообщение не является событием CloudEvents 1.0: ожидается один объект JSON.".to_owned();
    }
    format!(
        "Сообщение не является событием CloudEvents 1.0: нет атрибута «{}» или он неверен.",
        echo(attribute)
    )
}

fn not_permitted(needs: Permission) -> Words {
    match needs {
        Permission::Municipality(code) => Words::new(
            format!("Это вправе делать только само муниципальное образование (код {code}) от своего имени."),
            "Сообщение должно отправить то муниципальное образование, которого оно касается.",
        ),
        Permission::AnyMunicipality => Words::new(
            "Это вправе делать только муниципальное образование от своего имени.",
            "Сообщение должно отправить то муниципальное образование, которого оно касается.",
        ),
        Permission::Reviewer => Words::new(
            "Возвращать на доработку, согласовывать и отменять согласование вправе только проверяющий.",
            "Попросите проверяющего сделать это.",
        ),
        Permission::Operator => Words::new(
            "Это вправе сделать только оператор: он ведёт кварталы и реестр и уничтожает персональные данные.",
            "Попросите оператора сделать это и назовите ему причину.",
        ),
        Permission::Service => Words::new(
            "Это система делает сама, по своим правилам; в сообщении такого поручить нельзя.",
            "Делать ничего не нужно: действие выполняется само, когда наступает его время.",
        ),
        Permission::Reader => Words::new(
            "У отправителя нет права читать эти сведения.",
            "Муниципальное образование видит только свои сведения; о доступе к другим спросите оператора.",
        ),
    }
}

fn not_active(code: MunicipalityCode, quarter: Quarter, successor: Option<MunicipalityCode>) -> Words {
    let what = format!(
        "Муниципальное образование с кодом {code} за {} не отчитывается: оно образовано позже или упразднено.",
        named(quarter)
    );
    let advice = match successor {
        Some(code) => {
            format!("Проверьте код и квартал. С этого времени отчитывается преемник, его код {code}.")
        }
        None => action(ReasonCode::MunicipalityNotActive).to_owned(),
    };
    Words::new(what, advice)
}

fn stale_version(named: Version, present: Version) -> Words {
    Words::new(
        format!("Указана версия {named}, а действует версия {present}."),
        format!("Откройте версию {present}, прочитайте её и повторите действие, указав эту версию."),
    )
}

fn already_exists(what: Existing) -> Words {
    match what {
        Existing::Submission(id) => Words::new(
            format!("Запись с идентификатором {id} уже подана."),
            "Чтобы изменить её, отправьте исправление (svod.activity.correct.v1). \
             Для новых сведений выберите новый submission_id.",
        ),
        Existing::Quarter(quarter) => Words::new(
            format!("{} уже открывали.", named(quarter)),
            "Сроки открытого квартала переносит сообщение svod.quarter.move.v1, \
             закрытый квартал открывает повторно svod.quarter.reopen.v1.",
        ),
        Existing::Municipality(code) => Words::new(
            format!("Муниципальное образование с кодом {code} уже есть в реестре."),
            "Наименование меняет сообщение svod.municipality.rename.v1. Для другого муниципального образования \
             проверьте код.",
        ),
        Existing::NilReturn(code, quarter) => Words::new(
            format!(
                "Муниципальное образование с кодом {code} уже заявило, что мероприятий не было: {}.",
                named(quarter)
            ),
            "Делать ничего не нужно. Если мероприятия были, подайте сведения: заявление снимется само.",
        ),
        Existing::Report(quarter) => Words::new(
            format!("Отчёт этой редакции уже составлен: {}.", named(quarter)),
            "Делать ничего не нужно: отчёт можно получить.",
        ),
        Existing::Erasure(id) => Words::new(
            format!("Уничтожение {id} уже запрошено, одобрено или завершено."),
            "Посмотрите его состояние: svod erase list.",
        ),
    }
}

fn wrong_state(state: State, present: Option<Version>) -> Words {
    let version = present.map(|version| format!(" (версия {version})")).unwrap_or_default();
    let (what, advice) = match state {
        State::Submitted => (
            format!("Запись{version} ждёт рассмотрения; для этого действия нужно решение по ней."),
            "Дождитесь решения проверяющего. До него муниципальное образование может исправить или отозвать запись.",
        ),
        State::Returned => (
            format!("Запись{version} возвращена на доработку."),
            "Муниципальному образованию нужно отправить исправление до закрытия квартала; \
             тогда запись можно будет рассмотреть снова.",
        ),
        State::Approved => (
            format!("Запись{version} согласована."),
            "Если её нужно изменить, попросите проверяющего до закрытия квартала отменить согласование, \
             затем повторите действие.",
        ),
        State::Withdrawn => (
            format!("Запись{version} отозвана; её состояние больше не меняется."),
            "Если сведения нужны, муниципальное образование может подать их заново, как новую запись.",
        ),
        State::QuarterOpen => (
            "Квартал открыт.".to_owned(),
            "Повторите действие после закрытия квартала. Сроки открытого квартала оператор меняет сообщением \
             svod.quarter.move.v1.",
        ),
        State::QuarterClosed => (
            "Квартал закрыт.".to_owned(),
            "Если изменение необходимо, попросите оператора открыть квартал повторно и назовите причину.",
        ),
        State::MunicipalityRetired => (
            "Муниципальное образование упразднено.".to_owned(),
            "Сверьте код с реестром: за упразднённое муниципальное образование отчитывается его преемник.",
        ),
    };
    Words::new(what, advice)
}

#[cfg(test)]
mod tests {
    use svod_domain::guard::Unprintable;
    use svod_domain::{SchemaFault, SubmissionId};

    use super::*;
    use crate::check::is_well_worded;

    fn quarter() -> Quarter {
        "2020-Q2".parse().unwrap()
    }

    fn code() -> MunicipalityCode {
        "66701000".parse().unwrap()
    }

    fn at(moment: &str) -> Timestamp {
        moment.parse().unwrap()
    }

    fn submission() -> SubmissionId {
        serde_json::from_str("\"0190c9f2-4a2b-7c31-9d54-1f6f0e6a7b10\"").unwrap()
    }

    /// Refusals with other facts in them than a plain sentence shows.
    fn samples() -> Vec<Refusal> {
        let (quarter, municipality) = (quarter(), code());
        let (early, late) = (at("2020-07-08T15:00:00Z"), at("2020-07-15T15:00:00Z"));
        let mut all = vec![
            Refusal::NotJson { fault: JsonFault::Syntax { line: 3, column: 14 } },
            Refusal::NotJson { fault: JsonFault::RepeatedKey { key: "id".into() } },
            Refusal::NotJson { fault: JsonFault::TooDeep { depth_max: 32 } },
            Refusal::UnprintableText {
                pointer: "/data/activity/content".into(),
                fault: Unprintable { character: 'ሀ', at: 17, more: 3 },
                others: vec![("/data/note".into(), Unprintable { character: '\u{f0b7}', at: 1, more: 0 })],
            },
            Refusal::NotCloudEvents { attribute: String::new() },
            Refusal::NotCloudEvents { attribute: "specversion".into() },
            Refusal::UnknownType { kind: "svod.activity.sbmit.v1".into() },
            Refusal::TooLarge { bytes: 70_001, bytes_max: 65_535 },
            Refusal::IdReused,
            Refusal::NoSender,
            Refusal::UnknownSender { name: "m-66701000".into() },
            Refusal::ForbiddenHeader { header: "x-delay".into() },
            Refusal::UnknownMunicipality { municipality },
            Refusal::MunicipalityNotActive { municipality, quarter, successor: None },
            Refusal::MunicipalityNotActive { municipality, quarter, successor: Some(municipality) },
            Refusal::UnknownQuarter { quarter },
            Refusal::UnknownSubmission { submission: submission() },
            Refusal::StaleVersion { named: Version(1), present: Version(3) },
            Refusal::OwnSubmission,
            Refusal::OwnErasure,
            Refusal::UnknownErasure { id: submission().0 },
            Refusal::QuarterClosed { quarter, closed_at: late },
            Refusal::QuarterNotOpen { quarter },
            Refusal::HasSubmissions { count: 2 },
            Refusal::CloseInPast { close_at: early, now: late },
            Refusal::DeadlineAfterClose { submit_by: late, close_at: early },
            Refusal::NothingToChange,
        ];
        all.extend(permissions().map(|needs| Refusal::NotPermitted { needs }));
        all.extend(existing().map(|what| Refusal::AlreadyExists { what }));
        all.extend(states().map(|state| Refusal::WrongState { state, present: Some(Version(2)) }));
        all.extend(faults().map(|fault| Refusal::Schema {
            pointer: "/data/activity/dates/0".into(),
            fault,
            others: vec![],
        }));
        all
    }

    fn permissions() -> impl Iterator<Item = Permission> {
        let others = [Permission::AnyMunicipality, Permission::Reviewer, Permission::Operator];
        let rest = [Permission::Service, Permission::Reader, Permission::Municipality(code())];
        others.into_iter().chain(rest)
    }

    fn existing() -> impl Iterator<Item = Existing> {
        let of_quarter = [Existing::Quarter(quarter()), Existing::Report(quarter())];
        let of_code = [Existing::Municipality(code()), Existing::NilReturn(code(), quarter())];
        of_quarter
            .into_iter()
            .chain(of_code)
            .chain([Existing::Submission(submission()), Existing::Erasure(submission().0)])
    }

    fn states() -> impl Iterator<Item = State> {
        let of_record = [State::Submitted, State::Returned, State::Approved, State::Withdrawn];
        of_record.into_iter().chain([State::QuarterOpen, State::QuarterClosed, State::MunicipalityRetired])
    }

    fn faults() -> impl Iterator<Item = SchemaFault> {
        let text = String::from;
        let named = [
            SchemaFault::Missing { field: text("from") },
            SchemaFault::Unknown { field: text("form") },
            SchemaFault::NotOfType { wanted: text("string, null") },
            SchemaFault::NotOfType { wanted: text("?") },
            SchemaFault::WrongForm { wanted: text("^[0-9]{8}$") },
            SchemaFault::TooSmall { min: text("1") },
            SchemaFault::Other { detail: text("is not unique") },
        ];
        let counted = [1, 5].map(|min| SchemaFault::TooShort { min }).into_iter();
        let plain = [SchemaFault::NoAlternative, SchemaFault::NoDates, SchemaFault::EndsBeforeItBegins];
        named.into_iter().chain(counted).chain([SchemaFault::TooLong { max: 300 }]).chain(plain)
    }

    #[test]
    fn every_refusal_says_what_is_wrong_and_what_can_be_done() {
        for sample in samples() {
            let words = refusal(&sample);
            is_well_worded(&words.detail);
            is_well_worded(&words.action);
        }
    }

    #[test]
    fn the_samples_cover_every_reason_that_a_refusal_can_have() {
        let without_refusal = [
            ReasonCode::Unauthenticated,
            ReasonCode::NotFound,
            ReasonCode::BadRequest,
            ReasonCode::FormatNotMade,
            ReasonCode::FileUnreadable,
            ReasonCode::Unavailable,
            ReasonCode::Quarantined,
        ];
        for code in ReasonCode::ALL.iter().filter(|code| !without_refusal.contains(code)) {
            assert!(samples().iter().any(|sample| sample.reason() == *code), "{code:?}");
        }
    }

    #[track_caller]
    fn check(given: &Refusal, expected: &str) {
        assert_eq!(refusal(given).detail, expected);
    }

    #[test]
    fn a_refusal_speaks_of_the_facts_of_the_case() {
        check(
            &Refusal::QuarterClosed { quarter: quarter(), closed_at: at("2020-07-15T15:00:00Z") },
            "II квартал 2020 года (2020-Q2) закрыт 15 июля 2020 г., 18:00 (МСК); \
             до повторного открытия в нём ничего не меняется.",
        );
        check(
            &Refusal::StaleVersion { named: Version(1), present: Version(3) },
            "Указана версия 1, а действует версия 3.",
        );
        check(
            &Refusal::HasSubmissions { count: 21 },
            "Нельзя заявить, что мероприятий не было: за этот квартал есть поданные сведения (21 запись).",
        );
    }

    #[test]
    fn all_faults_of_a_form_are_told_at_once() {
        let others = vec![
            ("/data/activity/content".to_owned(), SchemaFault::Missing { field: "content".into() }),
            ("/data/activity/colour".to_owned(), SchemaFault::Unknown { field: "colour".into() }),
        ];
        let refused = Refusal::Schema {
            pointer: "/data/activity/title".into(),
            fault: SchemaFault::TooShort { min: 1 },
            others,
        };
        let words = refusal(&refused);
        assert_eq!(
            words.detail,
            "Поле «Наименование мероприятия» не заполнено. Не заполнено обязательное поле «Содержание мероприятия». \
             Поля «colour» в форме нет."
        );
        assert_eq!(words.action, "Исправьте все названные поля и отправьте сообщение снова с новым id.");
    }

    #[test]
    fn a_fault_of_the_form_names_its_place_in_the_form() {
        let fault = |pointer: &str, fault| Refusal::Schema { pointer: pointer.into(), fault, others: vec![] };
        check(
            &fault("/data/activity", SchemaFault::Missing { field: "content".into() }),
            "Не заполнено обязательное поле «Содержание мероприятия».",
        );
        check(
            &fault("/data/activity/participants", SchemaFault::TooLong { max: 200 }),
            "В поле «Участники мероприятия» допустимо не более 200 строк.",
        );
        check(
            &fault("/data/activity/title", SchemaFault::TooLong { max: 1000 }),
            "В поле «Наименование мероприятия» допустимо не более 1000 знаков.",
        );
        check(
            &fault("/data/activity/dates/1/to", SchemaFault::EndsBeforeItBegins),
            "Поле «Сроки проведения мероприятия, строка 2, последний день»: \
             мероприятие заканчивается раньше, чем начинается.",
        );
    }
}
