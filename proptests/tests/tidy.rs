//! The architecture's invariants, as far as reading the source can check them.

use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace around this crate").into()
}

/// All Rust files below a folder of the workspace, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&workspace().join(folder), &mut files);
    assert!(!files.is_empty(), "no sources in {folder}");
    let relative =
        |path: &PathBuf| path.strip_prefix(workspace()).expect("inside").display().to_string();
    let text = |path: &PathBuf| fs::read_to_string(path).expect("a readable file");
    files.iter().map(|path| (relative(path), text(path))).collect()
}

/// The code of a file: no comments, no documentation.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or_default())
}

fn files_with(folder: &str, word: &str) -> Vec<String> {
    let has = |text: &str| {
        code(text).any(|line| {
            line.match_indices(word).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + word.len()..].chars().next();
                let part_of_name =
                    |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                !part_of_name(before) && !part_of_name(after)
            })
        })
    };
    sources(folder).into_iter().filter(|(_, text)| has(text)).map(|(path, _)| path).collect()
}

fn sorted(mut paths: Vec<String>) -> Vec<String> {
    paths.sort();
    paths
}

/// (The methods of `simba`'s `SimdValue` are declared unsafe; their bodies here are not.)
#[test]
fn unsafe_code_is_where_it_is_allowed() {
    let autodiff = [
        "autodiff/src/interop/nalgebra.rs",
        "autodiff/src/pages.rs",
        "autodiff/src/tape/plain.rs",
        "autodiff/src/tape/record.rs",
        "autodiff/src/tape/store.rs",
        "autodiff/src/tape/sweep.rs",
    ];
    assert_eq!(sorted(files_with("autodiff/src", "unsafe")), autodiff);
    let tensor = [
        "tensor/src/cpu/dispatch.rs",
        "tensor/src/cpu/gemm/blocks.rs",
        "tensor/src/cpu/gemm/mod.rs",
        "tensor/src/cpu/gemm/pack.rs",
        "tensor/src/cpu/gemm/tiles.rs",
        "tensor/src/cpu/gemm/x86.rs",
        "tensor/src/cpu/parallel.rs",
    ];
    assert_eq!(sorted(files_with("tensor/src", "unsafe")), tensor);
    let launch = ["driver.rs", "function.rs", "raw.rs"]
        .map(|file| format!("cuda-kernels/src/launch/{file}"));
    // (Launches, in the folder whose functions check extents.)
    let (arrays, others): (Vec<String>, Vec<String>) = files_with("cuda-kernels/src", "unsafe")
        .into_iter()
        .partition(|path| path.starts_with("cuda-kernels/src/arrays/"));
    assert!(!arrays.is_empty());
    assert_eq!(sorted(others), launch);
}

#[test]
fn rayon_is_named_in_one_file() {
    assert_eq!(files_with("autodiff/src", "rayon"), ["autodiff/src/drivers/parallel.rs"]);
    assert_eq!(files_with("tensor/src", "rayon"), ["tensor/src/cpu/parallel.rs"]);
}

#[test]
fn the_driver_is_named_in_one_folder() {
    for path in files_with("cuda-kernels/src", "cust") {
        assert!(path.starts_with("cuda-kernels/src/launch/"), "{path} names cust");
    }
    assert!(files_with("tensor/src", "cust").is_empty());
}

#[test]
fn number_types_and_the_tape_know_no_function_by_name() {
    let functions = ["sin", "cos", "exp", "ln", "tanh", "sqrt", "powf", "powi", "erf", "gamma"];
    for (path, text) in sources("autodiff/src") {
        let knows_none = ["dual.rs", "var.rs", "taylor.rs"]
            .iter()
            .any(|file| path == format!("autodiff/src/{file}"))
            || path.starts_with("autodiff/src/tape/");
        if !knows_none {
            continue;
        }
        for function in functions {
            let call = format!(".{function}(");
            assert!(!code(&text).any(|line| line.contains(&call)), "{path} names {function}");
        }
    }
}

#[test]
fn files_are_small() {
    for folder in
        ["autodiff", "tensor", "cuda-kernels", "cuda-kernels/emulation", "proptests", "benches"]
            .map(|package| format!("{package}/src"))
    {
        for (path, text) in sources(&folder) {
            let lines = text.lines().count();
            assert!(lines <= 650, "{path} has {lines} lines: is it one idea?");
        }
    }
}

#[test]
fn devices_know_no_calculus_and_shapes_no_data() {
    for (path, text) in sources("tensor/src/cpu") {
        let calculus = ["vjp", "jvp", "cotangent", "tangent", "Var"];
        for word in calculus {
            assert!(!code(&text).any(|line| line.contains(word)), "{path} speaks of {word}");
        }
    }
    assert!(files_with("tensor/src/ops", "whole_memory").is_empty());
    let shapes = sources("tensor/src").into_iter().find(|(path, _)| path.ends_with("src/shape.rs"));
    let (_, text) = shapes.expect("shapes have a file");
    let before_tests = text.split("#[cfg(test)]").next().expect("a first part");
    assert!(!code(before_tests).any(|line| line.contains("Tensor")), "shapes speak of tensors");
}
