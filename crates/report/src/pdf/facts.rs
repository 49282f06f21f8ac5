//! What the file says of itself: title, issuer, moment of the close, and where in the log it comes from.

use krilla::metadata::{DateTime, Metadata};

use crate::properties::{Fact, Properties, facts};
use crate::{Head, Renderer};

pub(super) fn metadata(head: &Head, renderer: Renderer) -> Metadata {
    let Properties { subject, time, .. } = Properties::of(head);
    let facts = facts(head, renderer, None).into_iter().map(|(name, fact)| match fact {
        Fact::Text(value) | Fact::Moment(value) => format!("{name}: {value}"),
        Fact::Number(value) => format!("{name}: {value}"),
    });
    Metadata::new()
        .title(head.title.clone())
        .authors(vec![head.creator.clone()])
        .description(subject)
        .keywords(facts.collect())
        .language("ru-RU".to_owned())
        .creator("svod".to_owned())
        .producer("svod".to_owned())
        .creation_date(moment(&time))
}

/// A moment in UTC in whole seconds, as [`Properties`] has it: «2020-07-14T15:00:00Z».
fn moment(time: &str) -> DateTime {
    let mut numbers =
        time.split(['-', 'T', ':', 'Z']).map(|number| number.parse::<u16>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    let year = next();
    let mut small = || u8::try_from(next()).unwrap_or_default();
    DateTime::new(year)
        .month(small())
        .day(small())
        .hour(small())
        .minute(small())
        .second(small())
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
