//! A database that goes away is a failure that is told, not one that hangs; when it is back, the store works again.

use std::time::Duration;

use sqlx::{Connection as _, Executor as _, PgConnection};
use svod_log::promises::{Home, hold};
use svod_log::{Position, StoreError};
use svod_store::{OpenOptions, open};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::homes::{PostgresHome, postgres};

async fn lose_connections(home: &PostgresHome) -> Result<(), StoreError> {
    let store = home.open().await;
    store.move_progress("publisher", Position(0), Position(1)).await?;
    let mut administrator = PgConnection::connect(&home.url).await.unwrap();
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    administrator.execute(terminate).await.unwrap();
    let mut failures = 0;
    while let Err(failure) = store.move_progress("publisher", Position(1), Position(2)).await {
        assert!(matches!(failure, StoreError::Unavailable { .. }), "{failure:?}");
        failures += 1;
        // There are four connections; each may have to find out for itself.
        assert!(failures <= 4);
    }
    assert_eq!(store.progress("publisher").await?, Position(2));
    Ok(())
}

#[tokio::test]
async fn lost_connections_are_replaced() {
    hold(postgres().await, |home| Box::pin(lose_connections(home))).await;
}

/// Passes connections on to the server while the switch is on; cuts them when it is turned off.
async fn gate(server: String, listener: TcpListener, switch: watch::Receiver<bool>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (server, mut switch) = (server.clone(), switch.clone());
        tokio::spawn(async move {
            if !*switch.borrow() {
                return;
            }
            let Ok(mut upstream) = TcpStream::connect(server).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut upstream) => {}
                _ = switch.wait_for(|on| !on) => {}
            }
        });
    }
}

/// Host and port of an address of PostgreSQL.
fn server_of(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    let server = rest.split(['/', '?']).next().unwrap();
    server.rsplit_once('@').map_or(server, |(_, server)| server)
}

async fn asks_of_both(home: &PostgresHome) -> Result<(), StoreError> {
    let options =
        OpenOptions { connections_max: 2, notary: crate::homes::notary(), ..OpenOptions::default() };
    let store = open(&home.url, options).await?;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let store = std::sync::Arc::clone(&store);
        asking.spawn(async move {
            store.head().await?;
            store.person_page("", 1).await
        });
    }
    for asked in asking.join_all().await {
        asked?;
    }
    let mut server = PgConnection::connect(&home.url).await.unwrap();
    let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'svod' AND datname = current_database()";
    let open: i64 = sqlx::query_scalar(open).fetch_one(&mut server).await.unwrap();
    assert_eq!(open, 2);
    Ok(())
}

#[tokio::test]
async fn a_vault_in_the_same_database_takes_no_connections_of_its_own() {
    hold(postgres().await, |home| Box::pin(asks_of_both(home))).await;
}

async fn go_away_and_come_back(home: &PostgresHome) -> Result<(), StoreError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server_of(&home.url).to_owned();
    let through_gate = home.url.replacen(&server, &listener.local_addr().unwrap().to_string(), 1);
    let (switch, state) = watch::channel(true);
    let gate = tokio::spawn(gate(server, listener, state));
    let store = open(
        &through_gate,
        OpenOptions { connections_max: 2, notary: crate::homes::notary(), ..OpenOptions::default() },
    )
    .await?;
    store.append(&[]).await?;
    let head = store.head().await?;

    switch.send(false).unwrap();
    for _ in 0..3 {
        let failure = tokio::time::timeout(Duration::from_secs(8), store.head()).await.unwrap().unwrap_err();
        assert!(matches!(failure, StoreError::Unavailable { .. }), "{failure:?}");
    }
    switch.send(true).unwrap();
    assert_eq!(store.head().await?, head);
    gate.abort();
    Ok(())
}

#[tokio::test]
async fn a_server_that_comes_back_is_used_again() {
    hold(postgres().await, |home| Box::pin(go_away_and_come_back(home))).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = open(&format!("postgres://svod@{address}/svod"), OpenOptions::default()).await.map(drop);
    assert!(matches!(failure, Err(StoreError::Unavailable { .. })), "{failure:?}");
}
