//! Rivals, in processes of their own, which measure a workload whenever they are told to: PyTorch and JAX where `python3` has them, and
//! crates, which `benches/array-rivals` builds.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/array-rivals/Cargo.toml");

/// A process that waits for keys of workloads. Its first line names the ways to compute them, with versions, between tabs.
struct Process {
    child: Child,
    /// Until the process is to end.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(command: &mut Command) -> Option<Self> {
        // The allocator is to keep memory, as ours does: by default it gives large arrays back, and each page of
        // the next one costs more than its numbers.
        let mut child = command
            .env("MALLOC_MMAP_MAX_", "0")
            .env("MALLOC_TRIM_THRESHOLD_", "8000000000")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let output = BufReader::new(child.stdout.take()?);
        Some(Process { input: child.stdin.take(), child, output })
    }

    /// The parts of the next line.
    fn line(&mut self) -> Option<Vec<String>> {
        let mut line = String::new();
        self.output.read_line(&mut line).ok().filter(|&bytes| bytes > 0)?;
        Some(line.trim_end().split('\t').map(String::from).collect())
    }

    fn answer(&mut self, key: &str) -> Option<Vec<String>> {
        writeln!(self.input.as_mut()?, "{key}").ok()?;
        self.line()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// The processes that there are, and their ways to compute, in the order of their times.
#[derive(Default)]
pub struct Rivals {
    processes: Vec<(Process, usize)>,
    pub ways: Vec<String>,
}

impl Rivals {
    pub fn start() -> Self {
        let mut rivals = Rivals::default();
        // (A file, because torch.compile reads sources.)
        let script = std::env::temp_dir().join("wengert_rivals.py");
        if std::fs::write(&script, include_str!("rivals.py")).is_ok() {
            rivals.add(Command::new("python3").arg(script).stderr(Stdio::null()));
        }
        rivals.add(Command::new("cargo").args(["run", "--release", "--manifest-path", CRATES]));
        rivals
    }

    fn add(&mut self, command: &mut Command) {
        let Some(mut process) = Process::start(command) else { return };
        let Some(ways) = process.line() else { return };
        self.processes.push((process, ways.len()));
        self.ways.extend(ways);
    }

    /// Microseconds of a workload, in each of the ways that can compute it.
    pub fn measure(&mut self, key: &str) -> Vec<Option<f64>> {
        let mut times = Vec::new();
        for (process, ways) in &mut self.processes {
            let answer = process.answer(key).unwrap_or_default();
            times.extend((0..*ways).map(|way| answer.get(way)?.parse().ok()));
        }
        times
    }
}
