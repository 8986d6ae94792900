//! The sources of kernels, compiled for the host.

use core::ffi::{CStr, c_char, c_int, c_void};
use std::collections::BTreeSet;
use std::ffi::{CString, OsStr};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::functions::lookup;
use crate::machine::Dimensions;
use crate::ptx::entries;

type Launch =
    unsafe extern "C" fn(*const c_char, *const u32, *const u32, *mut *mut c_void, u32) -> c_int;
type Signature = unsafe extern "C" fn(*const c_char) -> *const c_char;

#[derive(Clone, Copy)]
struct Library {
    launch: Launch,
    signature: Signature,
}

/// Those that are loaded.
fn libraries() -> MutexGuard<'static, Vec<Library>> {
    static LIBRARIES: Mutex<Vec<Library>> = Mutex::new(Vec::new());
    LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Compiles the kernels of `wengert-cuda-kernels` for the host, by the C++ compiler (`CXX`, or else `c++`), so that they run where
/// they are launched; and gives the driver's functions, for `launch::use_driver`.
///
/// Libraries are kept in a folder beside the program, for all programs there, and made again when sources change. Without a call
/// of this, kernels run as their PTX says, which takes longer.
///
/// # Panics
/// If there is no compiler, or it refuses.
///
/// ```no_run
/// // (In a test: `unsafe { wengert_cuda_kernels::launch::use_driver(install()) };`)
/// let lookup = wengert_cuda_emulation::install();
/// assert!(!lookup(c"cuInit").is_null());
/// ```
pub fn install() -> fn(&CStr) -> *const c_void {
    let mut libraries = libraries();
    if libraries.is_empty() {
        *libraries = compile(&results());
    }
    lookup
}

/// A folder beside the program: where Cargo builds, if it is one of Cargo's.
fn results() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let of_cargo = program.ancestors().find(|path| path.ends_with("deps"));
    let folder = of_cargo.and_then(Path::parent).map_or_else(std::env::temp_dir, Path::to_owned);
    folder.join("wengert-emulated-kernels")
}

fn compile(results: &Path) -> Vec<Library> {
    fs::create_dir_all(results).expect("a writable folder");
    let device = Path::new(env!("CARGO_MANIFEST_DIR")).join("device.h");
    let package = device.ancestors().nth(2).expect("the package that this one is in");
    let (mut sources, mut headers) = (BTreeSet::new(), BTreeSet::from([device.clone()]));
    for file in fs::read_dir(package.join("kernels")).expect("the kernels") {
        let path = file.expect("an entry").path();
        match path.extension().and_then(OsStr::to_str) {
            Some("cu") => _ = sources.insert(path),
            _ => _ = headers.insert(path),
        }
    }
    let read = |path: &Path| fs::read_to_string(path).expect("a readable file");
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    let library = |source: &PathBuf| {
        let name = source.file_stem().expect("a name").to_string_lossy();
        let ptx = read(&package.join(format!("ptx/{name}.ptx")));
        let kernels = entries(&ptx);
        let list: String =
            kernels.iter().map(|kernel| format!("    ENTRY({}),\n", kernel.name)).collect();
        let text = format!(
            "#include \"{}\"\n#include \"{}\"\nconst emulation::Entry entries[] = {{\n{list}}};\nconst int entry_count = {};\n",
            device.display(),
            source.display(),
            kernels.len(),
        );
        let mut hasher = DefaultHasher::new();
        (&compiler, &text, read(source)).hash(&mut hasher);
        headers.iter().for_each(|header| read(header).hash(&mut hasher));
        let library = results.join(format!("{name}-{:016x}.so", hasher.finish()));
        if !library.exists() {
            // (Under a name of this process first: another may do the same.)
            let own = |ending: &str| results.join(format!("{name}-{}.{ending}", process::id()));
            let (main, unfinished) = (own("cpp"), own("so"));
            fs::write(&main, text).expect("a writable folder");
            run(&compiler, &main, &unfinished);
            fs::rename(&unfinished, &library).expect("a writable folder");
            fs::remove_file(&main).expect("a writable folder");
        }
        load(&library)
    };
    sources.iter().map(library).collect()
}

fn run(compiler: &str, main: &Path, library: &Path) {
    // (Products and sums are rounded on their own, as the sources of the CPU are.)
    let output = Command::new(compiler)
        .args(["-std=c++17", "-O1", "-ffp-contract=off", "-fPIC", "-shared"])
        .args(["-fno-gnu-unique", "-Wno-unknown-pragmas", "-o"])
        .args([library, main])
        .output()
        .unwrap_or_else(|error| panic!("these tests need a C++ compiler: {compiler}: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} for the host: {words}", main.display());
}

fn load(library: &Path) -> Library {
    let path = CString::new(library.to_str().expect("a path in UTF-8")).expect("no zeros");
    // SAFETY: our own library, whose functions have these types (device.h).
    unsafe {
        let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
        assert!(!library.is_null(), "{path:?} cannot be loaded");
        let launch = libc::dlsym(library, c"emulated_launch".as_ptr());
        let signature = libc::dlsym(library, c"emulated_signature".as_ptr());
        assert!(!launch.is_null() && !signature.is_null());
        Library {
            launch: core::mem::transmute::<*mut c_void, Launch>(launch),
            signature: core::mem::transmute::<*mut c_void, Signature>(signature),
        }
    }
}

/// What the source declares as the parameters of a kernel: `*mut f32, i64`.
pub fn signature(name: &str) -> Option<String> {
    let name = CString::new(name).ok()?;
    let libraries = libraries().clone();
    libraries.iter().find_map(|library| {
        // SAFETY: the name is a C string, and so is the result, which stays; or it is null.
        unsafe {
            let words = (library.signature)(name.as_ptr());
            if words.is_null() {
                return None;
            }
            Some(CStr::from_ptr(words).to_string_lossy().into_owned())
        }
    })
}

/// Runs a kernel; false if no library has one of this name.
pub(crate) fn launch(
    name: &str,
    dimensions: Dimensions,
    arguments: &mut [*mut c_void],
    seed: u32,
) -> Result<bool, String> {
    let c_name = CString::new(name).map_err(|error| error.to_string())?;
    let libraries = libraries().clone();
    for library in libraries {
        // SAFETY: the arguments have been compared with what the source declares.
        let code = unsafe {
            (library.launch)(
                c_name.as_ptr(),
                dimensions.grid.as_ptr(),
                dimensions.block.as_ptr(),
                arguments.as_mut_ptr(),
                seed,
            )
        };
        match code {
            0 => return Ok(true),
            1 => {}
            _ => return Err(format!("{name}: some threads wait where others never come")),
        }
    }
    Ok(false)
}
