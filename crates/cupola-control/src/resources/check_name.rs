//! `POST /providers/Microsoft.Resources/checkResourceName`: may a resource have this name, as far as reserved words go?

use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use serde_json::json;

// As published: the first two nowhere in a name, the others not as a whole one.
const NOWHERE: [&str; 2] = ["MICROSOFT", "WINDOWS"];
const NOT_WHOLE: [&str; 14] = [
    "ACCESS", "AZURE", "BING", "BIZSPARK", "BIZTALK", "CORTANA", "DIRECTX", "DOTNET", "DYNAMICS", "EXCEL",
    "EXCHANGE", "OFFICE", "SKYPE", "XBOX",
];

pub(super) async fn check_name(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let body = call.json()?;
    let name = body.required("name", "the name of a resource")?;
    let kind = body.required(
        "type",
        "a resource type, such as Microsoft.MachineLearningServices/workspaces",
    )?;
    if is_reserved(name) {
        return Err(Problem::new(
            Code::ReservedResourceName,
            format!(
                "The resource name '{}' or a part of the name is a trademarked or reserved word.",
                printable(name)
            ),
        )
        .target("name"));
    }
    Ok(answer::ok(
        &json!({"name": name, "type": kind, "status": "Allowed"}),
    ))
}

fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    NOT_WHOLE.contains(&name.as_str()) || NOWHERE.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    #[test]
    fn trademarks_are_reserved() {
        for name in ["Azure", "my-windows-box", "MICROSOFT1"] {
            assert!(super::is_reserved(name), "{name}");
        }
        assert!(!super::is_reserved("azure-hub"));
    }
}
