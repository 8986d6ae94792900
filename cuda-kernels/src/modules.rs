//! The compiled modules that this package holds.

/// Device code as PTX, which the driver compiles for its device.
///
/// ```
/// let module = wengert_cuda_kernels::VALUES;
/// assert!(module.ptx.starts_with(&format!("// From {}", module.source)));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Module {
    /// The source, by its path in this package.
    pub source: &'static str,
    /// The module.
    pub ptx: &'static str,
}

/// The values of the rule table's rows, as functions: what kernels written at run time call.
///
/// ```
/// use wengert_cuda_kernels::VALUES;
/// assert!(VALUES.ptx.contains("wengert_digamma_f32") && VALUES.ptx.contains("wengert_digamma_f64"));
/// ```
pub const VALUES: Module =
    Module { source: "generated/values.cu", ptx: include_str!("../ptx/values.ptx") };

/// All of them.
///
/// ```
/// use wengert_cuda_kernels::MODULES;
/// assert!(MODULES.iter().all(|module| module.ptx.contains(".target sm_")));
/// ```
pub const MODULES: &[Module] = &[VALUES];
