//! Tensors in files. What is read was written byte by byte here, and what is written is looked at byte by byte.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use wengert_tensor::files::{FileError, npy, npz, safetensors};
use wengert_tensor::*;

/// A file that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Scratch(std::env::temp_dir().join(format!("wengert-{}-{name}", std::process::id())))
    }
    fn with(name: &str, bytes: &[u8]) -> Self {
        let file = Self::new(name);
        fs::write(&file, bytes).expect("a writable folder");
        file
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A `.npy` file of version 1.0, as its description has it.
fn npy_bytes(descriptor: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let mut header =
        format!("{{'descr': '{descriptor}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn little_endian(elements: &[f64]) -> Vec<u8> {
    elements.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn npy_is_read_in_either_order() -> Result<(), Box<dyn Error>> {
    let elements = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let rows =
        Scratch::with("rows.npy", &npy_bytes("<f8", false, "(2, 3)", &little_endian(&elements)));
    assert_eq!(npy::load::<f64>(&rows)?, Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    let columns =
        Scratch::with("columns.npy", &npy_bytes("<f8", true, "(2, 3)", &little_endian(&elements)));
    assert_eq!(npy::load::<f64>(&columns)?, Tensor::from([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]));
    let big: Vec<u8> = [1.5_f32, -2.5].iter().flat_map(|x| x.to_be_bytes()).collect();
    let big = Scratch::with("big.npy", &npy_bytes(">f4", false, "(2,)", &big));
    assert_eq!(npy::load::<f32>(&big)?, Tensor::from([1.5, -2.5]));
    let number = Scratch::with("number.npy", &npy_bytes("<i8", false, "()", &7_i64.to_le_bytes()));
    assert_eq!(npy::load::<i64>(&number)?, Tensor::from(7));
    Ok(())
}

#[test]
fn npy_is_written_as_described() -> Result<(), Box<dyn Error>> {
    let file = Scratch::new("written.npy");
    npy::save(&file, &Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))?;
    let bytes = fs::read(&file)?;
    assert!(bytes.starts_with(b"\x93NUMPY"));
    let header = String::from_utf8_lossy(&bytes[..128]).into_owned();
    for part in ["'descr': '<f8'", "'fortran_order': False", "'shape': (2, 3)"] {
        assert!(header.contains(part), "{header}");
    }
    assert!(bytes.ends_with(&little_endian(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])));

    fn round_trip<T: npy::NpyElement>(tensor: &Tensor<T>) -> Result<(), Box<dyn Error>> {
        let file = Scratch::new(&format!("trip-{}-{}.npy", T::NAME, tensor.rank()));
        npy::save(&file, tensor)?;
        assert_eq!(&npy::load::<T>(&file)?, tensor);
        Ok(())
    }
    round_trip(&Tensor::from([[1.0, 2.0, 3.0]]).transpose())?;
    round_trip(&Tensor::from([1.0, 2.0]).expand([3, 2]))?;
    round_trip(&Tensor::<f64>::zeros([3, 0, 2]))?;
    round_trip(&Tensor::from(0.1_f32))?;
    round_trip(&Tensor::from([[-1_i32, 2]]))?;
    round_trip(&Tensor::from([i64::MIN, i64::MAX]))?;
    round_trip(&Tensor::from([0_u8, 255]))?;
    round_trip(&Tensor::from([true, false]))
}

#[derive(Tree, Clone, Debug, PartialEq)]
struct Layer<A> {
    weight: A,
    bias: Option<A>,
}

#[derive(Tree, Clone, Debug, PartialEq)]
struct Model<A> {
    layers: Vec<Layer<A>>,
    scale: A,
    steps: u32,
}

fn model<T: Element>(seed: f64) -> Model<Tensor<T>> {
    let wave = |shape: &[usize]| {
        Tensor::from_fn(shape, |i| T::nearest((seed + i.iter().sum::<usize>() as f64).sin()))
    };
    let layers = vec![
        Layer { weight: wave(&[2, 3]), bias: Some(wave(&[3])) },
        Layer { weight: wave(&[3, 1]).transpose().transpose(), bias: None },
    ];
    Model { layers, scale: wave(&[]), steps: 5 }
}

const NAMES: [&str; 4] = ["layers.0.bias", "layers.0.weight", "layers.1.weight", "scale"];

#[test]
fn models_pass_through_npz_and_safetensors() -> Result<(), Box<dyn Error>> {
    let saved = model::<f64>(0.5);
    let (archive, tensors) = (Scratch::new("model.npz"), Scratch::new("model.safetensors"));
    npz::save(&archive, &saved)?;
    safetensors::save(&tensors, &saved)?;
    for named in [npz::load::<f64>(&archive)?, safetensors::load::<f64>(&tensors)?] {
        assert_eq!(named.keys().collect::<Vec<_>>(), NAMES);
        assert_eq!(named["layers.0.weight"], saved.layers[0].weight);
        assert_eq!(named["scale"], saved.scale);
    }
    let mut loaded = model::<f64>(9.0);
    assert_ne!(loaded, saved);
    npz::load_into(&archive, &mut loaded)?;
    assert_eq!(loaded, saved);
    let mut loaded = model::<f64>(9.0);
    safetensors::load_into(&tensors, &mut loaded)?;
    assert_eq!(loaded, saved);

    // A single tensor, which has no name, and single precision.
    let file = Scratch::new("one.safetensors");
    let mut one = Tensor::from([0.0_f32, 0.0]);
    safetensors::save(&file, &Tensor::from([1.5_f32, 2.5]))?;
    safetensors::load_into(&file, &mut one)?;
    assert_eq!(one, Tensor::from([1.5, 2.5]));
    Ok(())
}

/// Eight bytes of length, a header, and data.
fn safetensors_bytes(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn safetensors_are_read_as_described() -> Result<(), Box<dyn Error>> {
    let header = r#"{"b":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"a":{"dtype":"F64","shape":[],"data_offsets":[16,24]}}"#;
    let bytes = safetensors_bytes(header, &little_endian(&[1.0, 2.0, 3.0]));
    let file = Scratch::with("described.safetensors", &bytes);
    let tensors = safetensors::load::<f64>(&file)?;
    let expected = [("a", Tensor::from(3.0)), ("b", Tensor::from([1.0, 2.0]))];
    assert_eq!(tensors, BTreeMap::from(expected.map(|(name, x)| (name.to_string(), x))));

    let written = Scratch::new("written.safetensors");
    safetensors::save(
        &written,
        &BTreeMap::from([("x", Tensor::from([[1_f32, 2.0]]).transpose())]),
    )?;
    let bytes = fs::read(&written)?;
    let length = u64::from_le_bytes(bytes[..8].try_into()?) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length])?;
    assert_eq!(
        header,
        serde_json::json!({"x": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}})
    );
    assert_eq!(bytes[8 + length..], [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
    Ok(())
}

#[test]
fn errors_say_what_is_wrong() -> Result<(), Box<dyn Error>> {
    let missing = npy::load::<f64>("/no/such/file.npy").expect_err("no file");
    assert!(matches!(missing, FileError::Io { .. }));
    assert!(missing.to_string().starts_with("/no/such/file.npy: "), "{missing}");
    assert!(matches!(safetensors::load::<f64>("/no/such"), Err(FileError::Io { .. })));
    let into_nowhere = safetensors::save("/no/such/folder/x", &Tensor::from(1.0));
    assert!(matches!(into_nowhere, Err(FileError::Io { .. })), "{into_nowhere:?}");

    let garbage = Scratch::with("garbage", b"this is no file of any format at all");
    let not_npy = npy::load::<f64>(&garbage).expect_err("garbage");
    assert!(matches!(not_npy, FileError::Format { .. }), "{not_npy:?}");
    assert!(not_npy.source().is_some());
    assert!(matches!(npz::load::<f64>(&garbage), Err(FileError::Format { .. })));
    assert!(matches!(safetensors::load::<f64>(&garbage), Err(FileError::Format { .. })));

    // Data that is cut off, and a header that promises more than there is.
    let short =
        Scratch::with("short.npy", &npy_bytes("<f8", false, "(3,)", &little_endian(&[1.0])));
    assert!(matches!(
        npy::load::<f64>(&short),
        Err(FileError::Format { .. } | FileError::Io { .. })
    ));
    let header = r#"{"x":{"dtype":"F64","shape":[5],"data_offsets":[0,8]}}"#;
    let bytes = safetensors_bytes(header, &little_endian(&[1.0]));
    let short = Scratch::with("short.safetensors", &bytes);
    assert!(matches!(safetensors::load::<f64>(&short), Err(FileError::Format { .. })));

    let model = model::<f64>(0.5);
    let (archive, tensors) = (Scratch::new("errors.npz"), Scratch::new("errors.safetensors"));
    npz::save(&archive, &model)?;
    safetensors::save(&tensors, &model)?;
    let other_type = safetensors::load::<f32>(&tensors).expect_err("double precision");
    let text = other_type.to_string();
    assert!(text.ends_with("has elements of type F64, and f32 is wanted"), "{text}");
    let other_type = npz::load::<f32>(&archive).expect_err("double precision");
    let text = other_type.to_string();
    assert!(text.contains("the tensor “layers.0.bias” has elements of type '<f8'"), "{text}");

    // What does not fit changes nothing.
    let mut narrow = model.clone();
    narrow.scale = Tensor::zeros([2]);
    narrow.layers[0].weight = Tensor::zeros([2, 3]);
    let before = narrow.clone();
    let text = npz::load_into(&archive, &mut narrow).expect_err("another shape").to_string();
    assert!(text.ends_with("the tensor “scale” has shape [], and [2] is wanted"), "{text}");
    assert_eq!(narrow, before);
    let mut deeper = model.clone();
    deeper.layers[1].bias = Some(Tensor::zeros([1]));
    let text = safetensors::load_into(&tensors, &mut deeper).expect_err("one more").to_string();
    assert!(text.ends_with("there is no tensor “layers.1.bias” in it"), "{text}");
    let mut shallower = model.clone();
    shallower.layers.pop();
    let text = safetensors::load_into(&tensors, &mut shallower).expect_err("one less").to_string();
    assert!(text.ends_with("there is no place for “layers.1.weight”"), "{text}");
    Ok(())
}

#[test]
#[should_panic(expected = "npz::save: two tensors of the tree are named “a.b.c”")]
fn names_are_unique() {
    let inner = |key| BTreeMap::from([(key, Tensor::from(1.0))]);
    let tree = BTreeMap::from([("a", inner("b.c")), ("a.b", inner("c"))]);
    let _ = npz::save("/no/such/folder/x", &tree);
}
