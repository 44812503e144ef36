//! CRC-32 (IEEE 802.3, reflected), eight bytes a step: a record is checked in less time than it takes to copy it.

const POLYNOMIAL: u32 = 0xedb8_8320;
const TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ POLYNOMIAL
            } else {
                crc >> 1
            };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// The checksum of `bytes` that belong to `seed`: the same bytes under another seed are no match.
pub(super) fn checksum(seed: u64, bytes: &[u8]) -> u32 {
    !update(update(!0, &seed.to_le_bytes()), bytes)
}

fn update(mut crc: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    for eight in eights {
        let word = u64::from_le_bytes(*eight) ^ u64::from(crc);
        let byte = |at: u32| ((word >> (8 * at)) & 0xff) as usize;
        crc = TABLES[7][byte(0)]
            ^ TABLES[6][byte(1)]
            ^ TABLES[5][byte(2)]
            ^ TABLES[4][byte(3)]
            ^ TABLES[3][byte(4)]
            ^ TABLES[2][byte(5)]
            ^ TABLES[1][byte(6)]
            ^ TABLES[0][byte(7)];
    }
    for byte in rest {
        crc = (crc >> 8) ^ TABLES[0][((crc ^ u32::from(*byte)) & 0xff) as usize];
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_value_of_the_standard_is_met() {
        assert_eq!(!update(!0, b"123456789"), 0xcbf4_3926);
    }

    proptest! {
        #[test]
        fn pieces_and_the_whole_agree(bytes in prop::collection::vec(any::<u8>(), 0..100), cut in 0usize..100) {
            let (head, tail) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(update(update(!0, head), tail), update(!0, &bytes));
        }

        #[test]
        fn a_flipped_bit_is_noticed(mut bytes in prop::collection::vec(any::<u8>(), 1..100), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let before = checksum(7, &bytes);
            prop_assert_ne!(before, checksum(8, &bytes));
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_ne!(before, checksum(7, &bytes));
        }
    }
}
