//! Whether what is generated is what it is generated from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wengert_cuda_kernels::{fingerprint, generated_sources, modules};

const REMEDY: &str = "run `cargo run -p wengert-cuda-kernels --example ptx`";

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn sources_are_those_of_the_rule_table() {
    for (path, text) in generated_sources() {
        let committed = fs::read_to_string(package().join(path)).unwrap_or_default();
        assert!(committed == text, "{path} is not what the rule table says: {REMEDY}");
    }
}

#[test]
fn modules_are_those_of_their_sources() {
    for module in modules() {
        let number = fingerprint(&package().join(module.source)).expect("readable sources");
        let head = format!("// From {}, of fingerprint {number:016x},", module.source);
        assert!(
            module.ptx.starts_with(&head),
            "the module of {} is stale: {REMEDY}",
            module.source
        );
    }
}

#[test]
fn every_source_has_a_module() {
    let sources = |folder: &str| -> Vec<String> {
        let Ok(entries) = fs::read_dir(package().join(folder)) else { return Vec::new() };
        let names = entries.filter_map(Result::ok).map(|entry| entry.file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name.ends_with(".cu")).map(|name| format!("{folder}/{name}")).collect()
    };
    let sources: BTreeSet<String> =
        ["generated", "kernels"].iter().flat_map(|folder| sources(folder)).collect();
    let modules: BTreeSet<String> = modules().map(|module| module.source.into()).collect();
    assert_eq!(sources, modules, "a source without a module, or the reverse: see src/kernels.rs");
}

/// (It shows what the comparison of numbers rests on.)
#[test]
fn a_fingerprint_depends_on_what_is_included() {
    let folder = std::env::temp_dir().join(format!("wengert-fingerprint-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a writable folder");
    let (source, header) = (folder.join("a.cu"), folder.join("b.h"));
    fs::write(&source, "#include \"b.h\"\n").expect("a writable folder");
    fs::write(&header, "int x;\n").expect("a writable folder");
    let before = fingerprint(&source).expect("readable sources");
    assert_eq!(before, fingerprint(&source).expect("readable sources"));
    fs::write(&header, "int y;\n").expect("a writable folder");
    assert_ne!(before, fingerprint(&source).expect("readable sources"));
    fs::remove_file(&header).expect("a writable folder");
    assert!(fingerprint(&source).unwrap_err().to_string().contains("b.h"));
    fs::remove_dir_all(&folder).expect("a writable folder");
}
