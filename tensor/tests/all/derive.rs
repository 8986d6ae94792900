//! Models as structs: `derive(Tree)`.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use wengert_tensor::*;

#[derive(Tree, Clone, Debug, PartialEq)]
struct Layer<A> {
    weight: A,
    bias: Option<A>,
}

/// How a hidden layer ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Activation {
    Tanh,
    Softplus,
}

#[derive(Tree, Clone, Debug, PartialEq)]
struct Mlp<A> {
    layers: Vec<Layer<A>>,
    scale: A,
    activation: Activation,
}

impl<T: Element> Layer<Var<T>> {
    fn forward(&self, x: Var<T>) -> Var<T> {
        let y = x.matmul(self.weight);
        self.bias.map_or(y, |bias| y + bias)
    }
}

impl<T: Element> Mlp<Var<T>> {
    fn forward(&self, x: Var<T>) -> Var<T> {
        let (last, hidden) = self.layers.split_last().expect("a layer");
        let x = hidden.iter().fold(x, |x, layer| match self.activation {
            Activation::Tanh => layer.forward(x).tanh(),
            Activation::Softplus => layer.forward(x).softplus(),
        });
        last.forward(x) * self.scale
    }
}

fn loss<T: Element>(model: &Mlp<Var<T>>, (x, y): &(Tensor<T>, Tensor<T>)) -> Var<T> {
    let error = model.forward(constant(x)) - constant(y);
    (error * error).mean()
}

fn wave<T: Element, const N: usize>(shape: [usize; N], frequency: f64) -> Tensor<T> {
    let mut k = 0;
    Tensor::from_fn(shape, |_| {
        k += 1;
        T::nearest((f64::from(k) * frequency).sin())
    })
}

fn model<T: Element>(activation: Activation) -> Mlp<Tensor<T>> {
    Mlp {
        layers: vec![
            Layer { weight: wave([3, 4], 0.7), bias: Some(wave([4], 1.1)) },
            Layer { weight: wave([4, 4], 1.3), bias: None },
            Layer { weight: wave([4, 2], 0.9), bias: Some(wave([2], 2.1)) },
        ],
        scale: Tensor::from(T::nearest(1.5)),
        activation,
    }
}

fn batch<T: Element>() -> (Tensor<T>, Tensor<T>) {
    (wave([5, 3], 0.37), wave([5, 2], 0.53))
}

fn close<P: Tree<Leaf = Tensor<f64>>>(a: &P, b: &P, tolerance: f64) {
    assert_eq!(a.names(), b.names());
    for ((name, a), b) in a.names().iter().zip(a.leaves()).zip(b.leaves()) {
        assert!(a.is_close(b, tolerance), "{name}:\n{a}\n{b}");
    }
}

fn inner_product<P: Tree<Leaf = Tensor<f64>>>(a: &P, b: &P) -> f64 {
    a.leaves().iter().zip(b.leaves()).map(|(&a, b)| (a * b).sum().item()).sum()
}

#[test]
fn the_gradient_is_the_same_struct_and_agrees_with_differences() {
    for activation in [Activation::Tanh, Activation::Softplus] {
        let (model, batch) = (model::<f64>(activation), batch());
        let (value, gradient) = value_and_gradient(&model, |m| loss(&m, &batch));
        let gradient: Mlp<Tensor<f64>> = gradient;
        assert_eq!(gradient.activation, activation);
        assert!(gradient.layers[1].bias.is_none());
        let at = |model: &Mlp<Tensor<f64>>| evaluate(model, |m| loss(&m, &batch)).item();
        assert_eq!(value.item(), at(&model));
        let h = 1e-5;
        for (k, slopes) in gradient.leaves().iter().enumerate() {
            for i in 0..slopes.size() {
                let moved = |h: f64| {
                    let mut moved = model.clone();
                    moved.leaves_mut()[k].as_mut_slice()[i] += h;
                    at(&moved)
                };
                let difference = (moved(h) - moved(-h)) / (2.0 * h);
                let slope = slopes.to_vec()[i];
                assert!(
                    (difference - slope).abs() < 1e-8,
                    "{}: {difference} {slope}",
                    model.names()[k]
                );
            }
        }
    }
}

#[test]
fn tangents_and_second_orders_are_the_same_struct() {
    let (model, batch) = (model::<f64>(Activation::Tanh), batch());
    let of_model = |m: Mlp<Var<f64>>| loss(&m, &batch);
    let v = model.map(&mut |x: &Tensor<f64>| x.map(|x| (x * 3.0).cos()));

    let gradient = gradient(&model, of_model);
    let (value, slope) = jvp(of_model, &model, &v);
    assert_eq!(value.item(), evaluate(&model, of_model).item());
    let product = inner_product(&gradient, &v);
    assert!((slope.item() - product).abs() < 1e-12 * product.abs().max(1.0), "{slope} {product}");

    // Forward over reverse, and reverse over reverse.
    let hv: Mlp<Tensor<f64>> = hvp(of_model, &model, &v);
    let along_v = |m: Mlp<Var<f64>>| {
        let inner = wengert_tensor::gradient(&m, of_model);
        let inner: Mlp<Var<f64>> = inner;
        let products = inner.leaves().into_iter().zip(v.leaves()).map(|(&g, v)| (g * v).sum());
        products.reduce(|a, b| a + b).expect("leaves")
    };
    close(&hv, &wengert_tensor::gradient(&model, along_v), 1e-12);

    // And against differences of gradients.
    let h = 1e-5;
    let moved = |h: f64| {
        let mut moved = model.clone();
        for (x, v) in moved.leaves_mut().into_iter().zip(v.leaves()) {
            *x = &*x + &(v * h);
        }
        wengert_tensor::gradient(&moved, of_model)
    };
    let (after, before) = (moved(h), moved(-h));
    let mut differences = after.clone();
    for (d, before) in differences.leaves_mut().into_iter().zip(before.leaves()) {
        *d = &(&*d - before) / (2.0 * h);
    }
    close(&hv, &differences, 1e-7);
}

#[test]
fn results_may_be_structs() {
    let model = model::<f32>(Activation::Softplus);
    let doubled = evaluate(&model, |m| m.map(&mut |x: &Var<f32>| *x * 2.0));
    let doubled: Mlp<Tensor<f32>> = doubled;
    assert_eq!(doubled.scale.item(), 3.0);
    assert_eq!(doubled.layers[1].weight, &model.layers[1].weight * 2.0);
}

#[test]
fn single_precision_works() {
    let batch = batch::<f32>();
    let single = gradient(&model::<f32>(Activation::Tanh), |m| loss(&m, &batch));
    let batch = self::batch::<f64>();
    let double = gradient(&model::<f64>(Activation::Tanh), |m| loss(&m, &batch));
    for (single, double) in single.leaves().iter().zip(double.leaves()) {
        for (s, d) in single.to_vec().iter().zip(double.to_vec()) {
            assert!((f64::from(*s) - d).abs() < 1e-5, "{s} {d}");
        }
    }
}

#[test]
fn training_in_leaves() {
    let (mut model, batch) = (model::<f64>(Activation::Tanh), batch());
    let mut losses = Vec::new();
    for _ in 0..20 {
        let (loss, gradient) = value_and_gradient(&model, |m| loss(&m, &batch));
        losses.push(loss.item());
        for (p, g) in model.leaves_mut().into_iter().zip(gradient.leaves()) {
            *p = &*p - &(g * 0.05);
        }
    }
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
}

#[test]
fn names_are_paths() {
    let model = model::<f64>(Activation::Tanh);
    assert_eq!(
        model.names(),
        [
            "layers.0.weight",
            "layers.0.bias",
            "layers.1.weight",
            "layers.2.weight",
            "layers.2.bias",
            "scale"
        ]
    );
    let named = BTreeMap::from([("encoder", model.clone()), ("decoder", model)]);
    assert_eq!(named.names()[0], "decoder.layers.0.weight");
    assert_eq!(named.names()[6], "encoder.layers.0.weight");
    assert_eq!(Tensor::from(1.0).names(), [""]);
    assert_eq!(Pair(Tensor::from(1.0), 7, (Tensor::from(2.0),)).names(), ["0", "2.0"]);
}

#[derive(Tree, Clone, Debug, PartialEq)]
struct Pair<A>(A, u32, (A,));

#[derive(Tree, Clone, Debug, PartialEq)]
struct Nothing<A>(PhantomData<A>);

/// Keywords, lifetimes, constants, bounds, a field generic over something else, conditions.
#[derive(Tree, Clone, Debug, PartialEq)]
struct Everything<'d, A, F, const N: usize = 2>
where
    F: Fn(f64) -> f64,
{
    r#type: [A; N],
    data: &'d [f64],
    map: BTreeMap<String, (A, Vec<Pair<A>>)>,
    function: F,
    nothing: Nothing<A>,
}

#[test]
fn other_generics_are_plain_data() {
    fn halve(x: f64) -> f64 {
        x / 2.0
    }
    let data = [4.0];
    let pair = Pair(Tensor::from([2.0]), 1, (Tensor::from([3.0]),));
    let tree = Everything {
        r#type: [Tensor::from([5.0]), Tensor::from([7.0])],
        data: &data,
        map: BTreeMap::from([("key".to_string(), (Tensor::from([1.0]), vec![pair]))]),
        function: halve as fn(f64) -> f64,
        nothing: Nothing(PhantomData),
    };
    let names = ["type.0", "type.1", "map.key.0", "map.key.1.0.0", "map.key.1.0.2.0"];
    assert_eq!(tree.names(), names);
    let gradient = gradient(&tree, |tree| {
        let (first, pairs) = &tree.map["key"];
        let Pair(a, power, (b,)) = &pairs[0];
        let factor = (tree.function)(tree.data[0]);
        tree.r#type[0] * tree.r#type[1] * factor + *first * *a * *b * f64::from(*power)
    });
    let derivatives: Vec<f64> = gradient.leaves().iter().map(|leaf| leaf.to_vec()[0]).collect();
    assert_eq!(derivatives, [14.0, 10.0, 6.0, 3.0, 2.0]);
}

#[derive(Tree, Clone, Debug, PartialEq)]
enum Head<A> {
    None,
    Scale(A),
    Affine { scale: A, shift: A, times: i32 },
}

impl Head<Var<f64>> {
    fn forward(&self, x: Var<f64>) -> Var<f64> {
        match self {
            Head::None => x,
            Head::Scale(scale) => x * *scale,
            Head::Affine { scale, shift, times } => (x * *scale + *shift) * f64::from(*times),
        }
    }
}

#[test]
fn enums_keep_their_variant() {
    let x = Tensor::from([1.0, 2.0]);
    let of = |head: &Head<Tensor<f64>>| gradient(head, |head| head.forward(constant(&x)));
    assert_eq!(of(&Head::None), Head::None);
    assert_eq!(of(&Head::Scale(Tensor::from(5.0))), Head::Scale(Tensor::from(3.0)));
    let affine = Head::Affine { scale: Tensor::from(5.0), shift: Tensor::from(6.0), times: 10 };
    let slopes = Head::Affine { scale: Tensor::from(30.0), shift: Tensor::from(20.0), times: 10 };
    assert_eq!(of(&affine), slopes);
    assert_eq!(affine.names(), ["scale", "shift"]);
}

/// The parameter stands for a part of a model.
#[derive(Tree, Clone, Debug, PartialEq)]
struct Residual<P> {
    inner: P,
    times: usize,
}

/// The parameter is said to be a leaf.
#[derive(Tree, Clone, Debug, PartialEq)]
struct Strict<A: Leaf> {
    leaves: Vec<A>,
}

#[test]
fn trees_of_trees() {
    let tree = Residual { inner: Strict { leaves: vec![Tensor::from(2.0)] }, times: 3 };
    let cube = |tree: Residual<Strict<Var<f64>>>| {
        let x = tree.inner.leaves[0];
        (0..tree.times).fold(Var::from(1.0), |product, _| product * x)
    };
    let slope = gradient(&tree, cube);
    assert_eq!(slope, Residual { inner: Strict { leaves: vec![Tensor::from(12.0)] }, times: 3 });
    assert_eq!(hvp(cube, &tree, &tree).inner.leaves[0].item(), 24.0);
    assert_eq!(tree.names(), ["inner.leaves.0"]);
}

/// In generic code, a leaf's structure with other leaves is known to be the other leaf.
fn doubled<L: Leaf>(leaf: &L, double: impl Fn(&L) -> Var<f64>) -> Vec<Var<f64>> {
    vec![leaf.clone()].map(&mut |leaf: &L| double(leaf))
}

#[test]
fn generic_code_knows_leaves() {
    let tape = Tape::new();
    let x = tape.var(&Tensor::from([1.0]));
    assert_eq!(doubled(&x, |x| *x * 2.0)[0].item(), 2.0);
}
