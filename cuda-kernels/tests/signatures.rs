//! What is declared of kernels in three places: the table, the source, and the PTX that is committed.

use wengert_cuda_emulation::{install, signature};
use wengert_cuda_kernels::kernels::MODULES;
use wengert_cuda_kernels::signature::{Parameter, Type};

/// The parameters that the PTX of a kernel declares, in bytes.
fn in_ptx(ptx: &str, name: &str) -> Vec<usize> {
    let start = format!(".visible .entry {name}(");
    let (_, rest) = ptx.split_once(&start).unwrap_or_else(|| panic!("{name} is not in the PTX"));
    let (parameters, _) = rest.split_once(')').expect("an end");
    let bytes = |parameter: &str| match parameter.split_once('[') {
        Some((_, count)) => count.trim_end_matches(']').parse::<usize>().expect("a count"),
        None if parameter.contains("64") => 8,
        None => 4,
    };
    let parameters = parameters.split(',').map(str::trim).filter(|text| !text.is_empty());
    // (Without the name, which may have a number in it.)
    parameters
        .map(|text| {
            bytes(
                text.split(&format!(" {name}_"))
                    .next()
                    .map_or(text, |first| if text.contains('[') { text } else { first }),
            )
        })
        .collect()
}

fn bytes(parameter: &Parameter) -> usize {
    match parameter {
        Parameter::Structure(bytes) => *bytes,
        Parameter::Value(Type::F32 | Type::I32 | Type::U32) => 4,
        _ => 8,
    }
}

#[test]
fn table_source_and_ptx_agree() {
    install();
    for module in MODULES {
        assert_eq!(module.ptx.matches(".visible .entry").count(), module.kernels.len());
        for kernel in module.kernels {
            let words: Vec<String> = kernel.parameters.iter().map(|x| x.to_string()).collect();
            let source = signature(kernel.name).expect("in the source");
            assert_eq!(words.join(", "), source, "{}", kernel.name);
            let declared: Vec<usize> = kernel.parameters.iter().map(bytes).collect();
            assert_eq!(in_ptx(module.ptx, kernel.name), declared, "{}", kernel.name);
        }
    }
}

/// A driver refuses PTX that is newer than itself: what the oldest devices run is as old as they are.
#[test]
fn ptx_is_of_the_lowest_version() {
    for module in MODULES {
        let lowest = match module.name() {
            "matmul_tensor_sm80" => ".version 7.0\n.target sm_80\n",
            "matmul_tensor_sm90a" => ".version 8.0\n.target sm_90a\n",
            _ => ".version 6.3\n.target sm_75\n",
        };
        let (_, ptx) = module.ptx.split_once('\n').expect("a line that says what it is from");
        assert!(ptx.starts_with(lowest), "{}", module.name());
    }
}
