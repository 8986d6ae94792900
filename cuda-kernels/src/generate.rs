//! The sources that are written from the rule table.

use core::fmt::Write;

use wengert_autodiff::rules::{InverseExpM1, SigmoidSlope};

use crate::emit::cpp::cpp_function;
use crate::rows::Row;
use crate::symbol::Function;

const HEAD: &str = "\
// Written from the rule table by `cargo run -p wengert-cuda-kernels --example ptx`. Do not edit.

";

/// The generated sources, each with its path in this package.
///
/// ```
/// for (path, text) in wengert_cuda_kernels::generated_sources() {
///     assert!(path.starts_with("generated/") && text.contains("Do not edit."));
/// }
/// ```
pub fn generated_sources() -> Vec<(&'static str, String)> {
    let rows = Row::table();
    vec![("generated/values.cu", values(&rows)), ("generated/partials.h", partials(&rows))]
}

/// How a partial derivative of a row is called, but for the suffix of its type.
///
/// ```
/// use wengert_autodiff::rules::Powi;
/// use wengert_cuda_kernels::{Row, partial_name};
/// assert_eq!(partial_name(&Row::of(Powi { n: -3 }), 0), "powi_m3_partial0");
/// ```
pub fn partial_name(row: &Row, argument: usize) -> String {
    let parameter = match row.function.parameter {
        Some(parameter) if parameter < 0 => format!("_m{}", parameter.unsigned_abs()),
        Some(parameter) => format!("_{parameter}"),
        None => String::new(),
    };
    format!("{}{parameter}_partial{argument}", row.function.name)
}

/// The number types, with the suffix of their functions.
const TYPES: [(&str, &str); 2] = [("float", "f32"), ("double", "f64")];

/// `x0, x1, …`, each after the type.
fn parameters(of: &str, count: usize) -> Vec<String> {
    (0..count).map(|k| format!("{of} x{k}")).collect()
}

fn arguments(count: usize) -> Vec<String> {
    (0..count).map(|k| format!("x{k}")).collect()
}

/// The values of all rows, under names that kernels written at run time can call.
fn values(rows: &[Row]) -> String {
    let mut text = String::from(HEAD);
    text += "#include \"../functions/gamma.h\"\n#include \"../functions/normal.h\"\n";
    let mut names: Vec<&str> = Vec::new();
    // (The last two are none of the table, but called by partials of others.)
    let called = [Function::of(InverseExpM1), Function::of(SigmoidSlope)];
    let functions = rows.iter().map(|row| row.function).chain(called);
    for function in functions {
        if names.contains(&function.name) {
            continue;
        }
        names.push(function.name);
        text.push('\n');
        for (of, suffix) in TYPES {
            let (mut parameters, mut arguments) =
                (parameters(of, function.arity), arguments(function.arity));
            if function.parameter.is_some() {
                parameters.push("int n".into());
                arguments.push("n".into());
            }
            let _ = writeln!(
                text,
                "extern \"C\" __device__ {of} {}({}) {{ return wengert::{}({}); }}",
                function.symbol(suffix),
                parameters.join(", "),
                function.name,
                arguments.join(", "),
            );
        }
    }
    text
}

/// The partial derivatives of all rows, as templates for kernels to include.
fn partials(rows: &[Row]) -> String {
    let mut text = String::from(HEAD);
    text += "#pragma once\n\n#include \"../functions/gamma.h\"\n#include \"../functions/normal.h\"\n\nnamespace wengert {\n";
    for row in rows {
        for (argument, partial) in row.partials.iter().enumerate() {
            let _ = write!(text, "\n{}", cpp_function(&partial_name(row, argument), partial));
        }
    }
    text + "\n}  // namespace wengert\n"
}

/// The partial derivatives under names that another language can call, for their verification: they become part of
/// kernels by `generated/partials.h`, or by the expressions themselves. Includes `partials.h`.
///
/// ```
/// let source = wengert_cuda_kernels::partial_entries();
/// assert!(source.contains("double wengert_sin_partial0_f64(double x0)"));
/// ```
pub fn partial_entries() -> String {
    let mut text = String::from("#include \"partials.h\"\n");
    for row in &Row::table() {
        for (argument, partial) in row.partials.iter().enumerate() {
            text.push('\n');
            for (of, suffix) in TYPES {
                let name = partial_name(row, argument);
                let _ = writeln!(
                    text,
                    "extern \"C\" __device__ {of} wengert_{name}_{suffix}({}) {{ return wengert::{name}({}); }}",
                    parameters(of, partial.inputs()).join(", "),
                    arguments(partial.inputs()).join(", "),
                );
            }
        }
    }
    text
}
