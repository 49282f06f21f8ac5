//! Who may speak to the ledger: known by name and by token, and not for longer than their rights last.

use std::time::Duration;

use svod_domain::Role;
use svod_log::{Hash, Principal, PrincipalStore as _};

use crate::ground::{Ground, time};

fn principal(name: &str, roles: &[&str]) -> Principal {
    Principal {
        name: name.into(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        token_sha256: Hash::of(format!("token of {name}").as_bytes()),
        added_at: time("2020-06-01T00:00:00Z"),
        revoked_at: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_principal_is_known_by_its_name_and_by_its_token() {
    let ground = Ground::new().await;
    ground.store.add_principal(&principal("r-1", &["reviewer"])).await.unwrap();
    let by_name = ground.engine.principal("r-1").await.unwrap().unwrap();
    assert_eq!(by_name.roles, [Role::Reviewer]);
    assert_eq!(ground.engine.authenticate("token of r-1").await.unwrap(), Some(by_name.clone()));
    assert_eq!(ground.engine.authenticate("token of r-2").await.unwrap(), None);
    assert_eq!(ground.engine.principals().await.unwrap(), [by_name]);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_worth_nothing_after_a_second() {
    let ground = Ground::new().await;
    ground.store.add_principal(&principal("r-1", &["reviewer"])).await.unwrap();
    assert!(ground.engine.authenticate("token of r-1").await.unwrap().is_some());
    ground.store.revoke_principal("r-1", time("2020-06-02T00:00:00Z")).await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(ground.engine.authenticate("token of r-1").await.unwrap(), None);
    assert_eq!(ground.engine.principal("r-1").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_nobody_knows_gives_no_right_and_nobody_becomes_the_service() {
    let ground = Ground::new().await;
    ground.store.add_principal(&principal("x", &["admin", "auditor", "service"])).await.unwrap();
    assert_eq!(ground.engine.principal("x").await.unwrap().unwrap().roles, [Role::Auditor]);
}
