//! Pictures: sixteen by sixteen points that follow from the prompt, as PNG.

use super::Scene;
use super::chance::Chance;
use super::text::state;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

const SIDE: u8 = 16;
const PICTURES_MAX: u64 = 10;

pub(super) fn answer(scene: &Scene<'_>) -> Result<Value, String> {
    let body: Value =
        serde_json::from_slice(&scene.call.body).map_err(|error| format!("The body is no JSON: {error}."))?;
    let prompt = body["prompt"].as_str().ok_or("prompt is required: a text.")?;
    if scene.call.n == 0 || scene.call.n > PICTURES_MAX {
        return Err(format!("n must be from 1 to {PICTURES_MAX}."));
    }
    let data: Vec<Value> = (0..scene.call.n)
        .map(|index| {
            let picture = png(state(scene.settings.seed, prompt.as_bytes()).wrapping_add(index));
            json!({ "b64_json": BASE64_STANDARD.encode(picture), "revised_prompt": "[simulated] No model was asked." })
        })
        .collect();
    // A time would make the same request give other bytes.
    Ok(scene.with_usage(json!({ "created": 0, "data": data }), scene.usage_of_prompt()))
}

/// A picture of red, green and blue points, not compressed: 784 bytes of points are not worth a library.
fn png(seed: u64) -> Vec<u8> {
    let mut chance = Chance::new(seed, 0);
    let ground = chance.next().to_le_bytes();
    let mut rows = Vec::new();
    for _ in 0..SIDE {
        // The filter of the row: none.
        let mut row = vec![0];
        for _ in 0..SIDE {
            let shade = chance.next().to_le_bytes()[0] / 4;
            row.extend(ground[..3].iter().map(|part| part / 2 + shade));
        }
        rows.extend(row);
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let side = u32::from(SIDE).to_be_bytes();
    // Eight bits a colour, true colour, the one way to compress and to filter, no interlacing.
    chunk(&mut png, *b"IHDR", &[&side[..], &side, &[8, 2, 0, 0, 0]].concat());
    chunk(&mut png, *b"IDAT", &stored(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc(&png[from..]);
    png.extend(sum.to_be_bytes());
}

// A zlib stream of one stored block; it has room for 65,535 bytes.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = data.len() as u16;
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(data);
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend(((b << 16) | a).to_be_bytes());
    stream
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_the_published_ones() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(stored(b"Wikipedia")[16..], 0x11e6_0398u32.to_be_bytes());
        let one = png(1);
        assert!(one.starts_with(b"\x89PNG") && one.ends_with(b"IEND\xae\x42\x60\x82"));
        assert_eq!((one.len(), one == png(1), one == png(2)), (852, true, false));
    }
}
