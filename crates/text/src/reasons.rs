//! The table of words for every reason code: what is wrong, and what can be done. A new code must get words here,
//! or nothing builds.

use svod_domain::ReasonCode;

/// What a person is told together with a «no».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What is wrong.
    pub detail: String,
    /// Who can do what about it.
    pub action: String,
}

impl Words {
    pub(crate) fn new(detail: impl Into<String>, action: impl Into<String>) -> Self {
        Self { detail: detail.into(), action: action.into() }
    }
}

/// Declares the words of each code once, all of them side by side, for those who edit the words and not the code. The
/// macro exists so that the three functions cannot fall apart; they have no `_` arm, so a new code breaks the build.
macro_rules! words {
    ($($reason:ident: $title:literal, $detail:literal, $action:literal;)+) => {
        /// A few words to head the message with.
        #[must_use]
        pub const fn title(reason: ReasonCode) -> &'static str {
            match reason { $(ReasonCode::$reason => $title,)+ }
        }

        /// What is wrong, as far as it can be said without the facts of the case.
        pub(crate) const fn detail(reason: ReasonCode) -> &'static str {
            match reason { $(ReasonCode::$reason => $detail,)+ }
        }

        /// What can be done in most cases.
        pub(crate) const fn action(reason: ReasonCode) -> &'static str {
            match reason { $(ReasonCode::$reason => $action,)+ }
        }
    };
}

/// The words of a code alone, where there is no refusal with facts to speak of.
#[must_use]
pub fn reason(reason: ReasonCode) -> Words {
    Words::new(detail(reason), action(reason))
}

words! {
    NotJson: "Сообщение не читается",
        "Тело сообщения не является документом JSON в кодировке UTF-8.",
        "Исправьте сообщение по описанию формата и отправьте его снова.";
    NotCloudEvents: "Сообщение не по форме CloudEvents",
        "Сообщение не является событием CloudEvents 1.0 в структурированном виде.",
        "Приведите сообщение к виду CloudEvents 1.0 (атрибуты specversion, id, source, type и data) и отправьте его снова с новым id.";
    UnknownType: "Неизвестный тип сообщения",
        "Сообщения такого типа не принимаются.",
        "Сверьте атрибут type с перечнем типов сообщений и отправьте сообщение снова с новым id.";
    Schema: "Сведения заполнены неверно",
        "Содержание сообщения не соответствует форме.",
        "Исправьте указанное поле и отправьте сообщение снова с новым id.";
    TooLarge: "Сообщение слишком велико",
        "Размер сообщения больше допустимого.",
        "Сократите текст или подайте сведения несколькими записями, каждую своим сообщением с новым id.";
    IdReused: "Идентификатор уже использован",
        "Сообщение с такими же id и source уже поступало с другим содержанием или от другого отправителя; ответ на него дан и не изменится.",
        "Отправьте сообщение снова с новым id. Чтобы получить прежнюю квитанцию, повторите прежнее сообщение без изменений.";
    NoSender: "Отправитель не указан",
        "Брокер сообщений не подтвердил имя отправителя: свойство user_id пусто.",
        "Укажите в свойстве user_id имя своей учётной записи и отправьте сообщение снова с новым id.";
    UnknownSender: "Отправитель неизвестен",
        "Отправитель не зарегистрирован, или его права прекращены.",
        "Попросите администратора системы зарегистрировать учётную запись, затем отправьте сообщение снова с новым id.";
    ForbiddenHeader: "Недопустимый заголовок",
        "В сообщении есть заголовок, который вправе ставить только брокер сообщений.",
        "Уберите заголовки CC, BCC и все начинающиеся с «x-» и отправьте сообщение снова с новым id.";
    NotPermitted: "Недостаточно прав",
        "Отправитель не вправе выполнить это действие.",
        "Попросите выполнить действие того, кто вправе это сделать; о правах можно узнать у оператора.";
    UnknownMunicipality: "Муниципальное образование не найдено",
        "В реестре нет муниципального образования с таким кодом.",
        "Проверьте код ОКТМО: 8 цифр, без контрольной. Если код верен, попросите оператора внести муниципальное образование в реестр.";
    MunicipalityNotActive: "Муниципальное образование не отчитывается",
        "В этом квартале муниципальное образование не отчитывается: оно образовано позже или упразднено.",
        "Проверьте код и квартал. За упразднённое муниципальное образование отчитывается его преемник.";
    UnknownQuarter: "Квартал не открывался",
        "Этот квартал никогда не открывали.",
        "Проверьте квартал. Если он указан верно, попросите оператора открыть его.";
    UnknownSubmission: "Запись не найдена",
        "Записи с таким идентификатором нет.",
        "Проверьте submission_id. Новые сведения подаются сообщением svod.activity.submit.v1.";
    AlreadyExists: "Уже существует",
        "То, что требуется создать, уже есть.",
        "Если это повтор, делать ничего не нужно. Чтобы создать другое, выберите новый идентификатор.";
    StaleVersion: "Версия устарела",
        "Указана не та версия записи, которая действует сейчас.",
        "Откройте действующую версию, прочитайте её и повторите действие с её номером.";
    WrongState: "Действие сейчас невозможно",
        "В нынешнем состоянии это действие невозможно.",
        "Посмотрите историю записи и повторите действие, когда состояние изменится.";
    OwnSubmission: "Согласовать должен другой",
        "Согласовать версию не может тот, кто её подал или исправил.",
        "Попросите согласовать запись другого проверяющего до закрытия квартала.";
    QuarterClosed: "Квартал закрыт",
        "Квартал закрыт; до повторного открытия в нём ничего не меняется.",
        "Если изменение необходимо, попросите оператора открыть квартал повторно и назовите причину.";
    QuarterNotOpen: "Квартал ещё не открыт",
        "Квартал ещё не открыт.",
        "Квартал открывается сам в свой первый день; раньше его может открыть оператор. После открытия отправьте сообщение снова с новым id.";
    HasSubmissions: "Сведения уже поданы",
        "Нельзя заявить, что мероприятий не было: за этот квартал есть поданные сведения.",
        "Если мероприятий не было, сначала отзовите поданные записи (согласованную — после отмены согласования), затем отправьте заявление снова с новым id.";
    CloseInPast: "Время закрытия уже прошло",
        "Время закрытия квартала должно быть в будущем.",
        "Укажите в поле close_at более поздний момент и отправьте сообщение снова с новым id.";
    DeadlineAfterClose: "Срок подачи позже закрытия",
        "Срок подачи сведений не может быть позже закрытия квартала.",
        "Укажите срок подачи (submit_by) не позже времени закрытия (close_at) и отправьте сообщение снова с новым id.";
    NothingToChange: "Менять нечего",
        "Сообщение ничего не меняет: всё уже так, как в нём сказано.",
        "Делать ничего не нужно. Если ожидалось изменение, сверьте сообщение с тем, что записано.";
    Unauthenticated: "Нужен ключ доступа",
        "В запросе нет действующего ключа доступа.",
        "Передайте ключ в заголовке Authorization (Bearer). Ключ выдаёт администратор системы.";
    NotFound: "Не найдено",
        "По этому адресу ничего нет.",
        "Проверьте адрес по описанию: /api/v1/openapi.json.";
    BadRequest: "Запрос непонятен",
        "Запрос составлен неверно: параметр или заголовок не читается.",
        "Проверьте параметры запроса по описанию (/api/v1/openapi.json) и повторите запрос.";
    Unavailable: "Служба временно недоступна",
        "Сейчас ответить нельзя; ничего не записано.",
        "Повторите тот же запрос без изменений через несколько минут: двойной записи не будет.";
    Quarantined: "Сообщение отложено",
        "Обработка сообщения несколько раз прервалась; оно сохранено в карантине и ничего не изменило.",
        "Снова отправлять его не нужно: оператор установит причину и обработает сообщение. Спросить о нём можно у оператора.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::is_well_worded;

    #[test]
    fn every_reason_has_a_title_words_and_advice() {
        for code in ReasonCode::ALL {
            let words = reason(*code);
            is_well_worded(&words.detail);
            is_well_worded(&words.action);
            is_well_worded(&format!("{}.", title(*code)));
            assert!(!title(*code).ends_with('.'), "{code:?}: a title is no sentence");
        }
    }

    #[test]
    fn no_two_reasons_have_the_same_words() {
        let mut details: Vec<&str> = ReasonCode::ALL.iter().map(|code| detail(*code)).collect();
        details.sort_unstable();
        details.dedup();
        assert_eq!(details.len(), ReasonCode::ALL.len());
    }
}
