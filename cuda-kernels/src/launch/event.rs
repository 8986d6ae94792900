use core::fmt;
use core::time::Duration;

use cust::event::{EventFlags, EventStatus};

use super::device::Device;
use super::error::Error;
use super::raw;

/// A mark in the order of a device's work.
pub struct Event {
    event: cust::event::Event,
    device: Device,
}

impl Event {
    pub(super) fn new(device: &Device) -> Result<Self, Error> {
        device.enter()?;
        let event = cust::event::Event::new(EventFlags::DEFAULT)
            .map_err(|_| raw::failure("cuEventCreate"))?;
        event.record(device.stream()).map_err(|_| raw::failure("cuEventRecord"))?;
        Ok(Event { event, device: device.clone() })
    }

    /// Whether the work before it is done.
    ///
    /// # Errors
    /// Those of kernels that have failed, in the driver's words.
    pub fn is_done(&self) -> Result<bool, Error> {
        self.device.enter()?;
        let status = self.event.query().map_err(|_| raw::failure("cuEventQuery"))?;
        Ok(status == EventStatus::Ready)
    }

    /// Waits until the work before it is done.
    ///
    /// # Errors
    /// Those of kernels that have failed, in the driver's words.
    pub fn wait(&self) -> Result<(), Error> {
        self.device.enter()?;
        self.event.synchronize().map_err(|_| raw::failure("cuEventSynchronize"))
    }

    /// How long the work between `earlier` and this mark took; waits until it is done.
    ///
    /// # Errors
    /// Those of kernels that have failed, in the driver's words.
    ///
    /// # Panics
    /// If they are marks on different devices.
    #[track_caller]
    pub fn since(&self, earlier: &Event) -> Result<Duration, Error> {
        assert!(
            self.device == earlier.device,
            "since: events on {} and on {}; time is measured on one device",
            self.device,
            earlier.device
        );
        self.wait()?;
        let milliseconds = self
            .event
            .elapsed_time_f32(&earlier.event)
            .map_err(|_| raw::failure("cuEventElapsedTime"))?;
        Ok(Duration::from_secs_f64(f64::from(milliseconds.max(0.0)) * 1e-3))
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event(on {})", self.device)
    }
}
