//! A file beside what is filed: what becomes of each record.

use svod_domain::{DateRange, MunicipalityCode, Version};

use super::*;

fn quarter() -> Quarter {
    "2020-Q2".parse().unwrap()
}

fn vyazma() -> MunicipalityCode {
    "66605000".parse().unwrap()
}

fn fair() -> Activity {
    Activity {
        title: "Ярмарка ремёсел".into(),
        place: Some("г. Вязьма".into()),
        dates: vec![DateRange::day("2020-06-05".parse().unwrap())],
        dates_text: None,
        content: "Показали гончарный круг.".into(),
        agreements: None,
        participants: vec![person("И.П. Ромашкин")],
        countries: vec![],
    }
}

fn person(name: &str) -> Participant {
    Participant::Person { name: name.into(), position: "глава района".into() }
}

fn stated(row: usize, activity: Activity) -> Stated {
    let says = Says::Activity(Box::new(activity));
    Stated { place: Place::Row { table: 1, row }, municipality: vyazma(), says }
}

/// The card of a submission that was filed by an import of this activity.
fn card(state: SubmissionState, activity: Activity) -> SubmissionCard {
    let at = "2020-06-10T09:00:00Z".parse().unwrap();
    SubmissionCard {
        submission_id: submission_id(vyazma(), quarter(), &activity, 0),
        municipality: vyazma(),
        quarter: quarter(),
        state,
        version: Version::FIRST,
        late: false,
        activity,
        filed_at: at,
        changed_at: at,
        position: 1,
    }
}

fn planned(stated: &[Stated], filed: &Filed) -> Draft {
    draft(stated, &[], quarter(), filed)
}

#[track_caller]
fn check(stated: &[Stated], filed: &Filed, expected: &[ImportAction]) {
    let draft = planned(stated, filed);
    let actions: Vec<ImportAction> = draft.entries.iter().map(|(entry, _)| entry.action).collect();
    assert_eq!(actions, expected);
    for (entry, message) in &draft.entries {
        let sends =
            matches!(entry.action, ImportAction::Submit | ImportAction::Correct | ImportAction::Declare);
        assert_eq!(message.is_some(), sends, "{:?}", entry.action);
    }
}

#[test]
fn what_nobody_filed_is_new_and_what_is_filed_is_unchanged() {
    let in_file = [stated(2, fair())];
    check(&in_file, &Filed::default(), &[ImportAction::Submit]);
    let draft = planned(&in_file, &Filed::default());
    let id = draft.entries[0].0.submission_id;
    let filed = card(SubmissionState::Submitted, fair());
    assert_eq!(id, Some(filed.submission_id), "the id follows from the words");
    check(&in_file, &Filed::of(vec![filed]), &[ImportAction::Unchanged]);
}

#[test]
fn a_correction_of_the_file_corrects_what_is_waiting_and_leaves_what_is_approved() {
    let corrected =
        Activity { content: "Показали гончарный круг и печь.".into(), ..fair() };
    let in_file = [stated(2, corrected)];
    for (state, action) in [
        (SubmissionState::Submitted, ImportAction::Correct),
        (SubmissionState::Returned, ImportAction::Correct),
        (SubmissionState::Approved, ImportAction::Approved),
    ] {
        check(&in_file, &Filed::of(vec![card(state, fair())]), &[action]);
    }
    let draft = planned(&in_file, &Filed::of(vec![card(SubmissionState::Returned, fair())]));
    assert_eq!(draft.entries[0].0.changed, ["content"]);
}

#[test]
fn what_a_file_cannot_say_is_kept_by_a_correction() {
    let rich =
        Activity { countries: vec!["PL".into()], agreements: Some("Условились.".into()), ..fair() };
    let content = format!("{}\n{}", rich.content, "Условились.");
    let renamed = Activity { title: "Ярмарка".into(), content, ..fair() };
    let draft = planned(&[stated(2, renamed)], &Filed::of(vec![card(SubmissionState::Returned, rich)]));
    assert_eq!(draft.entries[0].0.changed, ["title"]);
    let message = draft.entries[0].1.as_ref().unwrap();
    let activity = &message.under(&message.key(0))["data"]["activity"];
    assert_eq!((&activity["title"], &activity["countries"][0]), (&"Ярмарка".into(), &"PL".into()));
    assert_eq!(activity["agreements"], "Условились.");
}

#[test]
fn what_was_taken_back_or_corrected_since_stays_so() {
    let in_file = [stated(2, fair())];
    check(&in_file, &Filed::of(vec![card(SubmissionState::Withdrawn, fair())]), &[ImportAction::Withdrawn]);
    let mut corrected = card(SubmissionState::Submitted, fair());
    corrected.activity.content = "Показали печь.".into();
    corrected.version = Version(2);
    let earlier = [(corrected.submission_id, vec![fair()])].into();
    let mut filed = Filed::of(vec![corrected]);
    filed.earlier = earlier;
    check(&in_file, &filed, &[ImportAction::Superseded]);
}

#[test]
fn a_name_that_was_destroyed_does_not_come_back() {
    let mut erased = card(SubmissionState::Submitted, fair());
    erased.activity.participants = vec![Participant::erased()];
    check(&[stated(2, fair())], &Filed::of(vec![erased.clone()]), &[ImportAction::Unchanged]);
    let other = Activity { place: Some("г. Смоленск".into()), ..fair() };
    check(&[stated(2, other)], &Filed::of(vec![erased]), &[ImportAction::Superseded]);
}

#[test]
fn what_is_filed_and_not_in_the_file_is_shown_and_left_alone() {
    let other = Activity { title: "Концерт".into(), content: "Спели.".into(), ..fair() };
    let filed = Filed::of(vec![card(SubmissionState::Approved, other)]);
    check(&[stated(2, fair())], &filed, &[ImportAction::Submit, ImportAction::Absent]);
}

#[test]
fn who_filed_through_another_door_is_known_by_the_words() {
    let mut elsewhere = card(SubmissionState::Submitted, fair());
    elsewhere.submission_id = SubmissionId(Uuid::nil());
    check(&[stated(2, fair())], &Filed::of(vec![elsewhere]), &[ImportAction::Unchanged]);
}

#[test]
fn a_record_that_might_be_one_of_two_is_filed_as_new() {
    let mut one = card(SubmissionState::Submitted, fair());
    one.submission_id = SubmissionId(Uuid::from_u128(1));
    one.activity.place = Some("г. Смоленск".into());
    let mut two = one.clone();
    two.submission_id = SubmissionId(Uuid::from_u128(2));
    two.activity.place = Some("г. Рославль".into());
    let filed = Filed::of(vec![one, two]);
    let draft = planned(&[stated(2, fair())], &filed);
    assert_eq!(draft.entries[0].0.action, ImportAction::Submit);
    assert_eq!(draft.findings[0].code, "alike");
}

#[test]
fn names_of_persons_are_in_no_id() {
    let other = Activity { participants: vec![person("А.А. Синицына")], ..fair() };
    let id = |activity: &Activity| submission_id(vyazma(), quarter(), activity, 0);
    assert_eq!(id(&fair()), id(&other));
    let both = planned(&[stated(2, fair()), stated(3, other)], &Filed::default());
    assert_ne!(
        both.entries[0].0.submission_id, both.entries[1].0.submission_id,
        "two records are two submissions"
    );
}

#[test]
fn that_there_was_nothing_is_declared_once_and_not_beside_records() {
    let nothing = Stated { place: Place::File, municipality: vyazma(), says: Says::Nothing };
    let in_file = [nothing];
    check(&in_file, &Filed::default(), &[ImportAction::Declare]);
    let mut declared = Filed::default();
    declared.declared.insert(vyazma());
    check(&in_file, &declared, &[ImportAction::Unchanged]);
    let draft = planned(&in_file, &Filed::of(vec![card(SubmissionState::Submitted, fair())]));
    assert_eq!(draft.findings[0].code, "has-submissions");
    assert!(!draft.finished().can_be_filed);
}

#[test]
fn what_the_contract_would_refuse_is_told_before_anything_is_filed() {
    let long = Activity { content: "я".repeat(20_001), ..fair() };
    let draft = planned(&[stated(2, long)], &Filed::default());
    assert_eq!(
        (draft.findings[0].code.as_str(), draft.findings[0].place.as_str()),
        ("schema", "таблица 1, строка 2")
    );
    assert!(!draft.finished().can_be_filed);
}

#[test]
fn what_was_filed_before_texts_were_composed_is_the_same_record() {
    let filed = Activity { title: "Ярмарка «И\u{306}од»".into(), ..fair() };
    let in_file = [stated(2, Activity { title: "Ярмарка «Йод»".into(), ..fair() })];
    check(&in_file, &Filed::of(vec![card(SubmissionState::Submitted, filed)]), &[ImportAction::Unchanged]);
}

#[test]
fn what_is_carried_over_and_cannot_be_printed_any_more_is_told_as_the_receipt_would() {
    let agreements = Some("\u{f0b7} Обмен".to_owned());
    let filed = card(SubmissionState::Returned, Activity { agreements, ..fair() });
    let moved = Activity { place: Some("г. Гагарин".into()), ..filed.activity.clone() };
    let draft = planned(&[stated(2, moved)], &Filed::of(vec![filed]));
    let [finding] = &draft.findings[..] else { panic!("{:?}", draft.findings) };
    assert_eq!((finding.code.as_str(), finding.severity), ("unprintable-text", ImportSeverity::Fault));
    assert!(
        finding.detail.contains("«Достигнутые договоренности» (графа 5), знак 1: U+F0B7"),
        "{}",
        finding.detail
    );
}
