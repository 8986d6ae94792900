//! The images and what they show.

use std::io::Read;

use flate2::read::GzDecoder;
use wengert_tensor::Tensor;

/// Rows and columns of an image.
pub const SIDE: usize = 8;
/// How many digits there are.
pub const CLASSES: usize = 10;

/// Images of shape [N, 1, 8, 8], from 0 for white to 1 for black, and their digits, of shape [N].
#[derive(Clone)]
pub struct Digits {
    pub images: Tensor<f32>,
    pub labels: Tensor<usize>,
}

/// Images to learn from, to choose by, and to judge with.
pub struct Split {
    pub training: Digits,
    pub validation: Digits,
    pub test: Digits,
}

impl Digits {
    /// All 1,797 images.
    pub fn load() -> Result<Digits, String> {
        let mut table = String::new();
        GzDecoder::new(&include_bytes!("digits.csv.gz")[..])
            .read_to_string(&mut table)
            .map_err(|why| format!("digits.csv.gz: {why}"))?;
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for (row, line) in table.lines().enumerate() {
            let numbers: Result<Vec<u8>, _> = line.split(',').map(str::parse).collect();
            match numbers.as_deref() {
                Ok([image @ .., label]) if image.len() == SIDE * SIDE => {
                    pixels.extend(image.iter().map(|&black| f32::from(black) / 16.0));
                    labels.push(usize::from(*label));
                }
                _ => return Err(format!("digits.csv.gz: line {} is no image", row + 1)),
            }
        }
        let images = Tensor::from_vec([labels.len(), 1, SIDE, SIDE], pixels);
        Ok(Digits { images, labels: Tensor::from(labels) })
    }

    pub fn len(&self) -> usize {
        self.labels.size()
    }

    /// The images of these numbers.
    pub fn pick(&self, numbers: &[usize]) -> Digits {
        let image = |&n: &usize| self.images.index(0, n);
        let label = |&n: &usize| self.labels[[n]];
        Digits {
            images: Tensor::stack(&numbers.iter().map(image).collect::<Vec<_>>(), 0),
            labels: Tensor::from(numbers.iter().map(label).collect::<Vec<_>>()),
        }
    }

    /// Three fifths, one fifth, and one fifth of the images, drawn by a seed.
    pub fn split(&self, seed: u64) -> Split {
        let order = Tensor::permutation(self.len(), seed).to_vec();
        let (rest, test) = order.split_at(self.len() * 4 / 5);
        let (training, validation) = rest.split_at(self.len() * 3 / 5);
        Split {
            training: self.pick(training),
            validation: self.pick(validation),
            test: self.pick(test),
        }
    }

    /// The images in portions of `size`, in an order drawn by a seed.
    pub fn batches(&self, size: usize, seed: u64) -> Vec<Digits> {
        let order = Tensor::permutation(self.len(), seed).to_vec();
        order.chunks(size).map(|numbers| self.pick(numbers)).collect()
    }
}
