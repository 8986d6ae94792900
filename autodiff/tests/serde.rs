//! Numbers written and read again.

use core::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_str, to_string};
use wengert_autodiff::{Dual, DualVec, Matrix, Tape, Taylor, Var, hessian};

/// Writes x as `text`, and reads the same from it. (By `Debug`, as `==` looks at values alone.)
#[track_caller]
fn check<X: Serialize + DeserializeOwned + Debug>(x: X, text: &str) {
    assert_eq!(to_string(&x).unwrap(), text);
    let read: X = from_str(text).unwrap();
    assert_eq!(format!("{read:?}"), format!("{x:?}"));
}

#[test]
fn dual_numbers() {
    check(Dual::new(0.1, -2.0), r#"{"value":0.1,"tangents":[-2.0]}"#);
    check(DualVec { value: 1.5_f32, tangents: [] }, r#"{"value":1.5,"tangents":[]}"#);
    let long = DualVec { value: 1.0, tangents: core::array::from_fn::<f64, 40, _>(|k| k as f64) };
    check(long, &to_string(&long).unwrap());
    check(
        Dual::new(Dual::new(1.0, 2.0), Dual::new(3.0, 4.0)),
        r#"{"value":{"value":1.0,"tangents":[2.0]},"tangents":[{"value":3.0,"tangents":[4.0]}]}"#,
    );
}

#[test]
fn series() {
    check(Taylor::new(1.0, [2.0, 3.0]), r#"{"value":1.0,"higher":[2.0,3.0]}"#);
    check(
        Taylor::new(Dual::new(1.0, 2.0), [Dual::new(3.0, 4.0)]),
        r#"{"value":{"value":1.0,"tangents":[2.0]},"higher":[{"value":3.0,"tangents":[4.0]}]}"#,
    );
}

#[test]
fn every_bit_survives() {
    let x = DualVec { value: 0.1 + 0.2, tangents: [f64::MIN_POSITIVE, -0.0, 1e300 / 3.0] };
    let read: DualVec<f64, 3> = from_str(&to_string(&x).unwrap()).unwrap();
    assert_eq!(read.value.to_bits(), x.value.to_bits());
    assert_eq!(read.tangents.map(f64::to_bits), x.tangents.map(f64::to_bits));
}

#[test]
fn recorded_numbers_become_constants() {
    let tape = Tape::new();
    let x = tape.var(3.0);
    assert_eq!(to_string(&(x * x)).unwrap(), "9.0");
    let y: Var<f64> = from_str("9.0").unwrap();
    assert!(y.is_constant());
    // A constant is part of any recording.
    assert_eq!(tape.gradient(x * y).wrt(x), 9.0);
    check(Var::constant(Dual::new(1.0, 2.0)), r#"{"value":1.0,"tangents":[2.0]}"#);
    check(vec![Var::<f64>::from(1.0), Var::from(2.0)], "[1.0,2.0]");
}

#[test]
fn matrices() {
    let h = hessian(|x| x[0] * x[0] * x[1], &[3.0, 5.0]);
    check(h, r#"{"rows":2,"columns":2,"elements":[10.0,6.0,6.0,0.0]}"#);
    check(Matrix::from_vec(0, 3, Vec::<f64>::new()), r#"{"rows":0,"columns":3,"elements":[]}"#);
}

#[test]
fn what_does_not_fit_is_an_error() {
    #[track_caller]
    fn rejects<X: DeserializeOwned + Debug>(text: &str, reason: &str) {
        let error = from_str::<X>(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    rejects::<Dual<f64>>(
        r#"{"value":1.0,"tangents":[1.0,2.0]}"#,
        "invalid length 2, expected an array of 1",
    );
    rejects::<Taylor<f64, 2>>(
        r#"{"value":1.0,"higher":[1.0]}"#,
        "invalid length 1, expected an array of 2",
    );
    rejects::<Dual<f64>>(r#"{"value":1.0}"#, "missing field `tangents`");
    rejects::<Var<f64>>(r#""x""#, "invalid type");
    rejects::<Matrix<f64>>(
        r#"{"rows":2,"columns":2,"elements":[1.0]}"#,
        "invalid length 1, expected the elements of a matrix of 2 × 2",
    );
    let huge = format!(r#"{{"rows":{0},"columns":{0},"elements":[]}}"#, 1_u64 << 32);
    rejects::<Matrix<f64>>(&huge, "invalid length 0");
}
