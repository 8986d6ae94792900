//! PyTorch and JAX, in a process of their own, which measures a workload whenever it is told to.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The ways of the rivals, in the order of their times.
pub const WAYS: [&str; 3] = ["PyTorch", "torch.compile", "JAX"];

/// A process that waits for keys of workloads.
pub struct Rivals {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Which versions it has.
    pub versions: String,
}

impl Rivals {
    /// `None` if `python3` has neither of them.
    pub fn start() -> Option<Self> {
        // (A file, because torch.compile reads sources.)
        let script = std::env::temp_dir().join("wengert_rivals.py");
        std::fs::write(&script, include_str!("rivals.py")).ok()?;
        let mut process = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (input, output) = (process.stdin.take()?, BufReader::new(process.stdout.take()?));
        let mut rivals = Rivals { process, input, output, versions: String::new() };
        let versions = rivals.line().filter(|line| line != "PyTorch -\tJAX -")?;
        rivals.versions = versions.replace('\t', ", ");
        Some(rivals)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.output.read_line(&mut line).ok().filter(|&bytes| bytes > 0)?;
        Some(line.trim_end().into())
    }

    /// Microseconds of a workload, in each of the ways that there are.
    pub fn measure(&mut self, key: &str) -> [Option<f64>; 3] {
        let times = writeln!(self.input, "{key}").ok().and_then(|()| self.line());
        let times = times.unwrap_or_default();
        let mut times = times.split('\t').map(|time| time.parse().ok());
        [(); 3].map(|()| times.next().flatten())
    }
}

impl Drop for Rivals {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
