//! The compiler of device code, of one fixed version, from the package index of Python into `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The packages: the compiler's parts, and the headers that it includes.
const PACKAGES: [&str; 4] = [
    "nvidia-cuda-nvcc==13.0.88",
    "nvidia-cuda-crt==13.0.88",
    "nvidia-nvvm==13.0.88",
    "nvidia-cuda-runtime==13.0.96",
];

pub struct Toolchain {
    /// Where the parts lie.
    root: PathBuf,
}

pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of build products.
pub fn target() -> PathBuf {
    // (`cargo run` does not say, but the program that it runs is in `target/<profile>/examples/`.)
    let program = std::env::current_exe().expect("a running program has a path");
    program.ancestors().nth(3).expect("it lies in target/<profile>/examples").into()
}

/// Runs a command, and returns what it wrote to its standard output.
///
/// # Errors
/// With all that it wrote, if it cannot be run or fails.
pub fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{name}: {}\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
    }
}

impl Toolchain {
    /// That in `target/`, installed if it is not there.
    ///
    /// # Errors
    /// If there is no `python3` with `venv`, or no package index.
    pub fn installed() -> Result<Self, String> {
        let folder = target().join("cuda-toolchain");
        let done = folder.join(PACKAGES.join(" "));
        if !done.exists() {
            println!("installing {} into {}", PACKAGES.join(", "), folder.display());
            let _ = fs::remove_dir_all(&folder);
            let explain = |error| {
                format!(
                    "{error}\nThe compiler is installed by `python3 -m venv` and `pip`: both are needed, and a package index."
                )
            };
            run(Command::new("python3").args(["-m", "venv"]).arg(&folder)).map_err(explain)?;
            run(Command::new(folder.join("bin/pip"))
                .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"])
                .args(PACKAGES))
            .map_err(explain)?;
            fs::write(&done, "").map_err(|error| format!("{}: {error}", done.display()))?;
        }
        let lib = folder.join("lib");
        let pythons = fs::read_dir(&lib).map_err(|error| format!("{}: {error}", lib.display()))?;
        let mut roots = pythons
            .filter_map(Result::ok)
            .map(|python| python.path().join("site-packages/nvidia/cu13"))
            .filter(|root| root.join("bin/ptxas").exists());
        let root = roots.next().ok_or_else(|| format!("no ptxas below {}", folder.display()))?;
        Ok(Self { root })
    }

    /// A source as PTX for the given least device, such as `75`. Of kernels, products and sums are fused; a source of
    /// functions keeps all of them, and rounds as it says.
    ///
    /// # Errors
    /// With the compiler's words.
    #[allow(dead_code, reason = "not every program compiles")]
    pub fn compile(&self, source: &Path, device: &str, kernels: bool) -> Result<String, String> {
        let result = target().join("compiled.ptx");
        run(Command::new(self.root.join("bin/nvcc"))
            .args(["-ptx", "-std=c++17", "-O3", "--Werror=all-warnings"])
            .arg(format!("-arch=compute_{device}"))
            .arg(format!("-fmad={kernels}"))
            .arg(format!("-rdc={}", !kernels))
            .arg(source)
            .arg("-o")
            .arg(&result))?;
        fs::read_to_string(&result).map_err(|error| format!("{}: {error}", result.display()))
    }

    /// Assembles a module for a device, such as `90a`.
    ///
    /// # Errors
    /// With the assembler's words.
    pub fn assemble(&self, module: &str, device: &str) -> Result<(), String> {
        let source = target().join("module.ptx");
        fs::write(&source, module).map_err(|error| format!("{}: {error}", source.display()))?;
        run(Command::new(self.root.join("bin/ptxas"))
            .args(["--compile-only", "--warning-as-error"])
            .arg(format!("--gpu-name=sm_{device}"))
            .arg(&source)
            .arg("--output-file")
            .arg(target().join("module.cubin")))
        .map(|_| ())
    }
}
