//! Every operation and its derivatives, mapped, beside one member after the other.

use wengert_tensor::*;

use super::members::{Program, assert_close, curvature, for_each_choice, numbers, slope};
use super::table;

#[test]
fn a_mapped_operation_is_that_of_each_member() {
    for operation in table::all() {
        let f = &*operation.program;
        for_each_choice(&operation.shapes, 3, |case| {
            let what = format!("{} of {:?}", operation.name, case.is_batch);
            assert_close(&case.mapped(f), &case.one_by_one(f), 1e-13, &what);
        });
    }
}

#[test]
fn so_are_gradients_and_products_with_hessians() {
    for operation in table::all().into_iter().filter(|operation| operation.name != "opaque") {
        let (first, second) = (slope(&*operation.program), curvature(&*operation.program));
        for_each_choice(&operation.shapes, 2, |case| {
            let what = format!("gradient of {} of {:?}", operation.name, case.is_batch);
            assert_close(&case.mapped(&first), &case.one_by_one(&first), 1e-11, &what);
            let what = format!("Hessian of {} of {:?}", operation.name, case.is_batch);
            assert_close(&case.mapped(&second), &case.one_by_one(&second), 1e-9, &what);
        });
    }
}

/// Derivatives for the batch itself, through the mapped operation.
#[test]
fn derivatives_pass_through_a_mapped_operation() {
    for operation in table::all().into_iter().filter(|operation| operation.name != "opaque") {
        let f = &*operation.program;
        let single = slope(f);
        for_each_choice(&operation.shapes, 2, |case| {
            let arguments = case.x.to_vec();
            let weight = |y: Var<f64>| {
                let w = numbers(&y.shape()[1..], 7.0);
                (constant(&w) * (y * 1.3).sin()).sum()
            };
            // Σ over members, by one recording for all of them.
            let slopes = gradient(&arguments, |x: Vec<Var<f64>>| {
                weight(mapped_within(f, &x, case.is_batch))
            });
            let of_members = case.one_by_one(&single);
            let mut start = 0;
            for (k, slope) in slopes.iter().enumerate() {
                let shape = &operation.shapes[k];
                let size: usize = shape.iter().product();
                let part = of_members.narrow(1, start, size);
                let expected = match case.is_batch[k] {
                    true => part.reshape(slope.shape()),
                    false => part.map(|x| x.sum_over(0)).reshape(slope.shape()),
                };
                let what = format!("operand {k} of {} of {:?}", operation.name, case.is_batch);
                assert_close(slope, &expected, 1e-11, &what);
                start += size;
            }
        });
    }
}

fn mapped_within(f: &Program<'_>, x: &[Var<f64>], is_batch: &[bool]) -> Var<f64> {
    let batches: Vec<Var<f64>> =
        x.iter().zip(is_batch).filter(|(_, is_batch)| **is_batch).map(|(x, _)| *x).collect();
    vmap(
        |members: Vec<Var<f64>>| {
            let mut members = members.into_iter();
            let operand = |(x, is_batch): (&Var<f64>, &bool)| match is_batch {
                true => members.next().expect("as many as batches"),
                false => *x,
            };
            f(&x.iter().zip(is_batch).map(operand).collect::<Vec<_>>())
        },
        &batches,
    )
}

/// What has a rule takes as many operations for many members as for few.
#[test]
fn all_but_operations_of_ones_own_have_rules() {
    let without_rule = |f: &Program<'_>, shapes: &[Vec<usize>]| {
        let found = core::cell::Cell::new(false);
        for choice in 1..1_usize << shapes.len() {
            let is_batch: Vec<bool> = (0..shapes.len()).map(|k| choice >> k & 1 == 1).collect();
            let length = |count: usize| {
                let operand = |k: usize| {
                    let front = is_batch[k].then_some(count);
                    let shape = front.into_iter().chain(shapes[k].iter().copied());
                    numbers(&shape.collect::<Vec<_>>(), 1.0)
                };
                let x: Vec<_> = (0..shapes.len()).map(operand).collect();
                super::members::Case { count, x: &x, is_batch: &is_batch }.length(f)
            };
            found.set(found.get() || length(2) != length(5));
        }
        found.get()
    };
    let mut names = Vec::new();
    for operation in table::all() {
        let f = &*operation.program;
        let mut is_missing = without_rule(f, &operation.shapes);
        if operation.name != "opaque" {
            is_missing |= without_rule(&slope(f), &operation.shapes);
            is_missing |= without_rule(&curvature(f), &operation.shapes);
        }
        if is_missing {
            names.push(operation.name);
        }
    }
    assert_eq!(names, ["custom", "opaque"]);
}

/// The same arithmetic in another place.
#[test]
fn elementwise_operations_are_the_same_to_the_last_bit() {
    for operation in table::elementwise() {
        let f = &*operation.program;
        for_each_choice(&operation.shapes, 300, |case| {
            let what = format!("{} of {:?}", operation.name, case.is_batch);
            assert_eq!(case.mapped(f), case.one_by_one(f), "{what}");
        });
    }
}

/// A member that is infinite or NaN does not change the others.
#[test]
fn members_do_not_leak_into_each_other() {
    for operation in table::all().into_iter().filter(|operation| operation.name != "opaque") {
        let f = &*operation.program;
        let first = slope(f);
        for bad in [f64::NAN, f64::INFINITY] {
            for_each_choice(&operation.shapes, 3, |case| {
                let spoilt: Vec<Tensor<f64>> = (case.x.iter().zip(case.is_batch))
                    .map(|(x, is_batch)| match is_batch {
                        true => {
                            let [a, b, c] = [0, 1, 2].map(|member| x.index(0, member));
                            Tensor::stack(&[a, &b * bad, c], 0)
                        }
                        false => x.clone(),
                    })
                    .collect();
                let other = super::members::Case { count: 3, x: &spoilt, is_batch: case.is_batch };
                let programs: [(&Program<'_>, &str); 2] = [(f, "value"), (&first, "gradient")];
                for (f, kind) in programs {
                    let (clean, mixed) = (case.mapped(f), other.mapped(f));
                    for member in [0, 2] {
                        let what = format!("{kind} of {} beside {bad}", operation.name);
                        let [a, b] = [&clean, &mixed].map(|y| y.index(0, member));
                        assert_close(&a, &b, 1e-12, &what);
                    }
                }
            });
        }
    }
}
