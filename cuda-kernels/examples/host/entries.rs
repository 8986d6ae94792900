//! What is compared: the value and each partial derivative of each row.

use core::fmt::Write;

use wengert_autodiff::{Number, Primitive, Rule, RuleVisitor, rules};
use wengert_cuda_kernels::{Function, Row, partial_entries, partial_name};

use crate::comparison::points::points;

/// A function of the device, with the arguments of its calls and what the row gives; in double and single precision.
pub(super) struct Entry {
    pub(super) name: String,
    /// Two calls, of which the first is in double precision.
    calls: [String; 2],
    pub(super) points: [Vec<Vec<f64>>; 2],
    pub(super) expected: [Vec<f64>; 2],
}

struct Entries(Vec<Entry>);

/// `rule` at the points, in precision `F`; then its partial derivatives, whose last argument is the value if they use it.
fn evaluate<F: Primitive + Number, const A: usize, K: Rule<A>>(
    rule: K,
    points: &[Vec<f64>],
) -> (Vec<[F; A]>, Vec<F>, Vec<Vec<F>>) {
    let arguments: Vec<[F; A]> =
        points.iter().map(|x| core::array::from_fn(|k| F::nearest(x[k]))).collect();
    let values: Vec<F> = arguments.iter().map(|&x| rule.value(x)).collect();
    let at = || arguments.iter().zip(&values);
    let partials =
        (0..A).map(|k| at().map(|(&x, &value)| rule.partial(k, x, value)).collect()).collect();
    (arguments, values, partials)
}

impl RuleVisitor for Entries {
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
        let row = Row::of(rule);
        let mut points = points(A, 2000);
        if K::NAME == "clamp" {
            // (Elsewhere the row panics.)
            points.retain(|x| x[1] <= x[2] && x[1] as f32 <= x[2] as f32);
        }
        let (x64, values64, partials64) = evaluate::<f64, A, K>(rule, &points);
        let (x32, values32, partials32) = evaluate::<f32, A, K>(rule, &points);
        let plain64: Vec<Vec<f64>> = x64.iter().map(|x| x.to_vec()).collect();
        let plain32: Vec<Vec<f64>> =
            x32.iter().map(|x| x.iter().map(|&x| f64::from(x)).collect()).collect();
        let widened =
            |values: &[f32]| -> Vec<f64> { values.iter().map(|&y| f64::from(y)).collect() };
        let function = Function::of(rule);
        let calls = |name: String, count: usize, last: Option<String>| {
            let call = |of: &str, suffix: &str| {
                let arguments = (0..count).map(|k| format!("({of})x[{k}]")).chain(last.clone());
                format!("wengert_{name}_{suffix}({})", arguments.collect::<Vec<_>>().join(", "))
            };
            [call("double", "f64"), call("float", "f32")]
        };
        self.0.push(Entry {
            name: function.to_string(),
            calls: calls(K::NAME.into(), A, row.parameter().map(|n| n.to_string())),
            points: [plain64.clone(), plain32.clone()],
            expected: [values64.clone(), widened(&values32)],
        });
        for k in 0..A {
            let (mut points64, mut points32) = (plain64.clone(), plain32.clone());
            if row.uses_value {
                points64.iter_mut().zip(&values64).for_each(|(x, &y)| x.push(y));
                points32.iter_mut().zip(&values32).for_each(|(x, &y)| x.push(f64::from(y)));
            }
            let name = partial_name(&row, k);
            self.0.push(Entry {
                calls: calls(name, A + usize::from(row.uses_value), None),
                name: format!("∂{k} {function}"),
                points: [points64, points32],
                expected: [partials64[k].clone(), widened(&partials32[k])],
            });
        }
    }
}

pub(super) fn all() -> Vec<Entry> {
    let mut entries = Entries(Vec::new());
    rules::visit_all(&mut entries);
    entries.0
}

/// The program that calls all of them. It reads numbers of double precision from a file, in the order of the entries,
/// first for calls in double precision, then for those in single, and writes the results.
pub(super) fn driver(entries: &[Entry]) -> String {
    let mut text =
        String::from("#include <stdio.h>\n#include <stdlib.h>\n#include \"values.cu\"\n");
    text += &partial_entries();
    text += "
static void call(FILE *file, long count, int arguments, double (*f)(const double *)) {
    double x[8], y;
    for (long k = 0; k < count; k++) {
        if (fread(x, sizeof(double), arguments, file) != (size_t)arguments) exit(1);
        y = f(x);
        fwrite(&y, sizeof(double), 1, stdout);
    }
}

int main(int, char **arguments) {
    FILE *file = fopen(arguments[1], \"rb\");
    if (!file) return 1;
";
    for entry in entries {
        for (call, points) in entry.calls.iter().zip(&entry.points) {
            let (count, arguments) = (points.len(), points[0].len());
            let _ = writeln!(
                text,
                "    call(file, {count}, {arguments}, [](const double *x) -> double {{ return {call}; }});"
            );
        }
    }
    text + "    return 0;\n}\n"
}

pub(super) fn input(entries: &[Entry]) -> Vec<u8> {
    let points = entries.iter().flat_map(|entry| entry.points.iter().flatten().flatten());
    points.flat_map(|x| x.to_ne_bytes()).collect()
}

pub(super) fn output(entries: &[Entry], bytes: &[u8]) -> Result<Vec<[Vec<f64>; 2]>, String> {
    let mut numbers = bytes
        .chunks_exact(8)
        .map(|bytes| f64::from_ne_bytes(bytes.try_into().expect("eight bytes")));
    let expected: usize = entries.iter().flat_map(|entry| &entry.expected).map(Vec::len).sum();
    if bytes.len() != 8 * expected {
        return Err(format!("{} bytes of results, not those of {expected} numbers", bytes.len()));
    }
    let mut take = |count| numbers.by_ref().take(count).collect::<Vec<f64>>();
    Ok(entries.iter().map(|entry| entry.expected.each_ref().map(|e| take(e.len()))).collect())
}
