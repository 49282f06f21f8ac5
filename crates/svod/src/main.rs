//! The program: configuration, roles, command line; the one place where the parts meet.

mod app;
mod commands;
mod config;
mod contract;
mod cure;
mod exit;
mod handed;
mod keys;
mod ledger;
mod print;
mod progress;
mod who;
mod witnesses;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, ConfigFlags};
use crate::exit::Failure;

/// Messages, events and documents are many small pieces of memory, and the system's allocator was a quarter of the
/// processor time of a busy service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// svod: quarterly reports of municipalities, from the message to the document and back to the proof
#[derive(Parser)]
#[command(name = "svod", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    config: ConfigFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(commands::run::Run),
    Demo(commands::demo::Demo),
    Send(commands::send::Send),
    Import(commands::import::Import),
    Quarter(commands::quarter::Quarter),
    Board(commands::board::Board),
    Submission(commands::submission::Submission),
    Municipality(commands::municipality::Municipality),
    Report(commands::report::Report),
    Summary(commands::summary::Summary),
    Template(commands::template::Template),
    Log(commands::log::Log),
    Views(commands::views::Views),
    Principal(commands::principal::Principal),
    Quarantine(commands::quarantine::Quarantine),
    Audit(commands::audit::Audit),
    Erase(commands::erase::Erase),
    Migrate(commands::migrate::Migrate),
    Doctor(commands::doctor::Doctor),
    Config(commands::config::Config),
    Completions(commands::completions::Completions),
    #[command(hide = true)]
    Docs(commands::docs::Docs),
}

/// Only tests kill the program, and only one that was built for it.
#[cfg(feature = "crash-points")]
#[expect(clippy::disallowed_methods, reason = "what kills the program is no configuration of it")]
fn arm_crash_point() {
    if let Ok(at) = std::env::var("SVOD_CRASH_AT") {
        svod_crash::arm(&at);
    }
}

#[cfg(not(feature = "crash-points"))]
fn arm_crash_point() {}

/// Whatever the program writes (ledgers, keys, documents, exports, papers) may name persons: it is for the owner alone. Who
/// wants others to read it gives them the right himself.
fn keep_to_the_owner() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    keep_to_the_owner();
    arm_crash_point();
    // A service tells what it does; at the terminal only what goes wrong is told.
    // lapin tells again, and as errors, what the broker edge has handled.
    let is_service = match &cli.command {
        Command::Run(_) => true,
        Command::Audit(command) => command.is_service(),
        _at_the_terminal => false,
    };
    let level = if is_service { "info,lapin=off" } else { "error,lapin=off" };
    let filter = EnvFilter::try_from_env("SVOD_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match carry_out(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

async fn carry_out(cli: &Cli) -> Result<(), Failure> {
    // What needs no configuration also works where it is broken.
    match &cli.command {
        Command::Completions(command) => return command.run(),
        Command::Docs(command) => return command.run(),
        _needs_configuration => {}
    }
    let config = Config::load(&cli.config).map_err(Failure::usage)?;
    match &cli.command {
        Command::Run(command) => command.run(&config).await,
        Command::Demo(command) => command.run(&config).await,
        Command::Send(command) => command.run(&config).await,
        Command::Import(command) => command.run(&config).await,
        Command::Quarter(command) => command.run(&config).await,
        Command::Board(command) => command.run(&config).await,
        Command::Submission(command) => command.run(&config).await,
        Command::Municipality(command) => command.run(&config).await,
        Command::Report(command) => command.run(&config).await,
        Command::Summary(command) => command.run(&config).await,
        Command::Template(command) => command.run(&config).await,
        Command::Log(command) => command.run(&config).await,
        Command::Views(command) => command.run(&config).await,
        Command::Principal(command) => command.run(&config).await,
        Command::Quarantine(command) => command.run(&config).await,
        Command::Audit(command) => command.run(&config).await,
        Command::Erase(command) => command.run(&config).await,
        Command::Migrate(command) => command.run(&config).await,
        Command::Doctor(command) => command.run(&config).await,
        Command::Config(command) => command.run(&config),
        Command::Completions(command) => command.run(),
        Command::Docs(command) => command.run(),
    }
}
