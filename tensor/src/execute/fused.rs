//! Elementwise operations of one shape in one pass: block after block, each operation in turn on a block that fits into
//! the innermost cache, so that only what is used elsewhere is written to memory.

#[cfg(feature = "cuda")]
mod kernel;
mod rows;
mod slopes;

use std::rc::Rc;

use smallvec::SmallVec;

use super::Keep;
use super::parts::OF_ARRAY;
use super::plan::{Item, Place};
use crate::cpu::copy::{gather_part, repeat};
use crate::cpu::parallel;
use crate::cpu::reduce::{block_len, pairwise, sum_of_slice, sums_of_rows};
#[cfg(feature = "cuda")]
use crate::device::work::on_behalf_of;
use crate::element::Element;
use crate::memory;
use crate::recording::{Elementwise, Kind};
use crate::shape::{Shape, few};
use crate::tensor::Tensor;
use crate::tensor::data::{recycle, scratch};
pub(super) use rows::Rows;
use slopes::{Share, shares, times};

/// Below this many elementwise operations on single elements, threads cost more than they give.
const PARALLEL: usize = 1 << 18;
/// Bytes of a line of the cache: vectors that lie in one are read and written in half the time.
const LINE: usize = 64;
/// A task of one thread.
const BLOCKS_PER_TASK: usize = 16;

/// The most operands of an elementwise operation: a factor, three arguments and the value of a row. (Those to which something is
/// added have fewer.)
const MOST_OPERANDS: usize = 5;

/// Where an operand is during the pass.
#[derive(Clone, Copy)]
enum Operand {
    /// An array from outside.
    Source(usize),
    /// A block of an earlier result.
    Register(usize),
}

/// What an operation reads and writes.
struct Use {
    operands: SmallVec<[Operand; 4]>,
    register: usize,
    slope: Option<SlopeUse>,
    /// Whether the last operand is added to what the operation makes of the others.
    adds_last: bool,
}

impl Use {
    /// What the operation is given, and what is added to its result.
    fn split<'a, X>(&self, operands: &'a [X]) -> (&'a [X], Option<&'a X>) {
        match operands {
            [operands @ .., last] if self.adds_last => (operands, Some(last)),
            _ => (operands, None),
        }
    }
}

/// What an operation does with the slope of a row. (Kernels of a GPU do without: their assembler finds what is common.)
#[derive(Clone, Copy)]
enum SlopeUse {
    /// It finds it beside its value, and leaves it in this register.
    Found(usize),
    /// It takes it from there, and need not find it.
    Taken(usize),
}

/// How a pass goes through registers, of which the first are the results that leave it, and the others scratch.
struct Course {
    uses: Vec<Use>,
    registers: usize,
    outputs: usize,
    /// The registers of which totals are taken.
    totals: SmallVec<[usize; 2]>,
    /// Those of which sums of rows are taken, and the length of a row; whole rows are in a block.
    rows: SmallVec<[usize; 1]>,
    row: usize,
}

impl Course {
    /// How many elements go through the registers together.
    fn block<T>(&self) -> usize {
        block_len::<T>() / self.row * self.row
    }

    /// How many arrays are written: the results, the totals of blocks, and the sums of rows.
    fn written(&self) -> usize {
        self.outputs + self.totals.len() + self.rows.len()
    }

    /// How many elements of array number `k` of these come of `n` elements.
    fn written_of<T>(&self, k: usize, n: usize) -> usize {
        match k.checked_sub(self.outputs) {
            None => n,
            Some(total) if total < self.totals.len() => n.div_ceil(self.block::<T>()),
            Some(_) => n / self.row,
        }
    }
}

/// Elementwise operations of one shape.
pub(super) struct Pass<T: Element> {
    shape: Shape,
    sources: SmallVec<[Place<T>; 4]>,
    operations: Vec<Rc<dyn Elementwise<T>>>,
    course: Course,
    /// The slots of the results, and the names of what makes them.
    outputs: SmallVec<[(usize, &'static str); 2]>,
    totals: SmallVec<[(usize, &'static str); 2]>,
    /// The sums of rows, by slots, shapes, and names.
    rows: SmallVec<[(usize, Shape, &'static str); 1]>,
    /// The same for devices, found the first time; none if they have no code for some function.
    #[cfg(feature = "cuda")]
    expression: core::cell::OnceCell<Option<Box<wengert_cuda_kernels::arrays::Expression>>>,
}

impl<T: Element> Pass<T> {
    /// The pass that computes a group of items, given by their slots.
    pub(super) fn new(items: &[Item<T>], group: &[usize], shape: Shape, keep: Keep) -> Self {
        let inside = |input: &Place<T>| match input {
            Place::Slot(slot) => group.binary_search(slot).ok(),
            Place::Number(_) => None,
        };
        let mut uses_left: SmallVec<[usize; 16]> = SmallVec::from_elem(0, group.len());
        for &slot in group {
            for input in items[slot].inputs.iter().filter_map(inside) {
                uses_left[input] += 1;
            }
        }
        let time = group.iter().map(|&slot| items[slot].time).max();
        // Which results leave the pass: those with users outside, and those that are asked for. (Not what is repeated.)
        let leaves = |member: usize| {
            let item = &items[group[member]];
            if Some(item.time) < time {
                return false;
            }
            let used_outside = item.users > uses_left[member];
            !item.is_absorbed && (used_outside || item.is_root || keep == Keep::Everything)
        };
        let outputs: SmallVec<[usize; 4]> =
            (0..group.len()).filter(|&member| leaves(member)).collect();

        let mut pass = Pass {
            shape,
            sources: SmallVec::new(),
            operations: Vec::with_capacity(group.len()),
            course: Course {
                uses: Vec::with_capacity(group.len()),
                registers: outputs.len(),
                outputs: outputs.len(),
                totals: SmallVec::new(),
                rows: SmallVec::new(),
                row: 1,
            },
            outputs: outputs.iter().map(|&k| (group[k], items[group[k]].name())).collect(),
            totals: SmallVec::new(),
            rows: SmallVec::new(),
            #[cfg(feature = "cuda")]
            expression: core::cell::OnceCell::new(),
        };
        let mut register_of: SmallVec<[usize; 16]> = SmallVec::from_elem(usize::MAX, group.len());
        let mut slope_of = register_of.clone();
        let mut shares = shares(items, group);
        let mut free: SmallVec<[usize; 16]> = SmallVec::new();
        let take = |free: &mut SmallVec<[usize; 16]>, course: &mut Course| {
            free.pop().unwrap_or_else(|| {
                course.registers += 1;
                course.registers - 1
            })
        };
        for (member, &slot) in group.iter().enumerate() {
            let item = &items[slot];
            let Kind::Elementwise(operation) = &item.kind else {
                // (A total reads its register at the end of a block: the register is not free before.)
                let input =
                    inside(&item.inputs[0]).expect("a total is absorbed by its input's pass");
                if item.row > 0 {
                    pass.course.row = item.row;
                    pass.course.rows.push(register_of[input]);
                    pass.rows.push((slot, item.shape.clone(), item.name()));
                } else {
                    pass.course.totals.push(register_of[input]);
                    pass.totals.push((slot, item.name()));
                }
                continue;
            };
            let operands = item.inputs.iter().map(|input| match inside(input) {
                Some(member) => Operand::Register(register_of[member]),
                None => Operand::Source(pass.source(*input)),
            });
            let operands = operands.collect();
            let register = match outputs.binary_search(&member) {
                Ok(output) => output,
                Err(_) => take(&mut free, &mut pass.course),
            };
            register_of[member] = register;
            let slope = match shares[member] {
                Share::None => None,
                Share::Gives(_) => {
                    slope_of[member] = take(&mut free, &mut pass.course);
                    Some(SlopeUse::Found(slope_of[member]))
                }
                Share::Takes(giver) => Some(SlopeUse::Taken(slope_of[giver])),
            };
            pass.operations.push(Rc::clone(operation));
            pass.course.uses.push(Use { operands, register, slope, adds_last: item.adds_last });
            // Registers of operands that nobody needs any more are free.
            for input in item.inputs.iter().filter_map(inside) {
                uses_left[input] -= 1;
                if uses_left[input] == 0 && register_of[input] >= outputs.len() {
                    free.push(register_of[input]);
                }
            }
            if let Share::Takes(giver) = shares[member]
                && let Share::Gives(left) = &mut shares[giver]
            {
                *left -= 1;
                if *left == 0 {
                    free.push(slope_of[giver]);
                }
            }
        }
        pass
    }

    /// What comes from outside.
    pub(super) fn sources(&self) -> &[Place<T>] {
        &self.sources
    }

    /// What it takes of [`parts::ROOM`](super::parts::ROOM).
    pub(super) fn room(&self) -> usize {
        let read: usize = self.sources.iter().map(Place::room).sum();
        read + OF_ARRAY * (self.outputs.len() + self.totals.len() + self.rows.len())
    }

    /// The number of a source; each is there only once.
    fn source(&mut self, source: Place<T>) -> usize {
        let is_same = |known: &Place<T>| match (known, source) {
            (Place::Number(a), Place::Number(b)) => {
                *a == b && a.is_sign_negative() == b.is_sign_negative()
            }
            (known, source) => *known == source,
        };
        self.sources.iter().position(is_same).unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        })
    }

    /// Computes the results from what is in the slots.
    pub(super) fn run(&self, values: &mut [Option<Tensor<T>>]) {
        #[cfg(feature = "cuda")]
        if let Some(device) = self.device(values) {
            let name = "elementwise operations";
            return on_behalf_of(name, || self.run_on(&device, values));
        }
        self.run_here(values);
    }

    fn run_here(&self, values: &mut [Option<Tensor<T>>]) {
        let (course, size) = (&self.course, self.shape.size());
        let lengths = (0..course.written()).map(|k| course.written_of::<T>(k, size));
        let mut written: SmallVec<[Vec<T>; 4]> = few(lengths.map(scratch));
        let sources = self.given(values, |_| false);
        let operations: SmallVec<[&dyn Elementwise<T>; 16]> =
            few(self.operations.iter().map(|operation| &**operation));
        Run { sources: &sources, operations: &operations, course }.whole(size, &mut written);
        drop(sources);
        self.store(values, written);
    }

    /// What comes from outside, but for slots that are filled during the pass.
    fn given<'a>(
        &'a self,
        values: &'a [Option<Tensor<T>>],
        is_made: impl Fn(usize) -> bool,
    ) -> SmallVec<[Source<'a, T>; 8]> {
        let source = |source: &Place<T>| match *source {
            Place::Number(number) => Source::Uniform(number),
            Place::Slot(slot) if is_made(slot) => Source::OfTask(&[]),
            Place::Slot(slot) => {
                Source::of(values[slot].as_ref().expect("computed before"), &self.shape)
            }
        };
        few(self.sources.iter().map(source))
    }

    /// Puts what was written into the slots: the results, the totals, and the sums of rows.
    fn store(&self, values: &mut [Option<Tensor<T>>], written: impl IntoIterator<Item = Vec<T>>) {
        let mut written = written.into_iter();
        let mut put = |slot: usize, name, value: Tensor<T>| {
            memory::note(name, value.bytes());
            values[slot] = Some(value);
        };
        for (&(slot, name), elements) in self.outputs.iter().zip(&mut written) {
            put(slot, name, Tensor::from_buffer(self.shape.clone(), elements));
        }
        for (&(slot, name), of_blocks) in self.totals.iter().zip(&mut written) {
            put(slot, name, Tensor::from(pairwise(&of_blocks)));
            recycle(of_blocks);
        }
        for ((slot, shape, name), sums) in self.rows.iter().zip(&mut written) {
            put(*slot, name, Tensor::from_buffer(shape.clone(), sums));
        }
    }
}

/// An array from outside, spread over the shape of the pass.
#[derive(Clone, Copy)]
enum Source<'a, T: Element> {
    /// It lies in memory in the order of the pass.
    InOrder(&'a [T]),
    /// The same element everywhere.
    Uniform(T),
    /// These elements again and again.
    Repeated(&'a [T]),
    /// It is gathered block by block, as it is spread over this shape.
    Scattered(&'a Tensor<T>, &'a Shape),
    /// What the task needs of it, in order.
    OfTask(&'a [T]),
}

impl<'a, T: Element> Source<'a, T> {
    fn of(tensor: &'a Tensor<T>, shape: &'a Shape) -> Self {
        if tensor.size() == 1 || tensor.strides().iter().all(|&stride| stride == 0) {
            return match tensor.memory().first() {
                Some(&number) => Source::Uniform(number),
                None => Source::InOrder(&[]),
            };
        }
        // (Of another shape of the same size, its elements are those of the pass in the same order.)
        let shape = if tensor.size() == shape.size() { tensor.shape() } else { shape };
        match tensor.as_slice() {
            Some(elements) if elements.len() == shape.size() => Source::InOrder(elements),
            _ => match period(tensor, shape) {
                Some(period) => Source::Repeated(&tensor.memory()[..period]),
                None => Source::Scattered(tensor, shape),
            },
        }
    }
}

/// How many elements of a tensor, one after the other in memory, are repeated over a shape, if it is no more than that.
fn period<T: Element>(tensor: &Tensor<T>, shape: &Shape) -> Option<usize> {
    let strides = tensor.strides_over(shape);
    let (mut period, mut is_repeated) = (1, false);
    for (&extent, &stride) in shape.iter().zip(&strides).rev().filter(|&(&extent, _)| extent != 1) {
        match stride {
            0 => is_repeated = true,
            _ if is_repeated || stride != period as isize => return None,
            _ => period *= extent,
        }
    }
    Some(period)
}

type Slices<'a, T> = SmallVec<[&'a mut [T]; 4]>;

/// Each of some slices in two, the first as long as `length` says for its number, if there is so much.
fn split<'a, T>(
    slices: Slices<'a, T>,
    length: impl Fn(usize) -> usize,
) -> (Slices<'a, T>, Slices<'a, T>) {
    let in_two = |(k, slice): (usize, &'a mut [T])| slice.split_at_mut(length(k).min(slice.len()));
    slices.into_iter().enumerate().map(in_two).unzip()
}

/// One run of a pass.
struct Run<'a, T: Element> {
    sources: &'a [Source<'a, T>],
    operations: &'a [&'a dyn Elementwise<T>],
    course: &'a Course,
}

impl<T: Element> Run<'_, T> {
    /// Fills all that is written.
    fn whole(&self, size: usize, written: &mut [Vec<T>]) {
        let written: Slices<'_, T> = few(written.iter_mut().map(|array| &mut array[..]));
        if size * self.operations.len() < PARALLEL {
            return self.task(0, size, written);
        }
        let task = self.course.block::<T>() * BLOCKS_PER_TASK;
        parallel::divide(
            size.div_ceil(task),
            (0, written),
            |(start, written), tasks| {
                let length = |k| self.course.written_of::<T>(k, tasks * task);
                let (before, after) = split(written, length);
                ((start, before), (start + tasks * task, after))
            },
            |(start, written)| self.task(start, task.min(size - start), written),
        );
    }

    /// Fills a stretch of what is written, from element number `first` on.
    fn task(&self, first: usize, size: usize, mut written: Slices<'_, T>) {
        let (results, sums) = written.split_at_mut(self.course.outputs);
        let (totals, rows) = sums.split_at_mut(self.course.totals.len());
        let block = self.course.block::<T>().min(size.max(1));
        let scratch_registers = self.course.registers - self.course.outputs;
        let line = LINE / size_of::<T>();
        let apart = block.next_multiple_of(line);
        let blocks = (scratch_registers + self.sources.len()) * apart;
        let mut memory: Vec<T> = scratch(blocks + line);
        let aligned = memory.as_ptr().align_offset(LINE).min(line);
        let (registers, filled) =
            memory[aligned..aligned + blocks].split_at_mut(scratch_registers * apart);
        for (source, filled) in self.sources.iter().zip(filled.chunks_mut(apart)) {
            match source {
                Source::Uniform(number) => filled.fill(*number),
                Source::Repeated(period) if block.is_multiple_of(period.len()) => {
                    repeat(period, first, &mut filled[..block]);
                }
                _ => {}
            }
        }
        let mut registers: SmallVec<[&mut [T]; 16]> = few(registers.chunks_mut(apart));
        for (number, start) in (0..size).step_by(block).enumerate() {
            let len = block.min(size - start);
            for (source, filled) in self.sources.iter().zip(filled.chunks_mut(apart)) {
                match source {
                    Source::Scattered(tensor, shape) => {
                        gather_part(tensor, shape, first + start, &mut filled[..len]);
                    }
                    // (Others are the same for all blocks.)
                    Source::Repeated(period) if !block.is_multiple_of(period.len()) => {
                        repeat(period, first + start, &mut filled[..len]);
                    }
                    _ => {}
                }
            }
            let at = At { first, start, len, filled, apart };
            for (operation, step) in self.operations.iter().zip(&self.course.uses) {
                // (What is written is taken out meanwhile, beside those that are read.)
                if let Some(register) = step.register.checked_sub(self.course.outputs) {
                    let out = core::mem::take(&mut registers[register]);
                    self.step(*operation, step, at, results, &mut registers, &mut out[..len]);
                    registers[register] = out;
                } else {
                    let out = core::mem::take(&mut results[step.register]);
                    let block = &mut out[start..start + len];
                    self.step(*operation, step, at, results, &mut registers, block);
                    results[step.register] = out;
                }
            }
            for (&total, sums) in self.course.totals.iter().zip(&mut *totals) {
                sums[number] = sum_of_slice(at.register(total, results, &registers));
            }
            let row = self.course.row;
            for (&summed, sums) in self.course.rows.iter().zip(&mut *rows) {
                let sums = &mut sums[start / row..][..len / row];
                sums_of_rows(at.register(summed, results, &registers), row, sums);
            }
        }
        drop(registers);
        recycle(memory);
    }

    /// One operation on one block.
    #[inline]
    fn step(
        &self,
        operation: &dyn Elementwise<T>,
        step: &Use,
        at: At<'_, T>,
        results: &[&mut [T]],
        registers: &mut [&mut [T]],
        out: &mut [T],
    ) {
        if let Some(SlopeUse::Found(register)) = step.slope {
            let register = register - self.course.outputs;
            let slope = core::mem::take(&mut registers[register]);
            let operands = self.operands(step, at, results, registers);
            operation.block_with_slope(operands[0], out, &mut slope[..at.len]);
            registers[register] = slope;
            return;
        }
        let operands = self.operands(step, at, results, registers);
        let (operands, addend) = step.split(&operands[..step.operands.len()]);
        match (step.slope, addend) {
            (Some(SlopeUse::Taken(register)), addend) => {
                let slope = at.register(register, results, registers);
                times(operands[0], slope, addend.copied(), out);
            }
            (_, Some(addend)) => operation.block_plus(operands, addend, out),
            (_, None) => operation.block(operands, out),
        }
    }

    /// What a step reads.
    #[inline(always)]
    fn operands<'a>(
        &'a self,
        step: &Use,
        at: At<'a, T>,
        results: &'a [&mut [T]],
        registers: &'a [&mut [T]],
    ) -> [&'a [T]; MOST_OPERANDS] {
        let mut operands: [&[T]; MOST_OPERANDS] = [&[]; MOST_OPERANDS];
        for (place, operand) in operands.iter_mut().zip(&step.operands) {
            *place = match *operand {
                Operand::Source(source) => match &self.sources[source] {
                    Source::InOrder(elements) => &elements[at.first + at.start..][..at.len],
                    Source::OfTask(elements) => &elements[at.start..][..at.len],
                    _ => &at.filled[source * at.apart..][..at.len],
                },
                Operand::Register(register) => at.register(register, results, registers),
            };
        }
        operands
    }
}

/// Where a task is.
#[derive(Clone, Copy)]
struct At<'a, T> {
    /// The element that the task begins with.
    first: usize,
    /// The element of the task that the block begins with, and the block's length.
    start: usize,
    len: usize,
    /// Blocks of the sources that are not in order, this far apart.
    filled: &'a [T],
    apart: usize,
}

impl<T> At<'_, T> {
    /// What a register holds.
    #[inline]
    fn register<'a>(
        &self,
        register: usize,
        results: &'a [&mut [T]],
        registers: &'a [&mut [T]],
    ) -> &'a [T] {
        match register.checked_sub(results.len()) {
            Some(register) => &registers[register][..self.len],
            None => &results[register][self.start..self.start + self.len],
        }
    }
}
