//! llama.cpp as a library: started once, and what it logs.

use std::ffi::{CStr, c_char, c_void};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::anyhow;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_sys_2::{GGML_LOG_LEVEL_ERROR, ggml_log_level, ggml_log_set, llama_log_set};

/// llama.cpp is initialised once for the process.
pub(super) fn backend() -> anyhow::Result<&'static LlamaBackend> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        listen_to_log();
        LlamaBackend::init().map_err(|error| error.to_string())
    });
    backend
        .as_ref()
        .map_err(|error| anyhow!("llama.cpp cannot start: {error}"))
}

/// The last error that llama.cpp logged: its functions answer with a bare "no".
static LAST_ERROR: Mutex<Option<String>> = Mutex::new(None);

/// The error, with what llama.cpp logged about it.
pub(super) fn with_reason(error: anyhow::Error) -> anyhow::Error {
    match LAST_ERROR.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(reason) => anyhow!("{error}: {reason}"),
        None => error,
    }
}

fn listen_to_log() {
    // SAFETY: the callback is a function that lives as long as the process and takes no data.
    unsafe {
        llama_log_set(Some(log), std::ptr::null_mut());
        ggml_log_set(Some(log), std::ptr::null_mut());
    }
}

/// Passes errors on and drops the rest: llama.cpp describes every load over some hundred lines.
unsafe extern "C" fn log(level: ggml_log_level, text: *const c_char, _data: *mut c_void) {
    if level != GGML_LOG_LEVEL_ERROR || text.is_null() {
        return;
    }
    // SAFETY: llama.cpp passes a string that ends in a zero byte and lives until this function returns.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let text = text.trim();
    tracing::error!(target: "llama.cpp", "llama.cpp: {text}");
    *LAST_ERROR.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
}
