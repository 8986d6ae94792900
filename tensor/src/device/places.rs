//! Places along an axis, as operations keep them: an operation and its transpose have the same.

#[cfg(feature = "cuda")]
use std::cell::RefCell;
use std::rc::Rc;

#[cfg(feature = "cuda")]
use wengert_cuda_kernels::arrays;

#[cfg(feature = "cuda")]
use super::Cuda;
use crate::tensor::Tensor;

/// Shared by copies. What a device needs of them is copied there when it first needs it, not each time that an operation runs.
#[derive(Clone)]
pub(crate) struct Places(Rc<Listed>);

struct Listed {
    places: Tensor<usize>,
    #[cfg(feature = "cuda")]
    there: RefCell<Option<Rc<arrays::Places>>>,
}

impl Places {
    pub(crate) fn here(&self) -> &Tensor<usize> {
        &self.0.places
    }

    /// On the device that asked last.
    #[cfg(feature = "cuda")]
    pub(crate) fn on(&self, device: &Cuda) -> Rc<arrays::Places> {
        let mut there = self.0.there.borrow_mut();
        if let Some(places) = there.as_ref().filter(|places| places.device() == device) {
            return Rc::clone(places);
        }
        let places = arrays::Places::new(device, &self.0.places.to_vec());
        Rc::clone(there.insert(Rc::new(places)))
    }
}

impl From<&Tensor<usize>> for Places {
    fn from(places: &Tensor<usize>) -> Self {
        Places(Rc::new(Listed {
            places: places.clone(),
            #[cfg(feature = "cuda")]
            there: RefCell::default(),
        }))
    }
}

impl From<&Places> for Places {
    fn from(places: &Places) -> Self {
        places.clone()
    }
}
