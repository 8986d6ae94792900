use super::{Float, for_elements, long, run};
use crate::kernels::RANDOM;
use crate::launch::{Argument, Buffer, Device, Error};

/// Random numbers of the stream that the CPU has for this seed.
fn numbers<T: Float>(
    device: &Device,
    name: &str,
    len: usize,
    seed: u64,
    parameters: &[f64],
) -> Result<Buffer<T>, Error> {
    let mut out = device.buffer(len)?;
    if len == 0 {
        return Ok(out);
    }
    let mut arguments = vec![Argument::write(&mut out), long(len), Argument::number(seed)];
    arguments.extend(parameters.iter().map(|&parameter| Argument::number(parameter)));
    let name = format!("{name}_{}", T::KERNEL_SUFFIX);
    // SAFETY: `out` has `len` elements.
    unsafe { run(device, &RANDOM, &name, for_elements(device, len.div_ceil(2)), &arguments) }?;
    Ok(out)
}

/// 1 with the given probability and 0 otherwise, independently.
pub fn coins<T: Float>(
    device: &Device,
    len: usize,
    probability: f64,
    seed: u64,
) -> Result<Buffer<T>, Error> {
    numbers(device, "coins", len, seed, &[probability])
}

/// Uniform numbers in start … start + width: bit by bit the CPU's.
pub fn uniform<T: Float>(
    device: &Device,
    len: usize,
    start: f64,
    width: f64,
    seed: u64,
) -> Result<Buffer<T>, Error> {
    numbers(device, "uniform", len, seed, &[start, width])
}

/// Numbers of a normal distribution: the CPU's but for the last digits of logarithms and sines.
pub fn normal<T: Float>(
    device: &Device,
    len: usize,
    mean: f64,
    deviation: f64,
    seed: u64,
) -> Result<Buffer<T>, Error> {
    numbers(device, "normal", len, seed, &[mean, deviation])
}
