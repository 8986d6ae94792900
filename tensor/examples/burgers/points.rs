//! Where the equation is demanded.

use wengert_tensor::*;

/// Points of space and time: columns of shape [N, 1].
pub struct Points {
    pub x: Tensor<f64>,
    pub t: Tensor<f64>,
    /// How much the residual counts.
    pub weight: Tensor<f64>,
}

impl Points {
    pub fn new(x: Vec<f64>, t: Vec<f64>) -> Points {
        let column = |elements: Vec<f64>| Tensor::from_vec([elements.len(), 1], elements);
        let weight = Tensor::ones([x.len(), 1]);
        Points { x: column(x), t: column(t), weight }
    }

    /// Points of the right half of space, which the symmetry continues, all equally probable.
    pub fn uniform(count: usize, seed: u64) -> Points {
        let column = |seed| Tensor::uniform([count, 1], 0.0..1.0, seed);
        Points { x: column(2 * seed), t: column(2 * seed + 1), weight: Tensor::ones([count, 1]) }
    }

    /// Points drawn from these, with probabilities proportional to 1 + |r|/mean |r|: more where the weighted residual r
    /// is large (Wu et al., *Computer Methods in Applied Mechanics and Engineering* 403, 2023).
    pub fn drawn_by(&self, residual: &Tensor<f64>, count: usize) -> Points {
        let size = residual.map(|r| (r * &self.weight).abs());
        let weights = (&(&size / size.mean().item()) + 1.0).to_vec();
        let gap = weights.iter().sum::<f64>() / count as f64;
        // Each point owns a stretch of a line, as long as its weight; the line is probed at equal distances.
        let (mut chosen, mut end) = (Vec::with_capacity(count), 0.0);
        for (k, weight) in weights.iter().enumerate() {
            end += weight;
            while (chosen.len() as f64 + 0.5) * gap < end && chosen.len() < count {
                chosen.push(k);
            }
        }
        let pick = |column: &Tensor<f64>| {
            let elements = chosen.iter().map(|&k| column[[k, 0]]).collect();
            Tensor::from_vec([chosen.len(), 1], elements)
        };
        Points { x: pick(&self.x), t: pick(&self.t), weight: pick(&self.weight) }
    }
}
