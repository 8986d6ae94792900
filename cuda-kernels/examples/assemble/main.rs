//! Assembles device code: every committed module, kernels as they are written at run time, and the partial derivatives.
//!
//!     cargo run -p wengert-cuda-kernels --example assemble
//!
//! For devices of compute capability 7.5, 8.0 and 9.0. Needs no device.

#[path = "../../tests/samples/mod.rs"]
mod samples;
#[path = "../toolchain/mod.rs"]
mod toolchain;

use std::fs;
use std::process::ExitCode;

use toolchain::{Toolchain, package, target};
use wengert_cuda_kernels::{modules, partial_entries};

const DEVICES: [&str; 3] = ["75", "80", "90a"];

fn main() -> ExitCode {
    match assemble() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn assemble() -> Result<(), String> {
    let toolchain = Toolchain::installed()?;
    for module in modules() {
        let devices = DEVICES.into_iter().filter(|device| runs_on(module.ptx, device));
        let devices: Vec<&str> = devices.collect();
        devices.iter().try_for_each(|device| toolchain.assemble(module.ptx, device))?;
        println!("{}: sm_{}", module.source, devices.join(", sm_"));
    }

    let (rows, layouts) = (samples::rows(), samples::layouts());
    for (k, sample) in rows.iter().enumerate() {
        // (The devices in turn: what a row is made of assembles alike for all.)
        let (ptx, device) = (sample.ptx(), DEVICES[k / 2 % 3]);
        toolchain.assemble(&ptx, device).map_err(|error| format!("{}: {error}", sample.name))?;
    }
    for sample in &layouts {
        let ptx = sample.ptx();
        for device in DEVICES {
            toolchain
                .assemble(&ptx, device)
                .map_err(|error| format!("{}: {error}", sample.name))?;
        }
    }
    println!("kernels written at run time: {} of rows, {} of layouts", rows.len(), layouts.len());

    // As kernels that include them would have them compiled.
    let source = target().join("partials.cu");
    let include = format!("\"{}/generated/partials.h\"", package().display());
    let text = partial_entries().replace("\"partials.h\"", &include);
    fs::write(&source, text).map_err(|error| format!("{}: {error}", source.display()))?;
    let ptx = toolchain.compile(&source, "75", false)?;
    DEVICES.iter().try_for_each(|device| toolchain.assemble(&ptx, device))?;
    println!("partial derivatives of rows: {} KB", ptx.len() / 1000);
    Ok(())
}

/// Whether a module that names its least device can be assembled for another: for later ones, unless it is for one alone.
fn runs_on(ptx: &str, device: &str) -> bool {
    let target = ptx.lines().find_map(|line| line.strip_prefix(".target sm_"));
    let target = target.expect("a module names its device").trim();
    let number = |device: &str| device.trim_end_matches('a').parse::<u32>().expect("a number");
    if target.ends_with('a') { target == device } else { number(target) <= number(device) }
}
