//! `cust` asks the linker for a library `cuda`. All functions of it that are used are in `launch/driver.rs`, which finds
//! the driver's when they are called; so an empty library does, and no program that is built needs a driver to start.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_CUDA").is_some() {
        let folder = env::var("OUT_DIR").expect("cargo names a folder");
        fs::write(Path::new(&folder).join("libcuda.a"), "!<arch>\n").expect("a writable folder");
        println!("cargo::rustc-link-search=native={folder}");
    }
}
