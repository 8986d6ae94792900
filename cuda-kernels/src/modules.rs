//! The compiled modules that this package holds.

use crate::kernels;
use crate::signature::Module;

/// The values of the rule table's rows, as functions: what kernels written at run time call.
///
/// ```
/// use wengert_cuda_kernels::VALUES;
/// assert!(VALUES.ptx.contains("wengert_digamma_f32") && VALUES.ptx.contains("wengert_digamma_f64"));
/// ```
pub static VALUES: Module = Module {
    source: "generated/values.cu",
    ptx: include_str!("../ptx/values.ptx"),
    kernels: &[],
    shared_bytes: 0,
};

/// All modules: [`VALUES`], and the [kernels written by hand](kernels).
///
/// ```
/// let mut modules = wengert_cuda_kernels::modules();
/// assert!(modules.all(|module| module.ptx.starts_with(&format!("// From {}", module.source))));
/// ```
pub fn modules() -> impl Iterator<Item = &'static Module> {
    core::iter::once(&VALUES).chain(kernels::MODULES.iter().copied())
}
