//! Writes the generated sources, and compiles all device code of this package to PTX.
//!
//!     cargo run -p wengert-cuda-kernels --example ptx
//!
//! Each `generated/*.cu` and `kernels/*.cu` becomes a module in `ptx/`: for devices of compute capability 7.5 and later, or
//! for what its name ends with, as `matmul_sm90a.cu`. The compiler writes the newest version of PTX, which old drivers
//! refuse; the module gets the lowest that the assembler accepts. It says from which text it was compiled.

#[path = "../toolchain/mod.rs"]
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use toolchain::{Toolchain, package};
use wengert_cuda_kernels::{fingerprint, generated_sources};

/// Those that the assembler knows, of devices from 7.5 on.
const VERSIONS: [&str; 23] = [
    "6.3", "6.4", "6.5", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "7.8", "8.0",
    "8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.7", "8.8", "8.9", "9.0",
];

fn main() -> ExitCode {
    match regenerate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn regenerate() -> Result<(), String> {
    for (path, text) in generated_sources() {
        write(&package().join(path), &text)?;
    }
    let toolchain = Toolchain::installed()?;
    // Functions round as on the host; in kernels written by hand a product and a sum are one instruction.
    for (folder, kernels) in [("generated", false), ("kernels", true)] {
        sources(folder)?.iter().try_for_each(|source| compile(&toolchain, source, kernels))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().expect("a path in this package");
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// The sources in a folder, if there is one.
fn sources(folder: &str) -> Result<Vec<PathBuf>, String> {
    let folder = package().join(folder);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut sources: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cu"))
        .collect();
    sources.sort();
    Ok(sources)
}

fn compile(toolchain: &Toolchain, source: &Path, kernels: bool) -> Result<(), String> {
    let name = source.file_stem().and_then(|name| name.to_str()).expect("sources have plain names");
    let device = name.rsplit_once("_sm").map_or("75", |(_, device)| device);
    let ptx = toolchain.compile(source, device, kernels)?;
    let (version, module) = lowest(toolchain, &ptx, device)?;
    let number = fingerprint(source).map_err(|error| error.to_string())?;
    let relative = source.strip_prefix(package()).expect("sources lie in this package").display();
    let head = format!(
        "// From {relative}, of fingerprint {number:016x}, by the example `ptx`. Do not edit.\n"
    );
    let text: Vec<&str> =
        module.lines().filter(|line| !line.starts_with("//")).map(str::trim_end).collect();
    let path = package().join("ptx").join(name).with_extension("ptx");
    let text = head + text.join("\n").trim_start() + "\n";
    println!("{relative}: PTX {version}, sm_{device}, {} KB", text.len() / 1000);
    write(&path, &text)
}

/// The module in the lowest version that the assembler accepts.
fn lowest(
    toolchain: &Toolchain,
    ptx: &str,
    device: &str,
) -> Result<(&'static str, String), String> {
    let mut refused = String::new();
    for version in VERSIONS {
        let with_version = |line: &str| {
            if line.starts_with(".version") { format!(".version {version}") } else { line.into() }
        };
        let module = ptx.lines().map(with_version).collect::<Vec<String>>().join("\n");
        match toolchain.assemble(&module, device) {
            Ok(()) => return Ok((version, module)),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}
