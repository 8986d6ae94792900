//! All that needs a GPU, in stages: the laws of array operations on it; times, beside PyTorch's where python3 has it; and the laws once
//! more under `compute-sanitizer` where that is installed.
//!
//! `cargo run --release -p wengert-benches --features cuda --bin gpu`; with an argument (`laws`, `times`, `sanitizer`), that stage
//! alone. What is found is printed, and is in `benches/results/gpu.md` (in `gpu.md` here, if the program is run without Cargo)
//! after each stage, so that nothing is lost if a later one does not end. Fails at the end if anything did.

use std::collections::HashMap;
use std::fmt::Write;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use wengert_benches::gpu::{Line, Sizes, measure};
use wengert_cuda_kernels::launch::Device;
use wengert_proptests::arrays::on_device;

/// What a stage has found, and whether that is as it should be.
struct Found {
    text: String,
    is_good: bool,
}

type Stage = fn(&Device) -> Found;

const STAGES: [(&str, Stage); 3] = [("laws", laws), ("times", times), ("sanitizer", sanitizer)];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("gpu: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, String> {
    let only = std::env::args().nth(1);
    if let Some(name) = only.as_ref().filter(|name| STAGES.iter().all(|(stage, _)| stage != name)) {
        return Err(format!("there is no stage `{name}`; there are laws, times, sanitizer"));
    }
    let gpu = Device::cuda(0).map_err(|error| error.to_string())?;
    let (capability, driver) = (gpu.target().capability, gpu.target().driver);
    let date = Command::new("date").arg("+%F").output().map(|output| output.stdout);
    let date = String::from_utf8_lossy(&date.unwrap_or_default()).trim().to_owned();
    let mut text = format!(
        "# {gpu}, {date}\n\nCompute capability {}.{}, a driver for CUDA {}.{}.\n",
        capability.0, capability.1, driver.0, driver.1
    );
    print!("{text}");
    // (Cargo says where the package is; elsewhere there may be nothing but this program.)
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let file = folder.map(|folder| folder.join("results")).unwrap_or_default().join("gpu.md");
    let mut is_good = true;
    for (stage, find) in STAGES {
        if only.as_ref().is_some_and(|only| only != stage) {
            continue;
        }
        let found = find(&gpu);
        let part = format!("\n## {stage}\n\n{}", found.text);
        print!("{part}");
        text += &part;
        is_good &= found.is_good;
        std::fs::write(&file, &text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(is_good)
}

fn laws(gpu: &Device) -> Found {
    let report = on_device::check(&wengert_tensor::Device::Cuda(gpu.clone()));
    let failures = report.failures();
    let text =
        format!("```text\n{report}\n{} differ\n{}\n```\n", failures.len(), failures.join("\n"));
    Found { text, is_good: failures.is_empty() }
}

/// The laws in a process of their own, with every access to memory watched.
fn sanitizer(_: &Device) -> Found {
    const SECONDS: &str = "1200";
    let output = std::env::current_exe().and_then(|program| {
        let mut command = Command::new("timeout");
        command.args([SECONDS, "compute-sanitizer", "--error-exitcode", "1"]);
        command.arg(program).arg("laws").current_dir(std::env::temp_dir());
        command.env_remove("CARGO_MANIFEST_DIR").output()
    });
    let (words, is_good) = match output {
        Ok(output) => match output.status.code() {
            Some(0) => ("no errors".to_owned(), true),
            Some(124) => {
                (format!("not finished after {SECONDS} s, without errors until then"), false)
            }
            Some(126 | 127) => ("not installed".to_owned(), true),
            _ => (format!("\n```text\n{}\n```", String::from_utf8_lossy(&output.stdout)), false),
        },
        Err(error) => (format!("not run ({error})"), true),
    };
    Found { text: format!("compute-sanitizer: {words}\n"), is_good }
}

fn times(gpu: &Device) -> Found {
    let lines = measure(gpu, &Sizes::full());
    let (others, note) = match pytorch() {
        Ok(times) => (times, String::new()),
        Err(why) => (HashMap::new(), format!("\nNo PyTorch: {why}\n")),
    };
    Found { text: table(&lines, &others) + &note, is_good: true }
}

/// Milliseconds by the names of workloads: eager, and compiled.
fn pytorch() -> io::Result<HashMap<String, [f64; 2]>> {
    // (A file, because torch.compile reads sources.)
    let script = std::env::temp_dir().join("wengert_pytorch_gpu.py");
    std::fs::write(&script, include_str!("../../pytorch_gpu.py"))?;
    let output = Command::new("python3").arg(script).output()?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(words.lines().last().unwrap_or_default()));
    }
    let line = |line: &str| {
        let mut parts = line.split('\t');
        let name = parts.next()?.to_owned();
        let [eager, compiled] = [parts.next()?, parts.next()?].map(|x| x.parse().ok());
        Some((name, [eager?, compiled?]))
    };
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(line).collect())
}

fn table(lines: &[Line], others: &HashMap<String, [f64; 2]>) -> String {
    let mut text = "Medians by the device's events. (PyTorch's bf16 is bf16 in memory, ours f32, rounded on the way.)\n\n\
        | workload | ms | rate | PyTorch, ms | compiled, ms | PyTorch ÷ ours |\n|---|---|---|---|---|---|\n"
        .to_owned();
    for line in lines {
        let ms = line.time.as_secs_f64() * 1e3;
        let of_others = match others.get(&line.name) {
            Some([eager, compiled]) => {
                format!("{eager:.4} | {compiled:.4} | {:.2}", eager.min(*compiled) / ms)
            }
            None => " | | ".into(),
        };
        let _ = writeln!(text, "| {} | {ms:.4} | {} | {of_others} |", line.name, line.rate());
    }
    text
}
