//! The program, run as a person runs it.

use assert_cmd::Command;
use serde_json::Value;

/// The program with these arguments.
pub fn shoespace(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoespace"));
    command.args(args);
    command
}

/// Runs a command that has to succeed and to write JSON.
pub fn json_of(args: &[&str]) -> Value {
    let output = shoespace(args).assert().success().get_output().clone();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command that has to fail with exit code 1 and one message, which is given back.
pub fn fails(args: &[&str]) -> String {
    let output = shoespace(args).assert().code(1).get_output().clone();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let messages = stderr
        .lines()
        .filter(|line| line.starts_with("error: "))
        .count();
    assert_eq!(messages, 1, "{args:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{args:?}");
    stderr
}
