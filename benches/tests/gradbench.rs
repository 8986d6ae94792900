//! The evaluations of GradBench, as the benchmark sees them: messages in, responses out. Each derivative is compared
//! with quotients of differences of the function itself, at a small size.

use serde_json::{Value, json};
use wengert_benches::gradbench::protocol::respond;

fn ask(message: &Value) -> Value {
    serde_json::from_str(&respond(&message.to_string())).unwrap()
}

#[track_caller]
fn evaluate(module: &str, function: &str, input: &Value) -> Value {
    let message = json!({
        "id": 7, "kind": "evaluate", "module": module, "function": function, "input": input,
        "description": "a test",
    });
    let mut response = ask(&message);
    assert_eq!((&response["id"], &response["success"]), (&json!(7), &json!(true)), "{response}");
    response["output"].take()
}

/// All numbers of a JSON value, in order.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(numbers).collect(),
        Value::Object(fields) => fields.values().flat_map(numbers).collect(),
        _ => value.as_f64().into_iter().collect(),
    }
}

/// Numbers between −1 and 1 that look random.
fn scattered(n: usize) -> Vec<f64> {
    (1..=n).map(|k| (k as f64 * 0.618_033_988_749_894_9).fract() * 2.0 - 1.0).collect()
}

fn matrix(rows: usize, columns: usize) -> Value {
    json!(scattered(rows * columns + 3)[3..].chunks(columns).collect::<Vec<_>>())
}

/// The derivative of a function's outputs with respect to the element of its input at `place`, a JSON pointer.
#[track_caller]
fn quotient(module: &str, function: &str, input: &Value, place: &str) -> Vec<f64> {
    let at = |step: f64| {
        let mut input = input.clone();
        let element = input.pointer_mut(place).expect(place);
        *element = json!(element.as_f64().unwrap() + step);
        numbers(&evaluate(module, function, &input))
    };
    let h = 1e-3;
    let points = [at(-2.0 * h), at(-h), at(h), at(2.0 * h)];
    let quotient = |k: usize| {
        (8.0 * (points[2][k] - points[1][k]) - (points[3][k] - points[0][k])) / (12.0 * h)
    };
    (0..points[0].len()).map(quotient).collect()
}

#[track_caller]
fn assert_close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    let largest = want.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    assert!(largest > 1e-3, "a derivative that is zero proves nothing: {want:?}");
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs();
        assert!(error <= 1e-7 * largest.max(1.0), "{k}: {got} is not {want}");
    }
}

/// Compares the gradient of a function that has one result.
#[track_caller]
fn check_gradient(module: &str, [primal, gradient]: [&str; 2], input: &Value, places: &[String]) {
    let want: Vec<f64> =
        places.iter().map(|place| quotient(module, primal, input, place)[0]).collect();
    assert_close(&numbers(&evaluate(module, gradient, input)), &want);
}

/// The places of all numbers of a matrix in the input.
fn places(name: &str, rows: usize, columns: usize) -> Vec<String> {
    let place = |k| format!("/{name}/{}/{}", k / columns, k % columns);
    (0..rows * columns).map(place).collect()
}

#[test]
fn every_message_has_a_response() {
    let start = json!({"id": 0, "kind": "start", "eval": "gmm", "config": {"any": "thing"}});
    assert_eq!(ask(&start), json!({"id": 0, "tool": "wengert"}));
    for module in [
        "hello", "ba", "det", "gmm", "ht", "kmeans", "llsq", "lse", "lstm", "ode", "particle",
        "saddle",
    ] {
        let define = json!({"id": 1, "kind": "define", "module": module});
        assert_eq!(ask(&define), json!({"id": 1, "success": true}));
    }
    let response = ask(&json!({"id": 1, "kind": "define", "module": "weather"}));
    assert_eq!((&response["success"], response["error"].is_string()), (&json!(false), true));
    let analysis = json!({"id": 3, "kind": "analysis", "of": 2, "valid": false, "error": "no"});
    assert_eq!(ask(&analysis), json!({"id": 3}));
    assert_eq!(ask(&json!({"id": 4, "kind": "surprise"})), json!({"id": 4}));
}

#[test]
fn failures_are_responses() {
    let evaluate = |module: &str, function: &str, input: Value| {
        json!({
            "id": 5, "kind": "evaluate", "module": module, "function": function, "input": input
        })
    };
    for message in [
        evaluate("lse", "hessian", json!({"x": [1.0]})),
        evaluate("weather", "primal", json!({})),
        evaluate("lse", "primal", json!({"x": "one"})),
        evaluate("lse", "primal", json!({"x": []})),
        evaluate("kmeans", "cost", json!({"points": [[1, 2], [3]], "centroids": [[1, 2]]})),
        evaluate("particle", "fff", json!({"w": 0})),
        json!({"id": 5, "kind": "evaluate", "module": "lse", "function": "primal"}),
    ] {
        let response = ask(&message);
        assert_eq!(
            (&response["id"], &response["success"]),
            (&json!(5), &json!(false)),
            "{message}"
        );
        assert!(response["error"].as_str().is_some_and(|error| !error.is_empty()), "{response}");
    }
    let response: Value = serde_json::from_str(&respond("no JSON")).unwrap();
    assert_eq!(response["success"], json!(false));
}

#[test]
fn runs_are_counted_and_timed() {
    let timings = |runs: Value| {
        let mut input = json!({"x": scattered(1000)});
        input.as_object_mut().unwrap().extend(runs.as_object().unwrap().clone());
        let message = json!({
            "id": 2, "kind": "evaluate", "module": "lse", "function": "gradient", "input": input
        });
        let response = ask(&message);
        let timings = response["timings"].as_array().unwrap();
        assert!(timings.iter().all(|timing| timing["name"] == "evaluate"));
        let nanoseconds = timings.iter().map(|timing| timing["nanoseconds"].as_u64().unwrap());
        (timings.len(), nanoseconds.sum::<u64>())
    };
    assert_eq!(timings(json!({"min_runs": 3, "min_seconds": 0})).0, 3);
    assert_eq!(timings(json!({})).0, 1);
    assert!(timings(json!({"min_runs": 1, "min_seconds": 0.02})).1 >= 20_000_000);
}

#[test]
fn hello() {
    assert_eq!(evaluate("hello", "square", &json!(3.0)), json!(9.0));
    assert_eq!(evaluate("hello", "double", &json!(3)), json!(6.0));
}

#[test]
fn lse() {
    let input = json!({"x": scattered(5)});
    let places: Vec<_> = (0..5).map(|k| format!("/x/{k}")).collect();
    check_gradient("lse", ["primal", "gradient"], &input, &places);
}

#[test]
fn llsq() {
    let input = json!({"x": scattered(4), "n": 9});
    let places: Vec<_> = (0..4).map(|k| format!("/x/{k}")).collect();
    check_gradient("llsq", ["primal", "gradient"], &input, &places);
}

#[test]
fn det() {
    let input = json!({"A": scattered(16), "ell": 4});
    let places: Vec<_> = (0..16).map(|k| format!("/A/{k}")).collect();
    check_gradient("det", ["primal", "gradient"], &input, &places);
    let identity = json!({"A": [0, 0, 1, 1, 0, 0, 0, 1, 0], "ell": 3});
    assert_eq!(evaluate("det", "primal", &identity), json!(1.0));
    assert_eq!(evaluate("det", "gradient", &json!({"A": [5], "ell": 1})), json!([1.0]));
}

#[test]
fn ode() {
    let input = json!({"x": [0.5, -0.7, 1.1, 0.9], "s": 5});
    let want: Vec<f64> =
        (0..4).map(|k| quotient("ode", "primal", &input, &format!("/x/{k}"))[3]).collect();
    assert_close(&numbers(&evaluate("ode", "gradient", &input)), &want);
    // The method is exact here: y₃(2) = x₀ x₁ x₂ x₃ 2⁴/4!
    let y = numbers(&evaluate("ode", "primal", &input));
    assert!((y[3] - 0.5 * -0.7 * 1.1 * 0.9 * 16.0 / 24.0).abs() < 1e-14);

    // The last steps look at the last of many components only.
    let x: Vec<f64> = scattered(10).iter().map(|x| x + 3.0).collect();
    let input = json!({"x": x, "s": 4});
    let want: Vec<f64> =
        (0..10).map(|k| quotient("ode", "primal", &input, &format!("/x/{k}"))[9]).collect();
    assert_close(&numbers(&evaluate("ode", "gradient", &input)), &want);
}

#[test]
fn gmm() {
    let (d, k, n) = (3, 2, 20);
    let input = json!({
        "d": d, "k": k, "n": n, "m": 2, "gamma": 1.5, "x": matrix(n, d), "alpha": scattered(k),
        "mu": matrix(k, d), "q": matrix(k, d), "l": matrix(k, d * (d - 1) / 2),
    });
    let output = evaluate("gmm", "jacobian", &input);
    let alpha = (0..k).map(|k| format!("/alpha/{k}")).collect();
    let lists = [alpha, places("mu", k, d), places("q", k, d), places("l", k, d * (d - 1) / 2)];
    for (name, places) in ["alpha", "mu", "q", "l"].iter().zip(lists) {
        let want: Vec<f64> =
            places.iter().map(|place| quotient("gmm", "objective", &input, place)[0]).collect();
        assert_close(&numbers(&output[name]), &want);
    }
    assert_eq!(output["l"][1].as_array().unwrap().len(), 3);
}

/// With one component in one dimension, the likelihood is that of a Gaussian of mean μ and deviation exp(−q), and the
/// prior that of a Gamma distribution.
#[test]
fn gmm_in_one_dimension() {
    let (x, mu, q, gamma) = (0.3, -0.4, 0.25_f64, 1.5);
    let input = json!({
        "d": 1, "k": 1, "n": 1, "m": 1, "gamma": gamma, "x": [[x]], "alpha": [0.7], "mu": [[mu]],
        "q": [[q]], "l": [[]],
    });
    let likelihood =
        q - 0.5 * ((x - mu) * q.exp()).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln();
    // n = 3 degrees of freedom: Γ(3/2) = √π / 2
    let log_gamma = (std::f64::consts::PI.sqrt() / 2.0).ln();
    let prior =
        3.0 * (gamma / 2.0_f64.sqrt()).ln() - log_gamma - 0.5 * (gamma * q.exp()).powi(2) + q;
    let got = evaluate("gmm", "objective", &input).as_f64().unwrap();
    assert!((got - likelihood - prior).abs() < 1e-13, "{got} is not {}", likelihood + prior);
    assert_eq!(evaluate("gmm", "jacobian", &input)["l"], json!([[]]));
}

#[test]
fn lstm() {
    let (layers, bits, characters) = (2, 3, 5);
    let bit = |k: usize| k % 3 % 2;
    let sequence: Vec<Vec<usize>> =
        (0..characters).map(|t| (0..bits).map(|i| bit(t * 7 + i * 5)).collect()).collect();
    let input = json!({
        "main_params": matrix(2 * layers, 4 * bits), "extra_params": matrix(3, bits),
        "state": matrix(2 * layers, bits), "sequence": sequence,
    });
    let places = [places("main_params", 2 * layers, 4 * bits), places("extra_params", 3, bits)];
    check_gradient("lstm", ["objective", "jacobian"], &input, &places.concat());
}

/// The direction is the gradient over the diagonal of the Hessian.
#[test]
fn kmeans() {
    let input = json!({"points": matrix(12, 2), "centroids": [[0.5, 0.4], [-0.5, -0.3]]});
    let direction = evaluate("kmeans", "dir", &input);
    assert_eq!(direction.as_array().unwrap().len(), 2);
    let h = 1e-3;
    let want = places("centroids", 2, 2).into_iter().map(|place| {
        let slope = quotient("kmeans", "cost", &input, &place)[0];
        let mut there = input.clone();
        let element = there.pointer_mut(&place).unwrap();
        *element = json!(element.as_f64().unwrap() + h);
        slope / ((quotient("kmeans", "cost", &there, &place)[0] - slope) / h)
    });
    assert_close(&numbers(&direction), &want.collect::<Vec<_>>());
}

#[test]
fn ba() {
    for axis in [[0.3, -0.2, 0.4], [0.0, 0.0, 0.0]] {
        let mut cam = axis.to_vec();
        cam.extend([0.1, 0.2, -0.3, 1.3, 0.4, 0.5, 0.1, -0.05]);
        let (n, m, p) = (2, 3, 12);
        let input = json!({
            "n": n, "m": m, "p": p, "cam": cam, "x": [0.7, -0.4, 1.9], "w": 0.8, "feat": [0.1, 0.2],
        });
        let errors = evaluate("ba", "objective", &input);
        assert_eq!(errors["reproj_error"]["repeated"], json!(p));
        assert_eq!(errors["w_err"]["repeated"], json!(p));
        assert!((errors["w_err"]["element"].as_f64().unwrap() - 0.36).abs() < 1e-15);

        let jacobian = evaluate("ba", "jacobian", &input);
        let list = |name: &str| numbers(&jacobian[name]);
        let (rows, cols, vals) = (list("rows"), list("cols"), list("vals"));
        assert_eq!((rows.len(), cols.len(), vals.len()), (31, 31, 31));
        assert_eq!((rows[1], rows[30]), (15.0, (30 * p + p) as f64));
        assert_eq!((cols[0], cols[11], cols[14]), (0.0, 22.0, (11 * n + 3 * m) as f64));
        assert_eq!(cols[30], (11 * n + 3 * m + p - 1) as f64);
        assert!((vals[30] + 1.6).abs() < 1e-15);

        let camera = (0..11).map(|k| format!("/cam/{k}"));
        // The quotient of the turn at no turn at all would mix two formulas that agree to first order.
        let skipped = if axis == [0.0; 3] { 3 } else { 0 };
        let all = camera.chain((0..3).map(|k| format!("/x/{k}"))).chain(["/w".to_string()]);
        let want: Vec<Vec<f64>> =
            all.skip(skipped).map(|place| quotient("ba", "objective", &input, &place)).collect();
        for row in 0..2 {
            // (The two errors come first in the output.)
            let want: Vec<f64> = want.iter().map(|errors| errors[row]).collect();
            assert_close(&vals[15 * row + skipped..][..15 - skipped], &want);
        }
    }
}

/// A hand of 22 bones and as many vertices, each of which follows two bones.
fn hand(us: Value) -> Value {
    let (bones, n) = (22_usize, 22_usize);
    let transform = |k: usize| {
        let x = &scattered(400)[k..];
        json!([
            [1.0 + x[0], x[1], x[2], x[3]],
            [x[4], 1.0 - x[5], x[6], x[7]],
            [x[8], x[9], 1.0, x[0]],
            [0.0, 0.0, 0.0, 1.0]
        ])
    };
    let transforms = |first: usize| (0..bones).map(|k| transform(first + k)).collect::<Vec<_>>();
    let parents: Vec<i32> = (0..22).map(|k| if k % 4 == 1 { 0 } else { k - 1 }).collect();
    let positions: Vec<_> =
        scattered(3 * n).chunks(3).map(|x| json!([x[0], x[1], x[2], 1.0])).collect();
    let weights: Vec<Vec<f64>> = (0..n)
        .map(|v| {
            let others = |b| if b == (v + 5) % bones { 0.3 } else { 0.0 };
            let weight = |b| if b == v { 0.7 } else { others(b) };
            (0..bones).map(weight).collect()
        })
        .collect();
    let triangles: Vec<_> = (0..n).map(|k| [k, (k + 7) % n, (k + 10) % n]).collect();
    json!({
        "theta": scattered(26),
        "data": {
            "model": {
                "bone_count": bones, "bone_names": vec!["bone"; bones],
                "parents": parents, "base_relatives": transforms(0),
                "inverse_base_absolutes": transforms(100), "base_positions": positions,
                "weights": weights, "triangles": triangles, "is_mirrored": true,
            },
            "correspondences": [4, 9, 13, 20, 21],
            "points": matrix(5, 3),
        },
        "us": us,
    })
}

#[test]
fn ht() {
    for us in [json!([]), matrix(5, 2)] {
        let complicated = us != json!([]);
        let input = hand(us);
        let jacobian = evaluate("ht", "jacobian", &input);
        let rows: Vec<Vec<f64>> = jacobian.as_array().unwrap().iter().map(numbers).collect();
        assert_eq!((rows.len(), rows[0].len()), (15, if complicated { 28 } else { 26 }));
        let column = |k: usize| rows.iter().map(|row| row[k]).collect::<Vec<_>>();
        let first = if complicated { 2 } else { 0 };
        for k in 0..26 {
            let want = quotient("ht", "objective", &input, &format!("/theta/{k}"));
            let relevant = want.iter().any(|x| x.abs() > 1e-3);
            if relevant {
                assert_close(&column(first + k), &want);
            } else {
                assert!(column(first + k).iter().all(|x| x.abs() < 1e-3));
            }
        }
        for k in 0..first {
            // The errors of point i move with its own u only.
            let want: Vec<f64> = (0..5)
                .flat_map(|i| {
                    quotient("ht", "objective", &input, &format!("/us/{i}/{k}"))[3 * i..][..3]
                        .to_vec()
                })
                .collect();
            assert_close(&column(k), &want);
        }
    }
}

#[test]
fn particle() {
    for modes in ["ff", "fr", "rf", "rr"] {
        let w = evaluate("particle", modes, &json!({"w": 0.0})).as_f64().unwrap();
        assert!((w - 0.207_191_874_648_611_6).abs() < 1e-12, "{modes}: {w}");
    }
}

#[test]
fn saddle() {
    for modes in ["ff", "fr", "rf", "rr"] {
        let place = numbers(&evaluate("saddle", modes, &json!({"start": [1.0, 1.0]})));
        assert_eq!(place.len(), 4);
        for x in place {
            assert!((x - 8.246_324_826_140_356e-6).abs() < 1e-18, "{modes}: {x}");
        }
    }
}
