//! Elementwise operations of one shape in one pass: block after block, each operation in turn on a block that fits into
//! the innermost cache, so that only what is used elsewhere is written to memory.

use smallvec::SmallVec;

use super::Keep;
use super::plan::{Input, Plan};
use crate::cpu::copy::gather_part;
use crate::cpu::parallel;
use crate::cpu::reduce::{block_len, pairwise, sum_of_slice};
use crate::element::Element;
use crate::memory;
use crate::recording::{Elementwise, Kind};
use crate::tensor::Tensor;
use crate::tensor::data::{recycle, scratch};

/// Below this many elementwise operations on single elements, threads cost more than they give.
const PARALLEL: usize = 1 << 17;
/// A task of one thread.
const BLOCKS_PER_TASK: usize = 16;

/// Where an operand is during the pass.
#[derive(Clone, Copy)]
enum Operand {
    /// An array from outside.
    Source(usize),
    /// A block of an earlier result.
    Register(usize),
}

struct Step<'a, T: Element> {
    operation: &'a dyn Elementwise<T>,
    operands: SmallVec<[Operand; 4]>,
    register: usize,
}

/// An array from outside, spread over the shape of the pass.
enum Source<'a, T: Element> {
    /// It lies in memory in the order of the pass.
    InOrder(&'a [T]),
    /// The same element everywhere.
    Uniform(T),
    /// It is gathered block by block.
    Scattered(Tensor<T>),
}

/// The first registers are the results that leave the pass, the others are scratch.
struct Program<'a, T: Element> {
    sources: Vec<Source<'a, T>>,
    steps: Vec<Step<'a, T>>,
    outputs: usize,
    registers: usize,
    totals: Vec<Operand>,
}

/// Evaluates a group of a plan.
pub(super) fn run<T: Element>(plan: &mut Plan<T>, group: &[usize], keep: Keep) {
    let shape = match plan.items[group[0]] {
        ref item if item.is_absorbed_total => match item.inputs[0] {
            Input::Planned(input) => plan.items[input].shape.clone(),
            _ => unreachable!("a total is absorbed into the pass of its input"),
        },
        ref item => item.shape.clone(),
    };
    let size = shape.size();

    // Which results leave the pass: those with users outside, and those that are asked for.
    let mut users_inside = vec![0; group.len()];
    let inside = |input: &Input<T>| match input {
        Input::Planned(place) => group.binary_search(place).ok(),
        _ => None,
    };
    for &place in group {
        for input in plan.items[place].inputs.iter().filter_map(inside) {
            users_inside[input] += 1;
        }
    }
    let leaves = |member: usize| {
        let item = &plan.items[group[member]];
        let used_outside = item.users > users_inside[member];
        !item.is_absorbed_total && (used_outside || item.is_root || keep == Keep::Everything)
    };
    let outputs: Vec<usize> = (0..group.len()).filter(|&member| leaves(member)).collect();

    let given: Vec<Vec<Option<Tensor<T>>>> = group
        .iter()
        .map(|&place| {
            let outside = |input: &Input<T>| match input {
                _ if inside(input).is_some() => None,
                Input::Number(_) => None,
                input => Some(plan.tensor(input).expanded(&shape)),
            };
            plan.items[place].inputs.iter().map(outside).collect()
        })
        .collect();

    let mut program = Program {
        sources: Vec::new(),
        steps: Vec::new(),
        outputs: outputs.len(),
        registers: outputs.len(),
        totals: Vec::new(),
    };
    let mut register_of = vec![usize::MAX; group.len()];
    let mut uses_left = users_inside.clone();
    let mut free: Vec<usize> = Vec::new();
    let mut totals: Vec<usize> = Vec::new();
    for (member, &place) in group.iter().enumerate() {
        let item = &plan.items[place];
        let operands: SmallVec<[Operand; 4]> = item
            .inputs
            .iter()
            .zip(&given[member])
            .map(|(input, given)| match (inside(input), input, given) {
                (Some(member), ..) => Operand::Register(register_of[member]),
                (None, Input::Number(number), _) => program.source(Source::Uniform(*number)),
                (None, _, Some(tensor)) => program.source(Source::of(tensor)),
                _ => unreachable!("an operand is inside, a number or given"),
            })
            .collect();
        match &item.kind {
            Kind::Elementwise(operation) => {
                let register = match outputs.binary_search(&member) {
                    Ok(output) => output,
                    Err(_) => free.pop().unwrap_or_else(|| {
                        program.registers += 1;
                        program.registers - 1
                    }),
                };
                register_of[member] = register;
                program.steps.push(Step { operation: &**operation, operands, register });
            }
            _ => {
                program.totals.push(operands[0]);
                totals.push(place);
            }
        }
        // Registers of operands that nobody needs any more are free, and so is one that nobody will need.
        // (A total reads its register at the end of a block: it keeps it.)
        if matches!(item.kind, Kind::Elementwise(_)) {
            for input in item.inputs.iter().filter_map(inside) {
                uses_left[input] -= 1;
                if uses_left[input] == 0 && register_of[input] >= program.outputs {
                    free.push(register_of[input]);
                }
            }
        }
    }

    let mut results: Vec<Vec<T>> = outputs.iter().map(|_| scratch(size)).collect();
    let sums = program.run(size, &mut results);
    let values: Vec<(usize, Tensor<T>)> = outputs
        .iter()
        .zip(results)
        .map(|(&member, elements)| (group[member], Tensor::from_buffer(shape.clone(), elements)))
        .chain(totals.into_iter().zip(sums.into_iter().map(Tensor::from)))
        .collect();
    for (place, value) in values {
        memory::note(plan.items[place].kind.name(), size_of_val(value.memory()));
        plan.items[place].value = Some(value);
    }
}

impl<'a, T: Element> Source<'a, T> {
    fn of(tensor: &'a Tensor<T>) -> Self {
        if tensor.size() > 0 && tensor.strides().iter().all(|&stride| stride == 0) {
            Source::Uniform(tensor.memory()[0])
        } else {
            match tensor.as_slice() {
                Some(elements) => Source::InOrder(elements),
                None => Source::Scattered(tensor.clone()),
            }
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Source::InOrder(a), Source::InOrder(b)) => core::ptr::eq(*a, *b),
            (Source::Uniform(a), Source::Uniform(b)) => {
                a == b && a.is_sign_negative() == b.is_sign_negative()
            }
            (Source::Scattered(a), Source::Scattered(b)) => {
                a.as_ptr() == b.as_ptr() && a.strides() == b.strides()
            }
            _ => false,
        }
    }
}

impl<'a, T: Element> Program<'a, T> {
    /// The operand that a source is; each only once.
    fn source(&mut self, source: Source<'a, T>) -> Operand {
        let known = self.sources.iter().position(|known| known.is_same(&source));
        Operand::Source(known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        }))
    }

    /// Fills the results, and returns the totals.
    fn run(&self, size: usize, results: &mut [Vec<T>]) -> Vec<T> {
        let block = block_len::<T>();
        let task = block * BLOCKS_PER_TASK;
        let blocks = size.div_ceil(block);
        let mut partial_sums: Vec<Vec<T>> =
            self.totals.iter().map(|_| vec![T::zero(); blocks]).collect();
        if size * self.steps.len() < PARALLEL {
            let results = results.iter_mut().map(|result| &mut result[..]).collect();
            let sums = partial_sums.iter_mut().map(|sums| &mut sums[..]).collect();
            self.run_task(0, size, results, sums);
        } else {
            let mut results: Vec<_> = results.iter_mut().map(|r| r.chunks_mut(task)).collect();
            let mut sums: Vec<_> =
                partial_sums.iter_mut().map(|s| s.chunks_mut(BLOCKS_PER_TASK)).collect();
            let tasks: Vec<_> = (0..size)
                .step_by(task)
                .map(|start| {
                    let results: Vec<&mut [T]> =
                        results.iter_mut().filter_map(Iterator::next).collect();
                    let sums: Vec<&mut [T]> = sums.iter_mut().filter_map(Iterator::next).collect();
                    (start, results, sums)
                })
                .collect();
            parallel::for_each(tasks, |(start, results, sums)| {
                self.run_task(start, task.min(size - start), results, sums);
            });
        }
        partial_sums.iter().map(|sums| pairwise(sums)).collect()
    }

    fn run_task(
        &self,
        first: usize,
        size: usize,
        mut results: Vec<&mut [T]>,
        mut sums: Vec<&mut [T]>,
    ) {
        let block = block_len::<T>().min(size.max(1));
        let mut registers: Vec<T> = scratch((self.registers - self.outputs) * block);
        let mut filled: Vec<T> = scratch(self.sources.len() * block);
        for (source, filled) in self.sources.iter().zip(filled.chunks_mut(block)) {
            if let Source::Uniform(number) = source {
                filled.fill(*number);
            }
        }
        for (number, start) in (0..size).step_by(block).enumerate() {
            let len = block.min(size - start);
            for (source, filled) in self.sources.iter().zip(filled.chunks_mut(block)) {
                if let Source::Scattered(tensor) = source {
                    gather_part(tensor, first + start, &mut filled[..len]);
                }
            }
            let sources: SmallVec<[&[T]; 16]> = self
                .sources
                .iter()
                .zip(filled.chunks(block))
                .map(|(source, filled)| match source {
                    Source::InOrder(elements) => &elements[first + start..][..len],
                    _ => &filled[..len],
                })
                .collect();
            let mut blocks: SmallVec<[&mut [T]; 32]> = results
                .iter_mut()
                .map(|result| &mut result[start..start + len])
                .chain(registers.chunks_mut(block).map(|register| &mut register[..len]))
                .collect();
            for step in &self.steps {
                let out = core::mem::take(&mut blocks[step.register]);
                let operands: SmallVec<[&[T]; 4]> = step
                    .operands
                    .iter()
                    .map(|operand| match *operand {
                        Operand::Source(source) => sources[source],
                        Operand::Register(register) => &*blocks[register],
                    })
                    .collect();
                step.operation.block(&operands, out);
                drop(operands);
                blocks[step.register] = out;
            }
            for (total, sums) in self.totals.iter().zip(&mut sums) {
                sums[number] = match *total {
                    Operand::Source(source) => sum_of_slice(sources[source]),
                    Operand::Register(register) => sum_of_slice(&*blocks[register]),
                };
            }
        }
        recycle(registers);
        recycle(filled);
    }
}
