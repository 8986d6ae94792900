//! What a second thread brings: sums of the sizes of GradBench's gmm, bundle adjustment and k-means, recorded and
//! swept in parallel on one thread and on two.

use cpu_time::ThreadTime;
use rayon::ThreadPoolBuilder;
use wengert_autodiff::rules::{dot, log_sum_exp};
use wengert_autodiff::{Primitive, Real, par_sum, value_and_gradient};

/// Numbers between −1 and 1 that look random (a Weyl sequence).
fn scattered(n: usize) -> Vec<f64> {
    (1..=n).map(|k| (k as f64 * 0.618_033_988_749_894_9).fract() * 2.0 - 1.0).collect()
}

/// Σᵢ ln Σₖ exp(−½ |Qₖ (xᵢ − μₖ)|²) over 1000 points in 10 dimensions and 25 Gaussians.
fn mixture<R: Real>(points: &[Vec<f64>], x: &[R]) -> R {
    let d = 10;
    let density = |point: &Vec<f64>, x: &[R]| {
        let component = |x: &[R]| {
            let (mu, q) = x.split_at(d);
            let centred: Vec<R> = mu.iter().zip(point).map(|(&mu, &x)| mu - x).collect();
            let image: Vec<R> = q.chunks_exact(d).map(|row| dot(row, &centred)).collect();
            dot(&image, &image) * -0.5
        };
        log_sum_exp(&x.chunks_exact(d + d * d).map(component).collect::<Vec<R>>())
    };
    par_sum(density, points, x)
}

/// Σ |projection − feature|² over 30 000 observations by one camera with 6 parameters.
fn adjustment<R: Real>(points: &[Vec<f64>], x: &[R]) -> R {
    let error = |p: &Vec<f64>, x: &[R]| {
        let angle = (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]).sqrt();
        let (sin, cos) = angle.sin_cos();
        let [a, b, c] = [x[0] / angle, x[1] / angle, x[2] / angle];
        let along = (a * p[0] + b * p[1] + c * p[2]) * (-cos + 1.0);
        let u = cos * p[0] + (b * p[2] - c * p[1]) * sin + a * along + x[3];
        let v = cos * p[1] + (c * p[0] - a * p[2]) * sin + b * along + x[4];
        let w = cos * p[2] + (a * p[1] - b * p[0]) * sin + c * along + x[5] + 3.0;
        (u / w - p[0]).powi(2) + (v / w - p[1]).powi(2)
    };
    par_sum(error, points, x)
}

/// Σᵢ minⱼ |cⱼ − pᵢ|² over 10 000 points in 8 dimensions and 100 centroids.
fn clusters<R: Real>(points: &[Vec<f64>], x: &[R]) -> R {
    let d = 8;
    let distance = |p: &Vec<f64>, x: &[R]| {
        let squared =
            |c: &[R]| c.iter().zip(p).map(|(c, p)| (c.primal().widen() - p).powi(2)).sum::<f64>();
        let nearest = x.chunks_exact(d).min_by(|a, b| squared(a).total_cmp(&squared(b)));
        nearest.expect("there are centroids").iter().zip(p).map(|(&c, &p)| (c - p).powi(2)).sum()
    };
    par_sum(distance, points, x)
}

type Differentiate<'a> = &'a (dyn Fn() -> (f64, Vec<f64>) + Sync);

/// The milliseconds that the busiest of some threads works on one call, the least of some samples. (Not those that
/// pass, so that it does not count what else the machine does; what one thread does alone, the others' waiting
/// included, does count.)
fn busiest_ms(threads: usize, differentiate: Differentiate<'_>) -> (f64, (f64, Vec<f64>)) {
    const CALLS: u32 = 5;
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let result = pool.install(differentiate);
    let sample = |_| {
        let clocks = || pool.broadcast(|_| ThreadTime::now().as_duration());
        let before = clocks();
        (0..CALLS).for_each(|_| assert!(pool.install(differentiate) == result, "other bits"));
        let worked = clocks().into_iter().zip(before).map(|(after, before)| after - before);
        worked.max().expect("there are threads").as_secs_f64() * 1e3 / f64::from(CALLS)
    };
    ((0..12).map(sample).fold(f64::INFINITY, f64::min), result)
}

fn compare(title: &str, differentiate: Differentiate<'_>) {
    let (one, result) = busiest_ms(1, differentiate);
    let (two, same_result) = busiest_ms(2, differentiate);
    assert!(result == same_result, "{title}: other bits on two threads");
    println!("| {title} | {one:.2} | {two:.2} | {:.2} |", one / two);
}

fn main() {
    println!("| sum | one thread, ms | the busier of two, ms | times |");
    println!("|---|---|---|---|");
    let rows = |n: usize, d: usize| -> Vec<Vec<f64>> {
        scattered(n * d).chunks(d).map(<[f64]>::to_vec).collect()
    };
    let (points, x) = (rows(1000, 10), scattered(25 * 110));
    compare("gmm, 25 × 1000 in 10 dimensions", &|| {
        value_and_gradient(|x| mixture(&points, x), &x)
    });
    let (points, x) = (rows(30_000, 3), scattered(6));
    compare("bundle adjustment, 30 000 observations", &|| {
        value_and_gradient(|x| adjustment(&points, x), &x)
    });
    let (points, x) = (rows(10_000, 8), scattered(800));
    compare("k-means, 100 × 10 000 in 8 dimensions", &|| {
        value_and_gradient(|x| clusters(&points, x), &x)
    });
}
