//! The hash of a template, which tells two histories of a deployment apart.

use serde_json::Value;

/// A decimal number that changes when the template does, whatever the white space, comments and order of keys.
pub(crate) fn template_hash(template: &Value) -> String {
    let mut state = Fnv(0xcbf2_9ce4_8422_2325);
    state.value(template);
    state.0.to_string()
}

// FNV-1a: stable across versions and machines, which the hashers of the standard library do not promise.
struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(items) => {
                self.bytes(b"[");
                for item in items {
                    self.value(item);
                    self.bytes(b",");
                }
                self.bytes(b"]");
            }
            Value::Object(members) => {
                self.bytes(b"{");
                let mut keys: Vec<&String> = members.keys().collect();
                keys.sort_unstable();
                for key in keys {
                    self.bytes(key.as_bytes());
                    self.bytes(b"\0:");
                    self.value(&members[key]);
                }
                self.bytes(b"}");
            }
            Value::String(text) => {
                self.bytes(b"\"");
                self.bytes(text.as_bytes());
                self.bytes(b"\0\"");
            }
            other => self.bytes(other.to_string().as_bytes()),
        }
    }
}
