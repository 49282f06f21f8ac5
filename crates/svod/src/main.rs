//! The program: configuration, roles, command line; the one place where the parts meet.

mod app;
mod commands;
mod config;
mod exit;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, ConfigFlags};
use crate::exit::Failure;

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
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("SVOD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match carry_out(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

async fn carry_out(cli: &Cli) -> Result<(), Failure> {
    let config = Config::load(&cli.config).map_err(Failure::usage)?;
    match &cli.command {
        Command::Run(command) => command.run(&config).await,
    }
}
