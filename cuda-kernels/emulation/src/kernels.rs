//! The sources of kernels, compiled for the host.

use core::ffi::{CStr, c_char, c_int, c_void};
use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use crate::machine::Dimensions;

/// A source, and the names of the kernels in it.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// The file, in the folder of the others.
    pub file: &'a str,
    /// Its kernels.
    pub kernels: Vec<&'a str>,
}

type Launch =
    unsafe extern "C" fn(*const c_char, *const u32, *const u32, *mut *mut c_void, u32) -> c_int;
type Signature = unsafe extern "C" fn(*const c_char) -> *const c_char;

#[derive(Clone, Copy)]
struct Library {
    launch: Launch,
    signature: Signature,
}

static LIBRARIES: Mutex<Vec<Library>> = Mutex::new(Vec::new());

/// Compiles the sources for the host by the C++ compiler (`CXX`, or else `c++`) and makes their kernels run where they are
/// launched. Libraries are kept in `results`, and made again when sources change.
///
/// # Panics
/// If there is no compiler, or it refuses.
pub fn compile(folder: &Path, sources: &[Source<'_>], results: &Path) {
    let mut all = LIBRARIES.lock().expect("nobody panics with it");
    if !all.is_empty() {
        return;
    }
    fs::create_dir_all(results).expect("a writable folder");
    let device = Path::new(env!("CARGO_MANIFEST_DIR")).join("device.h");
    let headers: BTreeSet<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "cuh"))
        .chain([device.clone()])
        .collect();
    let hash = |source: &Path, text: &str| {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        for file in headers.iter().map(|path| &**path).chain([source]) {
            fs::read(file).expect("a readable file").hash(&mut hasher);
        }
        hasher.finish()
    };
    for source in sources {
        let name = source.file.replace('.', "_");
        let entries: String =
            source.kernels.iter().map(|kernel| format!("    ENTRY({kernel}),\n")).collect();
        let text = format!(
            "#include \"{}\"\n#include \"{}\"\nconst emulation::Entry entries[] = {{\n{entries}}};\nconst int entry_count = {};\n",
            device.display(),
            folder.join(source.file).display(),
            source.kernels.len(),
        );
        let hash = hash(&folder.join(source.file), &text);
        let library = results.join(format!("{name}-{hash:016x}.so"));
        if !library.exists() {
            let main = results.join(format!("{name}.cpp"));
            fs::write(&main, text).expect("a writable folder");
            let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
            // (Products and sums are rounded on their own, as the sources of the CPU are.)
            let output = Command::new(&compiler)
                .args(["-std=c++17", "-O1", "-ffp-contract=off", "-fPIC", "-shared"])
                .args(["-fno-gnu-unique", "-Wno-unknown-pragmas", "-o"])
                .args([&library, &main])
                .output()
                .unwrap_or_else(|error| {
                    panic!("these tests need a C++ compiler: {compiler}: {error}")
                });
            let words = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{} for the host: {words}", source.file);
        }
        all.push(load(&library));
    }
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
    let libraries = LIBRARIES.lock().expect("nobody panics with it").clone();
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
    let libraries = LIBRARIES.lock().expect("nobody panics with it").clone();
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
