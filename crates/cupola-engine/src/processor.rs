//! Can this processor run what was compiled? Asked before anything computes, so that the answer is a sentence
//! and not an illegal instruction somewhere inside a matrix product.

/// Refuses a processor that lacks the instructions this binary was compiled for, naming the missing ones.
///
/// `is_x86_feature_detected!` cannot be asked: for a feature that the compiler may already assume it is the
/// constant `true`. So the processor is asked directly.
pub fn check_processor() -> Result<(), String> {
    #[cfg(target_arch = "x86_64")]
    return refuse(&x86::missing());
    #[cfg(not(target_arch = "x86_64"))]
    return Ok(());
}

#[cfg(target_arch = "x86_64")]
fn refuse(missing: &[&str]) -> Result<(), String> {
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "this processor, or the virtual machine around it, lacks {}, which this build of Cupola needs; \
         run it on an x86-64-v3 machine (Intel since 2013, AMD since 2015), let the hypervisor pass its \
         processor through, or build Cupola with a lower `-C target-cpu`",
        missing.join(", ")
    ))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

    /// What the compiler was allowed to use and the processor does not have.
    pub(super) fn missing() -> Vec<&'static str> {
        let found = Found::ask();
        let needs = [
            (cfg!(target_feature = "avx"), found.avx(), "AVX"),
            (cfg!(target_feature = "avx2"), found.avx2(), "AVX2"),
            (cfg!(target_feature = "fma"), found.fma(), "FMA"),
            (cfg!(target_feature = "f16c"), found.f16c(), "F16C"),
            (cfg!(target_feature = "bmi2"), found.bmi2(), "BMI2"),
            (cfg!(target_feature = "avx512f"), found.avx512f(), "AVX-512F"),
        ];
        needs
            .into_iter()
            .filter(|(needed, present, _)| *needed && !*present)
            .map(|(_, _, name)| name)
            .collect()
    }

    /// The bits that the answers are read from.
    struct Found {
        leaf1_ecx: u32,
        leaf7_ebx: u32,
        /// Register states that the operating system saves; zero when it saves none beyond SSE.
        saved_states: u64,
    }

    impl Found {
        fn ask() -> Self {
            let highest_leaf = __cpuid(0).eax;
            let leaf1_ecx = __cpuid(1).ecx;
            let leaf7_ebx = if highest_leaf >= 7 {
                __cpuid_count(7, 0).ebx
            } else {
                0
            };
            let saved_states = if bit(leaf1_ecx, 27) {
                // SAFETY: bit 27 (OSXSAVE) says that the operating system enabled `xgetbv`.
                unsafe { saved_states() }
            } else {
                0
            };
            Self {
                leaf1_ecx,
                leaf7_ebx,
                saved_states,
            }
        }

        /// An instruction set is there only if the system also saves the registers it uses.
        fn avx(&self) -> bool {
            bit(self.leaf1_ecx, 28) && self.saved_states & 0b110 == 0b110
        }

        fn avx2(&self) -> bool {
            self.avx() && bit(self.leaf7_ebx, 5)
        }

        fn fma(&self) -> bool {
            self.avx() && bit(self.leaf1_ecx, 12)
        }

        fn f16c(&self) -> bool {
            self.avx() && bit(self.leaf1_ecx, 29)
        }

        fn bmi2(&self) -> bool {
            bit(self.leaf7_ebx, 8)
        }

        fn avx512f(&self) -> bool {
            self.avx() && bit(self.leaf7_ebx, 16) && self.saved_states & 0b1110_0000 == 0b1110_0000
        }
    }

    fn bit(register: u32, index: u32) -> bool {
        register >> index & 1 == 1
    }

    #[target_feature(enable = "xsave")]
    fn saved_states() -> u64 {
        // SAFETY: register 0 exists wherever `xgetbv` does, and the caller checked that it does.
        unsafe { _xgetbv(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_that_runs_the_tests_passes() {
        assert_eq!(check_processor(), Ok(()));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_refusal_names_what_is_missing_and_what_to_do() {
        let refusal = refuse(&["AVX2", "FMA"]).expect_err("something is missing");
        assert!(refusal.contains("lacks AVX2, FMA"), "{refusal}");
        assert!(refusal.contains("target-cpu"), "{refusal}");
    }
}
