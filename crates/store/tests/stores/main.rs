//! The stores on SQLite and PostgreSQL: both keep every promise, and what only a database can do wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed; its helpers are no different")]

mod append_only;
mod erasing;
mod guards;
mod homes;
mod outage;
mod schema;
mod strangers;
mod travel;

mod sqlite {
    svod_log::log_promises!(crate::homes::sqlite);
    svod_log::batch_promises!(crate::homes::sqlite);
    svod_log::view_promises!(crate::homes::sqlite);
    svod_log::keeping_promises!(crate::homes::sqlite);
    svod_log::vault_promises!(crate::homes::sqlite);
    svod_log::witnessed_promises!(crate::homes::sqlite);
    svod_log::peer_promises!(crate::homes::sqlite);
}

mod postgres {
    svod_log::log_promises!(crate::homes::postgres);
    svod_log::batch_promises!(crate::homes::postgres);
    svod_log::view_promises!(crate::homes::postgres);
    svod_log::keeping_promises!(crate::homes::postgres);
    svod_log::vault_promises!(crate::homes::postgres);
    svod_log::witnessed_promises!(crate::homes::postgres);
    svod_log::peer_promises!(crate::homes::postgres);
}
