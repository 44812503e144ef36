//! Names that follow from other names: `uniqueString` and `guid`.

use uuid::Uuid;

/// The namespace of the service's `guid` function.
const NAMESPACE: Uuid = Uuid::from_u128(0x11fb06fb_712d_4ddd_98c7_e71bbd588830);

/// Thirteen characters of `a-z2-7` that follow from a text: the 64 bits of [`murmur64`], five at a time from the top.
///
/// The service does not publish the function. Several people derived it from the service's own library and agree on it;
/// the tests hold values that they published, one of them from a deployment. Callers of `uniqueString` join their arguments with `-`.
pub fn unique_string(text: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = murmur64(text.as_bytes());
    // Thirteen fives are 65 bits: the last character has one bit of the hash less, as if a zero followed.
    let fives = (0..13).map(|position| ((u128::from(hash) << 1) >> (60 - 5 * position)) & 31);
    fives.map(|five| char::from(ALPHABET[five as usize])).collect()
}

/// A version 5 UUID in the namespace of the service's `guid` function, whose arguments are joined with `-`.
pub fn name_guid(text: &str) -> String {
    Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string()
}

/// A hash of 64 bits in the manner of MurmurHash3: two lanes of 32 bits with constants of its 128-bit form. Template
/// hashes are made with it, too.
pub fn murmur64(bytes: &[u8]) -> u64 {
    const FIRST: u32 = 0x239b_961b;
    const SECOND: u32 = 0xab0e_9789;
    let mix_first = |lane: u32| lane.wrapping_mul(FIRST).rotate_left(15).wrapping_mul(SECOND);
    let mix_second = |lane: u32| lane.wrapping_mul(SECOND).rotate_left(17).wrapping_mul(FIRST);

    let (mut high, mut low) = (0_u32, 0_u32);
    let (blocks, tail) = bytes.as_chunks::<8>();
    for block in blocks {
        let (first, second) = lanes(block);
        low = (low ^ mix_first(first)).rotate_left(19).wrapping_add(high);
        low = low.wrapping_mul(5).wrapping_add(0x561c_cd1b);
        high = (high ^ mix_second(second)).rotate_left(13).wrapping_add(low);
        high = high.wrapping_mul(5).wrapping_add(0x0bca_a747);
    }
    let mut last = [0_u8; 8];
    last[..tail.len()].copy_from_slice(tail);
    let (first, second) = lanes(&last);
    // A lane of zeros mixes to zero, so an empty tail changes nothing.
    low ^= mix_first(first);
    high ^= mix_second(second);

    let length = bytes.len() as u32;
    (low, high) = (low ^ length, high ^ length);
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    (low, high) = (finish(low), finish(high));
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    u64::from(high) << 32 | u64::from(low)
}

fn lanes(block: &[u8; 8]) -> (u32, u32) {
    let whole = u64::from_le_bytes(*block);
    (whole as u32, (whole >> 32) as u32)
}

fn finish(mut lane: u32) -> u32 {
    lane = (lane ^ lane >> 16).wrapping_mul(0x85eb_ca6b);
    lane = (lane ^ lane >> 13).wrapping_mul(0xc2b2_ae35);
    lane ^ lane >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that others recorded from the service's own library, and one (the machine) from a deployment.
    #[test]
    fn unique_strings_are_the_services_own() {
        let check = |text: &str, expected: &str| assert_eq!(unique_string(text), expected, "{text}");
        check("test", "rbgf3xv4ufgzg");
        check("hello-world", "a7wkljktk6wne");
        check("abc", "cgtzqvhu4i23s");
        check(
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-rg",
            "bmg7c6xu4tw46",
        );
        check("foo-bar-baz", "xzi4ioaxtmth4");
        let machine = "/subscriptions/31e9f9a0-9fd2-4294-a0a3-0101246d9700/resourceGroups/rg-modm201-20230913120256\
                       /providers/Microsoft.Compute/virtualMachines/bobjacmodm201";
        check(machine, "yvjxno3je5on2");
        assert_eq!(murmur64(b"hello-world"), 571_013_382_255_652_050);
    }

    #[test]
    fn every_length_of_tail_counts() {
        let text = "abcdefghijklmnopq";
        let names: std::collections::BTreeSet<String> =
            (0..=text.len()).map(|end| unique_string(&text[..end])).collect();
        assert_eq!(names.len(), text.len() + 1);
        assert!(names.iter().all(|name| name.len() == 13));
    }

    #[test]
    fn guids_are_version_five_in_the_services_namespace() {
        let guid = name_guid("a-b");
        assert_eq!(guid, name_guid("a-b"));
        assert_eq!((&guid[14..15], guid.len()), ("5", 36));
    }
}
