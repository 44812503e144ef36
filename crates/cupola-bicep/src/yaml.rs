//! YAML as a value, for `loadYamlContent`.

use serde_json::Value;

pub(crate) fn parse(text: &str) -> Option<Value> {
    serde_saphyr::from_str(text).ok()
}
