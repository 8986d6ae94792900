//! All that needs a GPU: the laws of array operations on it, the same once more under `compute-sanitizer` where that is installed, and
//! then times, beside PyTorch's where python3 has it. Everything goes to `results/gpu.md`, too.
//!
//! `cargo run --release -p wengert-benches --features cuda --bin gpu`; with the argument `check`, the laws alone.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use wengert_benches::gpu::{Line, Sizes, measure};
use wengert_cuda_kernels::launch::Device;
use wengert_proptests::arrays::on_device;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("gpu: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let gpu = Device::cuda(0).map_err(|error| error.to_string())?;
    println!("{gpu}, compute capability {:?}", gpu.capability());
    let report = on_device::check(&wengert_tensor::Device::Cuda(gpu.clone()));
    println!("{report}");
    let failures = report.failures();
    if !failures.is_empty() {
        return Err(format!("{} numbers differ:\n{}", failures.len(), failures.join("\n")));
    }
    if std::env::args().nth(1).as_deref() == Some("check") {
        return Ok(());
    }
    let sanitizer = sanitizer()?;
    println!("{sanitizer}");
    let lines = measure(&gpu, &Sizes::full());
    let table = table(&gpu, &lines, &pytorch());
    print!("{table}");
    let table = format!("{table}\n```text\n{report}\n{sanitizer}\n```\n");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/gpu.md");
    std::fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))
}

/// The laws once more, with every access to memory watched; what came of it, in words.
fn sanitizer() -> Result<String, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("compute-sanitizer");
    command.args(["--error-exitcode", "1"]).arg(program).arg("check");
    match command.output() {
        Ok(output) if output.status.success() => Ok("compute-sanitizer: no errors".into()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => Ok(format!("compute-sanitizer: not run ({error})")),
    }
}

/// Milliseconds by the names of workloads: eager, and compiled. Empty if there is no PyTorch.
fn pytorch() -> HashMap<String, [f64; 2]> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("pytorch_gpu.py");
    let output = match Command::new("python3").arg(script).output() {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            eprint!("gpu: no PyTorch: {}", String::from_utf8_lossy(&output.stderr));
            return HashMap::new();
        }
        Err(error) => {
            eprintln!("gpu: no PyTorch: python3: {error}");
            return HashMap::new();
        }
    };
    let line = |line: &str| {
        let mut parts = line.split('\t');
        let name = parts.next()?.to_owned();
        let [eager, compiled] = [parts.next()?, parts.next()?].map(|x| x.parse().ok());
        Some((name, [eager?, compiled?]))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(line).collect()
}

fn table(gpu: &Device, lines: &[Line], others: &HashMap<String, [f64; 2]>) -> String {
    let date = Command::new("date").arg("+%F").output().map(|output| output.stdout);
    let date = String::from_utf8_lossy(&date.unwrap_or_default()).trim().to_owned();
    let mut text = format!("# {gpu}, {date}\n\nMedians by the device's events.\n\n");
    text += "| workload | ms | rate | PyTorch, ms | compiled, ms | PyTorch ÷ ours |\n|---|---|---|---|---|---|\n";
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
