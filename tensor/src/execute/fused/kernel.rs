//! A pass as one kernel of a device, written at run time.

use smallvec::SmallVec;
use wengert_cuda_kernels::arrays::{self, Operand as Input};
use wengert_cuda_kernels::{Graph, Output, Symbol};

use super::{Operand, Pass, Use};
use crate::device::work::{Reduction, device_of, granted, reduced, tensor, view};
use crate::device::{Cuda, Device};
use crate::element::Element;
use crate::execute::plan::Place;
use crate::memory;
use crate::recording::Elementwise;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// More results than this may be more than the parameters of a kernel have place for: if an array has hundreds of totals.
const MOST_TOTALS: usize = 100;

impl<T: Element> Pass<T> {
    /// The device that the arrays are on, unless that is the CPU.
    pub(super) fn device(&self, values: &[Option<Tensor<T>>]) -> Option<Cuda> {
        let slots = self.sources.iter().filter_map(Place::slot);
        slots.filter_map(|slot| values[slot].as_ref()).find_map(device_of).cloned()
    }

    pub(super) fn run_on(&self, device: &Cuda, values: &mut [Option<Tensor<T>>]) {
        let expression = self.expression.get_or_init(|| {
            let graph = self.recorded();
            graph.unknown_function().is_none().then(|| Box::new(graph.into()))
        });
        let Some(expression) = expression
            .as_ref()
            .filter(|_| self.totals.len() <= MOST_TOTALS && self.rows.is_empty())
        else {
            return self.run_one_by_one(device, values);
        };
        let sources: SmallVec<[Source<'_, T>; 8]> = (self.sources.iter())
            .filter(|source| written(source).is_none())
            .map(|&source| self.passed(source, device, values))
            .collect();
        let operands: SmallVec<[Input<'_, T>; 8]> = sources.iter().map(Source::input).collect();
        let outputs: SmallVec<[Output; 4]> = (self.outputs.iter().map(|_| Output::Array))
            .chain(self.totals.iter().map(|_| Output::Total))
            .collect();
        let results = arrays::elementwise(device, expression, &self.shape, &operands, &outputs);
        let mut results = granted(results).into_iter();
        drop(operands);
        drop(sources);
        for (&(slot, name), result) in self.outputs.iter().zip(&mut results) {
            let value = tensor(&self.shape, result);
            memory::note(name, value.bytes());
            values[slot] = Some(value);
        }
        for (&(slot, name), result) in self.totals.iter().zip(results) {
            memory::note(name, size_of::<T>());
            values[slot] = Some(tensor(&Shape::default(), result));
        }
    }

    /// What the operations compute, of the sources that are not written into the kernel.
    fn recorded(&self) -> Graph {
        let inputs = self.sources.iter().filter(|source| written(source).is_none()).count();
        Graph::record(inputs, |inputs| {
            let mut inputs = inputs.iter().copied();
            let sources: Vec<Symbol> = (self.sources.iter())
                .map(|source| match written(source) {
                    Some(number) => Symbol::from(number),
                    None => inputs.next().expect("one for each"),
                })
                .collect();
            let mut registers = vec![Symbol::from(f64::NAN); self.course.registers];
            for (operation, step) in self.operations.iter().zip(&self.course.uses) {
                let operand = |operand: &Operand| match *operand {
                    Operand::Source(source) => sources[source],
                    Operand::Register(register) => registers[register],
                };
                let operands: SmallVec<[Symbol; 5]> = step.operands.iter().map(operand).collect();
                registers[step.register] = expression(&**operation, step, &operands);
            }
            let totals = self.course.totals.iter().copied();
            (0..self.course.outputs).chain(totals).map(|register| registers[register]).collect()
        })
    }

    /// What is passed for a source.
    fn passed<'a>(
        &self,
        source: Place<T>,
        device: &Cuda,
        values: &'a [Option<Tensor<T>>],
    ) -> Source<'a, T> {
        let slot = match source {
            Place::Number(number) => return Source::Number(number),
            Place::Slot(slot) => slot,
        };
        let value = values[slot].as_ref().expect("computed before");
        let on_host = device_of(value).is_none();
        let is_number = || {
            let mut strides = value.strides().iter();
            value.size() == 1 || value.size() > 0 && strides.all(|&stride| stride == 0)
        };
        if on_host && is_number() {
            Source::Number(value.memory()[0])
        } else if !on_host && *value.shape() == self.shape {
            Source::Given(value)
        } else {
            let value = value.to(&Device::Cuda(device.clone()));
            Source::Made(if value.size() == self.shape.size() {
                value.reshape(&self.shape)
            } else {
                value.expanded(&self.shape)
            })
        }
    }

    /// Each operation as a kernel of its own, or by the host, where a function of the user's own has no value as device code.
    fn run_one_by_one(&self, device: &Cuda, values: &mut [Option<Tensor<T>>]) {
        let mut registers: Vec<Option<Tensor<T>>> = vec![None; self.course.registers];
        for (operation, step) in self.operations.iter().zip(&self.course.uses) {
            let operand = |operand: &Operand| match *operand {
                Operand::Source(source) => self.passed(self.sources[source], device, values),
                Operand::Register(register) => {
                    Source::Made(registers[register].clone().expect("written before"))
                }
            };
            let operands: SmallVec<[Source<'_, T>; 5]> =
                step.operands.iter().map(operand).collect();
            let graph = Graph::record(operands.len(), |x| vec![expression(&**operation, step, x)]);
            // (What users write is no term that a sum takes over.)
            let result = if graph.unknown_function().is_some() {
                memory::note_by_host(operation.name());
                let operands: SmallVec<[Tensor<T>; 5]> =
                    operands.into_iter().map(Source::on_host).collect();
                let operands: SmallVec<[&Tensor<T>; 5]> = operands.iter().collect();
                let result = operation.as_operation().forward(&operands, &self.shape);
                result.to(&Device::Cuda(device.clone()))
            } else {
                let operands: SmallVec<[Input<'_, T>; 5]> =
                    operands.iter().map(Source::input).collect();
                let results = arrays::elementwise(
                    device,
                    &graph.into(),
                    &self.shape,
                    &operands,
                    &[Output::Array],
                );
                tensor(&self.shape, granted(results).swap_remove(0))
            };
            registers[step.register] = Some(result);
        }
        for (&(slot, name), register) in self.outputs.iter().zip(&registers) {
            memory::note(name, self.shape.size() * size_of::<T>());
            values[slot] = register.clone();
        }
        let axes: SmallVec<[usize; 4]> = (0..self.shape.rank()).collect();
        for (&(slot, name), &register) in self.totals.iter().zip(&self.course.totals) {
            memory::note(name, size_of::<T>());
            let x = registers[register].as_ref().expect("written before");
            values[slot] = Some(reduced(Reduction::Sum, x, &axes, &Shape::default()));
        }
        for ((slot, shape, name), &register) in self.rows.iter().zip(&self.course.rows) {
            let x = registers[register].as_ref().expect("written before");
            let rows = x.reshape([shape.size(), self.course.row]);
            let sums = reduced(Reduction::Sum, &rows, &[1], &Shape::from([shape.size()]));
            memory::note(name, sums.bytes());
            values[*slot] = Some(sums.reshape(shape));
        }
    }
}

/// What a step computes.
fn expression<T: Element>(
    operation: &dyn Elementwise<T>,
    step: &Use,
    operands: &[Symbol],
) -> Symbol {
    let (operands, addend) = step.split(operands);
    let result = operation.expression(operands);
    addend.map_or(result, |&addend| result + addend)
}

enum Source<'a, T: Element> {
    Number(T),
    Given(&'a Tensor<T>),
    Made(Tensor<T>),
}

impl<T: Element> Source<'_, T> {
    fn input(&self) -> Input<'_, T> {
        match self {
            Source::Number(number) => Input::Number(*number),
            Source::Given(x) => Input::Array(view(x)),
            Source::Made(x) => Input::Array(view(x)),
        }
    }

    fn on_host(self) -> Tensor<T> {
        match self {
            Source::Number(number) => Tensor::from(number),
            Source::Given(x) => x.to(&Device::Cpu),
            Source::Made(x) => x.to(&Device::Cpu),
        }
    }
}

/// A number that is written into the kernel: one of those that programs contain. (Others may change from call to call, and each would
/// be another kernel.)
fn written<T: Element>(source: &Place<T>) -> Option<f64> {
    match source {
        Place::Number(number) => {
            let number = number.widen();
            (number.abs() <= 16.0 && (2.0 * number).fract() == 0.0 || !number.is_finite())
                .then_some(number)
        }
        Place::Slot(_) => None,
    }
}
