//! The kernel around the computation: parameters, addresses, the loop over elements, and totals.

use core::fmt::Write;

use super::body;
use super::kernel::{Access, Kernel, Output};
use super::library::Library;

/// Expressions of more operations are not repeated for several elements at once.
const LARGE: usize = 96;

pub(super) struct Writer<'a> {
    kernel: &'a Kernel<'a>,
    of: &'static str,
    bytes: usize,
    text: String,
}

macro_rules! line {
    ($writer:expr, $($text:tt)*) => {{
        let _ = writeln!($writer.text, $($text)*);
    }};
}

impl<'a> Writer<'a> {
    pub(super) fn new(kernel: &'a Kernel<'a>) -> Self {
        let precision = kernel.precision;
        Self { kernel, of: precision.suffix(), bytes: precision.bytes(), text: String::new() }
    }

    pub(super) fn module(mut self) -> String {
        let kernel = self.kernel;
        self.text += &Library::values().head;
        for item in body::called(kernel.graph, kernel.precision) {
            self.text += "\n";
            self.text += &item.text;
        }
        self.head();
        self.totals_from_zero();
        let lanes = self.lanes();
        if lanes > 1 {
            self.vector_loop(lanes);
        }
        // (Rows are whole vectors: of these, nothing is left.)
        if lanes == 1 || !self.is_strided() {
            self.scalar_loop();
        }
        self.store_totals();
        self.text += "\tret;\n}\n";
        self.text
    }

    /// How many elements are read at once: as many as 16 bytes hold.
    fn lanes(&self) -> usize {
        let small = self.kernel.graph.nodes().len() <= LARGE;
        if small && self.kernel.aligned { 16 / self.bytes } else { 1 }
    }

    fn inputs(&self, access: Access) -> impl Iterator<Item = usize> + use<'a> {
        let inputs = self.kernel.inputs.iter().enumerate();
        inputs.filter(move |&(_, &a)| a == access).map(|(k, _)| k)
    }

    fn outputs(&self, output: Output) -> impl Iterator<Item = usize> + use<'a> {
        let outputs = self.kernel.outputs.iter().enumerate();
        outputs.filter(move |&(_, &o)| o == output).map(|(k, _)| k)
    }

    fn strided(&self) -> Vec<usize> {
        let inputs = self.kernel.inputs.iter().enumerate();
        inputs.filter(|(_, access)| access.is_strided()).map(|(k, _)| k).collect()
    }

    fn is_strided(&self) -> bool {
        !self.strided().is_empty()
    }

    /// Declarations, parameters in registers, and the first element and the step of this thread.
    fn head(&mut self) {
        let (kernel, of, bytes) = (self.kernel, self.of, self.bytes);
        let parameters: Vec<String> =
            (0..kernel.parameters()).map(|k| format!("\t.param .u64 p{k}")).collect();
        line!(self, "\n.visible .entry {}(\n{}\n)\n{{", Kernel::ENTRY, parameters.join(",\n"));
        let totals: Vec<usize> = self.outputs(Output::Total).collect();
        for &k in &totals {
            line!(self, "\t.shared .align 8 .b8 s{k}[{}];", 32 * bytes);
        }
        line!(
            self,
            "\t.reg .pred %q<8>;\n\t.reg .b32 %i<16>;\n\t.reg .b64 %n, %index, %step, %at, %l<16>;"
        );
        let lanes = self.lanes();
        for k in 0..kernel.inputs.len() {
            line!(self, "\t.reg .b64 %px{k};");
            (0..lanes).for_each(|lane| line!(self, "\t.reg .{of} %x{k}_{lane};"));
        }
        for (k, output) in kernel.outputs.iter().enumerate() {
            line!(self, "\t.reg .b64 %py{k};");
            (0..lanes).for_each(|lane| line!(self, "\t.reg .{of} %y{k}_{lane};"));
            if *output == Output::Total {
                line!(self, "\t.reg .{of} %t{k};");
            }
        }
        line!(self, "\tld.param.u64 %n, [p0];");
        for (k, access) in kernel.inputs.iter().enumerate() {
            match access {
                Access::Number => self.number(k),
                _ => self.pointer(format!("%px{k}"), 1 + k),
            }
        }
        let first = 1 + kernel.inputs.len();
        (0..kernel.outputs.len()).for_each(|k| self.pointer(format!("%py{k}"), first + k));
        if self.is_strided() {
            self.layout(first + kernel.outputs.len());
        }
        let uniform: Vec<usize> = self.inputs(Access::Uniform).collect();
        for k in uniform {
            line!(self, "\tld.global.{of} %x{k}_0, [%px{k}];");
        }
        for access in [Access::Uniform, Access::Number] {
            for k in self.inputs(access).collect::<Vec<_>>() {
                (1..lanes).for_each(|lane| line!(self, "\tmov.{of} %x{k}_{lane}, %x{k}_0;"));
            }
        }
        line!(
            self,
            "\tmov.u32 %i0, %ctaid.x;\n\tmov.u32 %i1, %ntid.x;\n\tmov.u32 %i2, %tid.x;\n\tmov.u32 %i3, %nctaid.x;"
        );
        line!(
            self,
            "\tcvt.u64.u32 %l0, %i2;\n\tmad.wide.u32 %index, %i0, %i1, %l0;\n\tmul.wide.u32 %step, %i3, %i1;"
        );
    }

    /// The address that a parameter holds, in a register.
    fn pointer(&mut self, register: String, parameter: usize) {
        line!(
            self,
            "\tld.param.u64 {register}, [p{parameter}];\n\tcvta.to.global.u64 {register}, {register};"
        );
    }

    /// An input that a parameter holds. (Its first bytes are those of a shorter number.)
    fn number(&mut self, input: usize) {
        line!(self, "\tld.param.{} %x{input}_0, [p{}];", self.of, 1 + input);
    }

    /// Extents and strides in registers: `%e…` and `%d…_…`.
    fn layout(&mut self, first: usize) {
        let (rank, wide) = (self.kernel.rank, self.kernel.wide);
        let index = if wide { "u64" } else { "u32" };
        let mut parameter = first;
        for axis in 0..rank {
            line!(self, "\t.reg .{index} %e{axis}, %c{axis}, %g{axis};");
            line!(self, "\tld.param.u64 %l0, [p{parameter}];");
            let convert = if wide { "mov.u64" } else { "cvt.u32.u64" };
            line!(self, "\t{convert} %e{axis}, %l0;");
            parameter += 1;
        }
        line!(self, "\t.reg .{index} %whole;");
        for k in self.strided() {
            for axis in 0..rank {
                line!(
                    self,
                    "\t.reg .b64 %d{k}_{axis};\n\tld.param.u64 %d{k}_{axis}, [p{parameter}];"
                );
                parameter += 1;
            }
        }
    }

    fn totals_from_zero(&mut self) {
        let totals: Vec<usize> = self.outputs(Output::Total).collect();
        for k in totals {
            let zero = if self.bytes == 4 { "0f00000000" } else { "0d0000000000000000" };
            line!(self, "\tmov.{} %t{k}, {zero};", self.of);
        }
    }

    /// Whole vectors; what is left begins at `%index`.
    fn vector_loop(&mut self, lanes: usize) {
        let (of, shift) = (self.of, lanes.trailing_zeros());
        let vector = |name, k| vector(name, k, lanes);
        line!(self, "\tmov.u64 %l1, %index;\n\tshr.u64 %l2, %n, {shift};");
        line!(
            self,
            "$vectors:\n\tsetp.ge.u64 %q0, %l1, %l2;\n\t@%q0 bra $rest;\n\tshl.b64 %at, %l1, 4;"
        );
        if self.is_strided() {
            line!(self, "\tshl.b64 %l5, %l1, {shift};");
            self.gather("%l5", lanes);
        }
        let inputs: Vec<usize> = self.inputs(Access::InOrder).collect();
        for k in inputs {
            line!(
                self,
                "\tadd.s64 %l3, %px{k}, %at;\n\tld.global.v{lanes}.{of} {}, [%l3];",
                vector("x", k)
            );
        }
        for lane in 0..lanes {
            self.text += &body::block(self.kernel.graph, self.kernel.precision, lane);
        }
        let outputs: Vec<usize> = self.outputs(Output::Array).collect();
        for k in outputs {
            line!(
                self,
                "\tadd.s64 %l3, %py{k}, %at;\n\tst.global.v{lanes}.{of} [%l3], {};",
                vector("y", k)
            );
        }
        (0..lanes).for_each(|lane| self.add_to_totals(lane));
        line!(self, "\tadd.s64 %l1, %l1, %step;\n\tbra $vectors;\n$rest:");
        line!(self, "\tshl.b64 %l2, %l2, {shift};\n\tadd.s64 %index, %index, %l2;");
    }

    fn scalar_loop(&mut self) {
        let (of, bytes) = (self.of, self.bytes);
        line!(self, "$elements:\n\tsetp.ge.u64 %q0, %index, %n;\n\t@%q0 bra $done;");
        line!(self, "\tmul.lo.u64 %at, %index, {bytes};");
        let inputs: Vec<usize> = self.inputs(Access::InOrder).collect();
        for k in inputs {
            line!(self, "\tadd.s64 %l3, %px{k}, %at;\n\tld.global.{of} %x{k}_0, [%l3];");
        }
        if self.is_strided() {
            self.gather("%index", 1);
        }
        self.text += &body::block(self.kernel.graph, self.kernel.precision, 0);
        let outputs: Vec<usize> = self.outputs(Output::Array).collect();
        for k in outputs {
            line!(self, "\tadd.s64 %l3, %py{k}, %at;\n\tst.global.{of} [%l3], %y{k}_0;");
        }
        self.add_to_totals(0);
        line!(self, "\tadd.s64 %index, %index, %step;\n\tbra $elements;\n$done:");
    }

    /// The place along each axis of the element with this number, and from it the elements of the strided inputs, so many along
    /// the last axis.
    fn gather(&mut self, number: &str, lanes: usize) {
        let (of, bytes, rank, wide) = (self.of, self.bytes, self.kernel.rank, self.kernel.wide);
        let index = if wide { "u64" } else { "u32" };
        let convert = if wide { "mov.u64" } else { "cvt.u32.u64" };
        line!(self, "\t{convert} %whole, {number};");
        for axis in (1..rank).rev() {
            line!(self, "\tdiv.{index} %g{axis}, %whole, %e{axis};");
            line!(self, "\tmul.lo.{index} %c{axis}, %g{axis}, %e{axis};");
            line!(
                self,
                "\tsub.{index} %c{axis}, %whole, %c{axis};\n\tmov.{index} %whole, %g{axis};"
            );
        }
        // (What is left is the place along the first.)
        line!(self, "\tmov.{index} %c0, %whole;");
        for k in self.strided() {
            line!(self, "\tmov.u64 %l4, 0;");
            for axis in 0..rank {
                let widen = if wide { "mov.u64" } else { "cvt.u64.u32" };
                line!(self, "\t{widen} %l5, %c{axis};\n\tmad.lo.s64 %l4, %l5, %d{k}_{axis}, %l4;");
            }
            line!(self, "\tmad.lo.s64 %l4, %l4, {bytes}, %px{k};");
            match self.kernel.inputs[k] {
                Access::StridedRows if lanes > 1 => {
                    line!(self, "\tld.global.v{lanes}.{of} {}, [%l4];", vector("x", k, lanes));
                }
                Access::StridedOnce => {
                    line!(self, "\tld.global.{of} %x{k}_0, [%l4];");
                    (1..lanes).for_each(|lane| line!(self, "\tmov.{of} %x{k}_{lane}, %x{k}_0;"));
                }
                _ => {
                    line!(self, "\tld.global.{of} %x{k}_0, [%l4];");
                    for lane in 1..lanes {
                        let last = rank - 1;
                        line!(self, "\tmad.lo.s64 %l4, %d{k}_{last}, {bytes}, %l4;");
                        line!(self, "\tld.global.{of} %x{k}_{lane}, [%l4];");
                    }
                }
            }
        }
    }

    fn add_to_totals(&mut self, lane: usize) {
        let totals: Vec<usize> = self.outputs(Output::Total).collect();
        for k in totals {
            line!(self, "\tadd.rn.{} %t{k}, %t{k}, %y{k}_{lane};", self.of);
        }
    }

    /// The sum within each warp, then of the warps' sums, and one number for the block.
    fn store_totals(&mut self) {
        let of = self.of;
        let totals: Vec<usize> = self.outputs(Output::Total).collect();
        if totals.is_empty() {
            return;
        }
        line!(self, "\tand.b32 %i4, %i2, 31;\n\tshr.u32 %i5, %i2, 5;\n\tshr.u32 %i6, %i1, 5;");
        line!(
            self,
            "\tsetp.eq.u32 %q1, %i4, 0;\n\tsetp.lt.u32 %q2, %i2, %i6;\n\tsetp.eq.u32 %q3, %i2, 0;\n\tsetp.ge.u32 %q4, %i2, 32;"
        );
        for &k in &totals {
            self.sum_of_warp(k);
            line!(
                self,
                "\tmov.u32 %i7, s{k};\n\tmad.lo.u32 %i8, %i5, {0}, %i7;\n\t@%q1 st.shared.{of} [%i8], %t{k};",
                self.bytes
            );
        }
        line!(self, "\tbar.sync 0;\n\t@%q4 bra $end;");
        for &k in &totals {
            let zero = if self.bytes == 4 { "0f00000000" } else { "0d0000000000000000" };
            line!(
                self,
                "\tmov.u32 %i7, s{k};\n\tmad.lo.u32 %i8, %i4, {}, %i7;\n\tmov.{of} %t{k}, {zero};\n\t@%q2 ld.shared.{of} %t{k}, [%i8];",
                self.bytes
            );
            self.sum_of_warp(k);
            line!(
                self,
                "\tmul.wide.u32 %l6, %i0, {};\n\tadd.s64 %l6, %l6, %py{k};\n\t@%q3 st.global.{of} [%l6], %t{k};",
                self.bytes
            );
        }
        line!(self, "$end:");
    }

    fn sum_of_warp(&mut self, k: usize) {
        let of = self.of;
        for distance in [16, 8, 4, 2, 1] {
            line!(self, "\t{{\n\t.reg .{of} %other;");
            if self.bytes == 4 {
                line!(self, "\tshfl.sync.down.b32 %other, %t{k}, {distance}, 31, -1;");
            } else {
                line!(self, "\tmov.b64 {{%i9, %i10}}, %t{k};");
                line!(self, "\tshfl.sync.down.b32 %i9, %i9, {distance}, 31, -1;");
                line!(self, "\tshfl.sync.down.b32 %i10, %i10, {distance}, 31, -1;");
                line!(self, "\tmov.b64 %other, {{%i9, %i10}};");
            }
            line!(self, "\tadd.rn.{of} %t{k}, %t{k}, %other;\n\t}}");
        }
    }
}

/// What several elements are together: `{%x0_0, %x0_1}`.
fn vector(name: &str, k: usize, lanes: usize) -> String {
    let parts: Vec<String> = (0..lanes).map(|lane| format!("%{name}{k}_{lane}")).collect();
    format!("{{{}}}", parts.join(", "))
}
