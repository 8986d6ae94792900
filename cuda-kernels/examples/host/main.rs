//! The device code of functions and partial derivatives, compiled for the host and compared with the rule table, number
//! by number, in both precisions.
//!
//!     cargo run -p wengert-cuda-kernels --example host
//!
//! Needs a C++ compiler (`$CXX`, else `g++`), and says so where there is none. Only the functions of CUDA's math library
//! are not compared: in their place stand those of the host's.

#[path = "../../tests/comparison/mod.rs"]
mod comparison;
mod entries;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use comparison::limits;
use entries::Entry;

fn main() -> ExitCode {
    let entries = entries::all();
    let found = match run(&entries) {
        Ok(found) => found,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let mut failures = 0;
    let mut worst = [(0.0, ""), (0.0, "")];
    let mut numbers = 0;
    for (entry, results) in entries.iter().zip(&found) {
        let limit = limits::ulps(&entry.name, 3.0);
        for (precision, results) in results.iter().enumerate() {
            let single = precision == 1;
            let mut largest = (0.0, 0);
            for (k, &got) in results.iter().enumerate() {
                let (x, want) = (&entry.points[precision][k], entry.expected[precision][k]);
                if limits::beyond_the_row(&entry.name, x, single) {
                    continue;
                }
                let error = limits::error(&entry.name, x, got, want, single);
                numbers += 1;
                if error > largest.0 {
                    largest = (error, k);
                }
            }
            let (error, k) = largest;
            if error > limit {
                let (x, want) = (&entry.points[precision][k], entry.expected[precision][k]);
                let (name, got) = (&entry.name, results[k]);
                let kind = if single { "f32" } else { "f64" };
                println!(
                    "{name} ({kind}) at {x:?}: {got:e} on the device, {want:e} by the row: {error:.1} ulps, of {limit}"
                );
                failures += 1;
            } else if error > worst[precision].0 {
                worst[precision] = (error, &entry.name);
            }
        }
    }
    println!(
        "{} functions and partial derivatives, {numbers} numbers; f64 within {:.1} ulps ({}), f32 within {:.1} ({})",
        entries.len(),
        worst[0].0,
        worst[0].1,
        worst[1].0,
        worst[1].1
    );
    if failures > 0 {
        println!("{failures} beyond what is allowed");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What the device code gives for all entries, in double and single precision.
fn run(entries: &[Entry]) -> Result<Vec<[Vec<f64>; 2]>, String> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = env::temp_dir().join(format!("wengert-host-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let source = folder.join("host.cpp");
    let program = folder.join("host");
    let points = folder.join("points");
    let result = (|| {
        fs::write(&source, entries::driver(entries)).map_err(|error| error.to_string())?;
        fs::write(&points, entries::input(entries)).map_err(|error| error.to_string())?;
        let compiler = env::var("CXX").unwrap_or_else(|_| "g++".into());
        // As for the device: no product and sum is fused unless the source says so.
        let compiled = Command::new(&compiler)
            .args(["-std=c++17", "-O1", "-ffp-contract=off", "-D__device__=", "-D__noinline__="])
            .arg("-Wno-unknown-pragmas")
            .arg("-I")
            .arg(package.join("generated"))
            .arg(&source)
            .arg("-o")
            .arg(&program)
            .status()
            .map_err(|error| {
                format!("{compiler}: {error}; device code is compiled for the host by a C++ compiler: install g++, or name one in $CXX")
            })?;
        if !compiled.success() {
            return Err(format!("{compiler} does not compile the device code"));
        }
        let output =
            Command::new(&program).arg(&points).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("the compiled device code fails: {}", output.status));
        }
        entries::output(entries, &output.stdout)
    })();
    let _ = fs::remove_dir_all(&folder);
    result
}
