//! Lists of models, as clients of OpenAI read them.

use super::fields::write_text;

/// A model of a list.
#[derive(Debug, Clone, Copy)]
pub struct Model<'a> {
    /// What requests name it by.
    pub id: &'a str,
    /// Unix seconds.
    pub created: i64,
    /// Whose it is.
    pub owned_by: &'a str,
}

impl Model<'_> {
    /// The model by itself.
    pub fn json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"id\":");
        write_text(out, self.id);
        out.extend_from_slice(
            format!(",\"object\":\"model\",\"created\":{},\"owned_by\":", self.created).as_bytes(),
        );
        write_text(out, self.owned_by);
        out.push(b'}');
    }
}

/// A list of models.
pub fn models<'a>(models: impl IntoIterator<Item = Model<'a>>) -> Vec<u8> {
    let mut out = b"{\"object\":\"list\",\"data\":[".to_vec();
    for (at, model) in models.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        model.write(&mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_models() {
        let model = Model {
            id: "a\"b",
            created: 5,
            owned_by: "o",
        };
        let one = r#"{"id":"a\"b","object":"model","created":5,"owned_by":"o"}"#;
        assert_eq!(model.json(), one.as_bytes());
        let list = format!(r#"{{"object":"list","data":[{one},{one}]}}"#);
        assert_eq!(models([model, model]), list.as_bytes());
        assert_eq!(models([]), br#"{"object":"list","data":[]}"#);
    }
}
