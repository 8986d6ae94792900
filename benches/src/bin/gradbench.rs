//! The tool of this workspace for GradBench, the public benchmark of automatic differentiation: answers its messages,
//! line by line, on one thread, or on all with `--multithreaded`.

use std::io::{self, BufRead, Write};

use wengert_benches::gradbench::protocol::respond;

fn main() -> io::Result<()> {
    let threads = if std::env::args().any(|arg| arg == "--multithreaded") { 0 } else { 1 };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(io::Error::other)?;
    let mut out = io::stdout().lock();
    for message in io::stdin().lock().lines() {
        writeln!(out, "{}", respond(&message?))?;
        out.flush()?;
    }
    Ok(())
}
