//! What a program says where there is no driver. (A process of its own: drivers are looked for once.)

use wengert_cuda_kernels::launch::{Device, Error, use_driver};

#[test]
fn without_a_driver_there_is_an_error_in_the_words_of_the_system() {
    // (Also on a machine that has one.)
    // SAFETY: no function is found.
    let choose = || unsafe { use_driver(|_| core::ptr::null()) };
    assert!(choose());
    assert!(!choose(), "a driver is chosen once");
    for _ in 0..2 {
        let error = Device::cuda(0).unwrap_err();
        let Error::NoDriver(words) = &error else { panic!("{error:?}") };
        assert!(words.contains("libcuda.so.1"), "{words}");
        let message = error.to_string();
        assert!(message.starts_with("there is no NVIDIA driver here (libcuda.so.1"), "{message}");
        assert!(message.ends_with("install one, or compute on the CPU"), "{message}");
    }
}
