use core::ffi::c_void;
use core::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use super::arguments::Argument;
use super::device::Device;
use super::dimensions::Dimensions;
use super::error::Error;
use super::raw;
use crate::signature::Parameter;

/// A kernel on a device, ready to be launched.
#[derive(Clone)]
pub struct Function {
    /// Goes before the device.
    code: Arc<Code>,
    device: Device,
}

/// What a device keeps of a kernel.
pub(super) struct Code {
    name: Box<str>,
    parameters: Box<[Parameter]>,
    shared_bytes: u32,
    function: raw::Function,
    /// Keeps the function's code.
    _module: Arc<raw::Module>,
}

impl Code {
    pub(super) fn new(
        module: Arc<raw::Module>,
        name: &str,
        parameters: &[Parameter],
        shared_bytes: u32,
    ) -> Result<Self, Error> {
        let function = module.function(name)?;
        if shared_bytes > 0 {
            function.allow_shared(shared_bytes)?;
        }
        let (name, parameters) = (name.into(), parameters.into());
        Ok(Code { name, parameters, shared_bytes, function, _module: module })
    }
}

impl Function {
    pub(super) fn new(device: &Device, code: Arc<Code>) -> Self {
        Function { code, device: device.clone() }
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The name of the kernel.
    pub fn name(&self) -> &str {
        &self.code.name
    }

    /// What it takes.
    pub fn parameters(&self) -> &[Parameter] {
        &self.code.parameters
    }

    /// Lets the device run it, after all that was asked for before, and does not wait for it. A grid without blocks does
    /// nothing.
    ///
    /// # Errors
    /// If the driver refuses, or an earlier kernel has failed; in the driver's words.
    ///
    /// # Panics
    /// If the arguments are not as many as the kernel declares, or of other types, or on another device.
    ///
    /// # Safety
    /// Types are checked, extents are not: with these arguments the kernel must stay within the buffers.
    #[track_caller]
    pub unsafe fn launch(
        &self,
        dimensions: Dimensions,
        arguments: &[Argument<'_>],
    ) -> Result<(), Error> {
        self.check(arguments);
        if dimensions.grid.contains(&0) {
            return Ok(());
        }
        self.device.enter()?;
        let mut places: SmallVec<[*mut c_void; 32]> =
            arguments.iter().map(Argument::pointer).collect();
        let Dimensions { grid, block } = dimensions;
        let Code { function, shared_bytes, .. } = &*self.code;
        // SAFETY: the module is kept; the types are those declared, which tests compare with the source; buffers are live, as
        // they are borrowed here, and stay until the kernel is done, as the device does all in order; extents are
        // the caller's promise.
        unsafe { function.launch(grid, block, *shared_bytes, self.device.stream(), &mut places) }
    }

    #[track_caller]
    fn check(&self, arguments: &[Argument<'_>]) {
        let (Code { name, parameters, .. }, device) = (&*self.code, &self.device);
        assert!(
            arguments.len() == parameters.len(),
            "{name}: {} arguments for {} parameters: {self:?}",
            arguments.len(),
            parameters.len()
        );
        for (number, (argument, parameter)) in arguments.iter().zip(parameters.iter()).enumerate() {
            assert!(
                argument.kind == *parameter,
                "{name}: argument {number} is {}, and the parameter {parameter}: {self:?}",
                argument.kind
            );
            if let Some(place) = argument.device {
                assert!(
                    place == device,
                    "{name}: argument {number} is on {place}, and the kernel on {device}; copy it there first"
                );
            }
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.code.name)?;
        for (number, parameter) in self.code.parameters.iter().enumerate() {
            write!(f, "{}{parameter}", if number == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
