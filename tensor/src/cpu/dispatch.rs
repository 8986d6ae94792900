//! Loops compiled for the vector instructions of the machine that runs them.

/// A loop over memory. `FMA` says whether a fused multiply–add is one instruction.
pub(crate) trait Loop {
    /// The loop. It must be inlined into each of its compilations.
    fn run<const FMA: bool>(self);
}

/// Runs a loop with the widest vectors that the machine has.
#[inline]
pub(crate) fn dispatch(body: impl Loop) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("fma")
        {
            // SAFETY: The machine has the instructions, as just asked.
            return unsafe { with_avx512(body) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: The machine has the instructions, as just asked.
            return unsafe { with_avx2(body) };
        }
    }
    // (On AArch64, vectors and fused multiply–adds are there always.)
    #[cfg(target_arch = "aarch64")]
    body.run::<true>();
    #[cfg(not(target_arch = "aarch64"))]
    body.run::<false>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,fma")]
fn with_avx512(body: impl Loop) {
    body.run::<true>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(body: impl Loop) {
    body.run::<true>();
}
