//! candle, on the processor.

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::ops::{log_softmax, sigmoid, softmax};

use crate::{LARGE, LEARNING_RATE, SMALL, classes, time, wave};

/// A constant, of numbers that look random.
fn data(shape: &[usize], scale: f64) -> Result<Tensor> {
    let numbers: Vec<f32> = wave(shape.iter().product()).map(|x| (x * scale) as f32).collect();
    Tensor::from_vec(numbers, shape, &Device::Cpu)
}

fn variable(shape: &[usize], scale: f64) -> Result<Var> {
    Var::from_tensor(&data(shape, scale)?)
}

/// Weights and biases, one after the other.
fn layers(widths: &[usize]) -> Result<Vec<Var>> {
    let mut layers = vec![];
    for w in widths.windows(2) {
        layers.push(variable(w, (w[0] as f64).powf(-0.5))?);
        layers.push(variable(&w[1..], 1.0)?);
    }
    Ok(layers)
}

fn network(layers: &[Var], x: &Tensor) -> Result<Tensor> {
    let mut x = x.clone();
    for (k, layer) in layers.chunks(2).enumerate() {
        x = x.matmul(&layer[0])?.broadcast_add(&layer[1])?;
        if 2 * k + 2 < layers.len() {
            x = x.tanh()?;
        }
    }
    Ok(x)
}

fn cross_entropy(logits: &Tensor, classes: &Tensor) -> Result<Tensor> {
    candle_nn::loss::nll(&log_softmax(logits, 1)?, classes)
}

fn class_indices(n: usize) -> Result<Tensor> {
    Tensor::from_vec(classes(n).map(|c| c as u32).collect(), n, &Device::Cpu)
}

fn descend(parameters: &[Var], loss: &Tensor) -> Result<()> {
    let slopes = loss.backward()?;
    for x in parameters {
        let slope = slopes.get(x).expect("a gradient");
        x.set(&(x.as_tensor() - (slope * LEARNING_RATE)?)?)?;
    }
    Ok(())
}

fn elementwise(n: usize) -> Result<Option<f64>> {
    let x = variable(&[n], 1.0)?;
    let call = || {
        let y = ((x.tanh()? * sigmoid(&x)?)? + (x.neg()? * x.as_tensor())?.exp()?)?.sum_all()?;
        y.backward()
    };
    call()?;
    Ok(time(|| drop(call())))
}

fn large_network() -> Result<Option<f64>> {
    let (parameters, x, classes) = (layers(&LARGE)?, data(&[128, 784], 1.0)?, class_indices(128)?);
    let step = || descend(&parameters, &cross_entropy(&network(&parameters, &x)?, &classes)?);
    step()?;
    Ok(time(|| drop(step())))
}

fn small_network(batch: usize) -> Result<Option<f64>> {
    let parameters = layers(&SMALL)?;
    let (x, y) = (data(&[batch, 8], 1.0)?, data(&[batch, 1], 1.0)?);
    let step = || descend(&parameters, &(network(&parameters, &x)? - &y)?.sqr()?.mean_all()?);
    step()?;
    Ok(time(|| drop(step())))
}

fn lenet() -> Result<Option<f64>> {
    let (images, classes) = (data(&[64, 1, 28, 28], 1.0)?, class_indices(64)?);
    let filters = [variable(&[6, 1, 5, 5], 0.1)?, variable(&[16, 6, 5, 5], 0.1)?];
    let biases = [variable(&[1, 6, 1, 1], 0.1)?, variable(&[1, 16, 1, 1], 0.1)?];
    let dense = layers(&[400, 120, 84, 10])?;
    let block = |x: &Tensor, k: usize, padding| {
        x.conv2d(&filters[k], padding, 1, 1, 1)?.broadcast_add(&biases[k])?.tanh()?.max_pool2d(2)
    };
    let call = || {
        let x = block(&block(&images, 0, 2)?, 1, 0)?.reshape((64, 400))?;
        cross_entropy(&network(&dense, &x)?, &classes)?.backward()
    };
    call()?;
    Ok(time(|| drop(call())))
}

fn logistic_regression() -> Result<Option<f64>> {
    let double = |shape: [usize; 2]| {
        Tensor::from_vec(wave(shape.iter().product()).collect::<Vec<f64>>(), &shape, &Device::Cpu)
    };
    let (x, labels) = (double([100_000, 100])?, double([100_000, 1])?.sign()?);
    let w = Var::from_tensor(&double([100, 1])?)?;
    // ln(1 + eᶻ) = max(z, 0) + ln(1 + e^(−|z|))
    let softplus = |z: Tensor| z.relu()? + (z.abs()?.neg()?.exp()? + 1.0)?.log()?;
    let call = || softplus((x.matmul(&w)?.neg()? * &labels)?)?.mean_all()?.backward();
    call()?;
    Ok(time(|| drop(call())))
}

fn encoder_block() -> Result<Option<f64>> {
    let (d, heads) = (256, 4);
    let (x, scale) = (data(&[8, 128, d], 1.0)?, (d as f64).powf(-0.5));
    let square = || variable(&[d, d], scale);
    let (parts, out) = ([square()?, square()?, square()?], square()?);
    let (up, up_bias) = (variable(&[d, 4 * d], scale)?, variable(&[4 * d], scale)?);
    let (down, down_bias) = (variable(&[4 * d, d], scale)?, variable(&[d], scale)?);
    let norm = |x: &Tensor| {
        let x = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        x.broadcast_div(&(x.sqr()?.mean_keepdim(D::Minus1)? + 1e-5)?.sqrt()?)
    };
    let times = |x: &Tensor, w: &Tensor| x.broadcast_matmul(w);
    let part = |x: &Tensor, w: &Tensor| {
        times(x, w)?.reshape((8, 128, heads, d / heads))?.transpose(1, 2)?.contiguous()
    };
    let call = || {
        let normal = norm(&x)?;
        let [q, k, v] = [part(&normal, &parts[0])?, part(&normal, &parts[1])?, part(&normal, &parts[2])?];
        let scores = (q.matmul(&k.transpose(2, 3)?.contiguous()?)? * ((d / heads) as f64).powf(-0.5))?;
        let seen = softmax(&scores, D::Minus1)?.matmul(&v)?.transpose(1, 2)?.contiguous()?;
        let y = (&x + times(&seen.reshape((8, 128, d))?, &out)?)?;
        let inner = times(&norm(&y)?, &up)?.broadcast_add(&up_bias)?.gelu_erf()?;
        let y = (y + times(&inner, &down)?.broadcast_add(&down_bias)?)?;
        y.sqr()?.mean_all()?.backward()
    };
    call()?;
    Ok(time(|| drop(call())))
}

fn product(m: usize, k: usize, n: usize) -> Result<Option<f64>> {
    let (a, b) = (data(&[m, k], 1.0)?, data(&[k, n], 1.0)?);
    debug_assert_eq!(a.dtype(), DType::F32);
    Ok(time(|| drop(a.matmul(&b))))
}

/// The median microseconds of a workload.
pub fn measure(name: &str, numbers: &[usize]) -> Option<f64> {
    let time = match (name, numbers) {
        ("a", &[n]) => elementwise(n),
        ("b", []) => large_network(),
        ("c", &[batch]) => small_network(batch),
        ("d", []) => lenet(),
        ("e", []) => logistic_regression(),
        ("f", []) => encoder_block(),
        ("product", &[m, k, n]) => product(m, k, n),
        _ => Ok(None),
    };
    time.unwrap_or_else(|error| panic!("candle, {name}: {error}"))
}
