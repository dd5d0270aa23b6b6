//! `paygress-devnet`: starts the local network, prints its addresses as one line of JSON and runs until told to stop.

use std::process::ExitCode;

use paygress_devnet::{Devnet, Options};
use tokio::io::AsyncReadExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{}", Options::usage());
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(arguments) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{}", Options::usage());
            return ExitCode::FAILURE;
        }
    };
    let until_stdin_closes = options.until_stdin_closes;
    let devnet = match Devnet::start(options).await {
        Ok(devnet) => devnet,
        Err(error) => {
            eprintln!("the network cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", devnet.addresses().to_json());
    let stopped = tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        result = terminated() => result,
        result = stdin_closed(), if until_stdin_closes => result,
    };
    match stopped {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the network stops: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn terminated() -> std::io::Result<()> {
    let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    signal.recv().await;
    Ok(())
}

async fn stdin_closed() -> std::io::Result<()> {
    let mut stdin = tokio::io::stdin();
    let mut bytes = [0; 64];
    while stdin.read(&mut bytes).await? > 0 {}
    Ok(())
}
