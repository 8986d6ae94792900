//! One message in, one response out: lines of JSON.

use std::any::Any;
use std::borrow::Cow;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// The name under which the tool introduces itself.
const TOOL: &str = "wengert";

/// How a function of an evaluation is called.
pub(super) type Function = fn(Call<'_>) -> Result<Report, serde_json::Error>;

#[derive(Deserialize)]
struct Message<'m> {
    id: i64,
    #[serde(borrow)]
    kind: Cow<'m, str>,
    #[serde(default)]
    module: String,
    #[serde(default)]
    function: String,
    #[serde(borrow)]
    input: Option<&'m RawValue>,
}

#[derive(Default, Serialize)]
struct Response {
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    #[serde(flatten)]
    report: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The result of a function, and how long each of its runs took.
#[derive(Serialize)]
pub(super) struct Report {
    output: Box<RawValue>,
    timings: Vec<Timing>,
}

#[derive(Serialize)]
struct Timing {
    name: &'static str,
    nanoseconds: u64,
}

/// How often a function is to be run: so many times at least, and until so many seconds have passed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Runs {
    min_runs: usize,
    min_seconds: f64,
}

/// A request to run a function.
pub(super) struct Call<'m> {
    input: &'m RawValue,
}

impl Call<'_> {
    /// Runs the function on the input as often as the input says.
    pub(super) fn time<I: DeserializeOwned, O: Serialize>(
        self,
        f: impl Fn(&I) -> O,
    ) -> Result<Report, serde_json::Error> {
        let input: I = serde_json::from_str(self.input.get())?;
        // An input that is not an object does not say.
        let runs: Runs = serde_json::from_str(self.input.get()).unwrap_or_default();
        let (mut timings, mut total) = (Vec::new(), 0.0);
        loop {
            let start = Instant::now();
            let output = black_box(f(black_box(&input)));
            let time = start.elapsed();
            total += time.as_secs_f64();
            timings.push(Timing { name: "evaluate", nanoseconds: time.as_nanos() as u64 });
            if timings.len() >= runs.min_runs && total >= runs.min_seconds {
                return Ok(Report { output: to_raw_value(&output)?, timings });
            }
        }
    }
}

/// The response to a message. Whatever is wrong with it, and even if the function panics, there is one.
///
/// ```
/// use wengert_benches::gradbench::protocol::respond;
/// assert_eq!(respond(r#"{"id": 0, "kind": "start"}"#), r#"{"id":0,"tool":"wengert"}"#);
/// assert_eq!(
///     respond(r#"{"id": 1, "kind": "define", "module": "gmm"}"#),
///     r#"{"id":1,"success":true}"#
/// );
/// ```
pub fn respond(message: &str) -> String {
    let response = match serde_json::from_str::<Message<'_>>(message) {
        Ok(message) => message.answer(),
        Err(error) => Response::failure(None, error.to_string()),
    };
    serde_json::to_string(&response).expect("a response can be written")
}

impl Response {
    fn failure(id: Option<i64>, error: String) -> Self {
        Self { id, success: Some(false), error: Some(error), ..Self::default() }
    }
}

impl Message<'_> {
    fn answer(&self) -> Response {
        let id = Some(self.id);
        let done = Response { id, success: Some(true), ..Response::default() };
        match &*self.kind {
            "start" => Response { id, tool: Some(TOOL), ..Response::default() },
            "define" if super::MODULES.contains(&&*self.module) => done,
            "define" => Response::failure(id, format!("no module {}", self.module)),
            "evaluate" => match self.evaluate() {
                Ok(report) => Response { report: Some(report), ..done },
                Err(error) => Response::failure(id, error),
            },
            _ => Response { id, ..Response::default() },
        }
    }

    fn evaluate(&self) -> Result<Report, String> {
        let Self { module, function, .. } = self;
        let f = super::function(module, function)
            .ok_or_else(|| format!("no function {function} in module {module}"))?;
        let input = self.input.ok_or("no input")?;
        match catch_unwind(AssertUnwindSafe(|| f(Call { input }))) {
            Ok(report) => report.map_err(|error| error.to_string()),
            Err(panic) => Err(panic_message(&*panic)),
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the function panicked").to_string()
}
