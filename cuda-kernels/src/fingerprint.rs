//! Whether a compiled module is that of its source.

use std::fs;
use std::io;
use std::path::Path;

/// A number that changes with the text of a source file, or of a file that it includes by `#include "…"`, so that a
/// compiled module can say which text it is of (FNV-1a of 64 bits).
///
/// ```
/// use std::path::Path;
/// use wengert_cuda_kernels::{VALUES, fingerprint};
/// let package = Path::new(env!("CARGO_MANIFEST_DIR"));
/// let number = fingerprint(&package.join(VALUES.source)).unwrap();
/// assert!(VALUES.ptx.contains(&format!("{number:016x}")));
/// ```
///
/// # Errors
/// If one of the files cannot be read.
pub fn fingerprint(source: &Path) -> io::Result<u64> {
    let mut files = vec![source.to_path_buf()];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut next = 0;
    while let Some(path) = files.get(next).cloned() {
        next += 1;
        let text = fs::read_to_string(&path).map_err(|error| about(&path, &error))?;
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        for line in text.lines() {
            let Some(included) = line.trim().strip_prefix("#include \"") else { continue };
            let included = included.split('"').next().unwrap_or_default();
            let included = path.parent().unwrap_or(Path::new(".")).join(included);
            let included = fs::canonicalize(&included).map_err(|error| about(&included, &error))?;
            if !files.contains(&included) {
                files.push(included);
            }
        }
    }
    Ok(hash)
}

fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
