//! Bodies that come as zstd.

use cupola_wire::timegen::Invalid;
use ruzstd::decoding::StreamingDecoder;
use std::io::Read as _;

// The client compresses at level 1, whose window is far smaller.
const WINDOW_BYTES_MAX: u64 = 8 << 20;

/// Unpacks a body of `Content-Encoding: zstd`, to so many bytes at most.
pub fn unpack_zstd(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, Invalid> {
    let wrong =
        |error: &dyn std::fmt::Display| Invalid::malformed("body", format!("The body is no zstd: {error}."));
    let decoder =
        StreamingDecoder::new_with_max_window_size(body, WINDOW_BYTES_MAX).map_err(|error| wrong(&error))?;
    let mut unpacked = Vec::new();
    decoder
        .take(bytes_max as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| wrong(&error))?;
    if unpacked.len() > bytes_max {
        return Err(Invalid::too_much(
            "body",
            format!("The body has more than {bytes_max} bytes when it is unpacked."),
        ));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    #[test]
    fn what_was_packed_is_unpacked_up_to_the_bound() {
        let plain = vec![b'7'; 100_000];
        let packed = compress_to_vec(plain.as_slice(), CompressionLevel::Fastest);
        assert!(packed.len() < 1_000, "{}", packed.len());
        assert_eq!(unpack_zstd(&packed, 100_000), Ok(plain));
        assert_eq!(
            unpack_zstd(&packed, 99_999).map_err(|invalid| invalid.status),
            Err(413)
        );
        assert_eq!(
            unpack_zstd(b"plain", 10).map_err(|invalid| invalid.status),
            Err(400)
        );
        assert_eq!(
            unpack_zstd(&packed[..packed.len() / 2], 100_000).map_err(|invalid| invalid.status),
            Err(400)
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..60, byte: u8) {
            let _ = unpack_zstd(&body, 1_000);
            let mut packed = compress_to_vec(body.as_slice(), CompressionLevel::Fastest);
            if let Some(place) = packed.get_mut(at) {
                *place = byte;
            }
            let _ = unpack_zstd(&packed, 1_000);
        }
    }
}
