//! What a measurement was made on.

use std::process::Command;

/// What a command prints, or a question mark.
pub fn output(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    output
        .map_or_else(|_| "?".into(), |output| String::from_utf8_lossy(&output.stdout).trim().into())
}

/// The processor, as /proc/cpuinfo says.
pub fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line =
            info.lines().find(|line| line.split(':').next().is_some_and(|n| n.trim() == name));
        line.and_then(|line| line.split(':').nth(1)).unwrap_or("?").trim().to_string()
    };
    format!("{}, family {}, model {}", field("model name"), field("cpu family"), field("model"))
}

/// The day, in words.
pub fn today() -> String {
    output("date", &["+%-d %B %Y"])
}

/// With about three digits.
pub fn digits(x: f64) -> String {
    let decimals = match x {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{x:.decimals$}")
}
