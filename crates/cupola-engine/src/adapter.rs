//! Adapters: small files that change what a model has learnt.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, ensure};

use crate::gguf;

/// `FILE` or `FILE:SCALE`, as `--lora` takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapter {
    /// A GGUF file with a LoRA adapter.
    pub file: PathBuf,
    /// How strongly it is applied; 1 is as it was trained.
    pub scale: f32,
}

impl FromStr for Adapter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (file, scale) = match text.rsplit_once(':') {
            // A path may have colons; what is no number belongs to it.
            Some((file, scale)) => match scale.parse::<f32>() {
                Ok(scale) => (file, scale),
                Err(_) => (text, 1.0),
            },
            None => (text, 1.0),
        };
        if file.is_empty() {
            return Err(
                "name the file of the adapter, for example adapter.gguf or adapter.gguf:0.5".to_owned(),
            );
        }
        if !(-100.0..=100.0).contains(&scale) {
            return Err(format!("the scale {scale} is not between -100 and 100"));
        }
        Ok(Self {
            file: PathBuf::from(file),
            scale,
        })
    }
}

/// The adapter to apply, if any; its file was looked at.
pub(crate) fn checked(adapters: Vec<Adapter>) -> anyhow::Result<Option<Adapter>> {
    ensure!(
        adapters.len() <= 1,
        "--lora is given {} times, and one adapter is applied at a time; merge them into one file first",
        adapters.len()
    );
    for adapter in &adapters {
        gguf::check(&adapter.file)
            .with_context(|| format!("the adapter {} cannot be applied", adapter.file.display()))?;
    }
    Ok(adapters.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_may_follow_the_file() {
        let check = |text: &str, file: &str, scale: f32| {
            let expected = Adapter {
                file: PathBuf::from(file),
                scale,
            };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        };
        check("a.gguf", "a.gguf", 1.0);
        check("a.gguf:0.5", "a.gguf", 0.5);
        check("dir:x/a.gguf", "dir:x/a.gguf", 1.0);
        check("dir:x/a.gguf:-2", "dir:x/a.gguf", -2.0);
        assert!(":0.5".parse::<Adapter>().is_err());
        assert!("a.gguf:1000".parse::<Adapter>().is_err());
        assert!("a.gguf:nan".parse::<Adapter>().is_err());
    }
}
