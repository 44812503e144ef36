//! Bicep from strangers: whatever the text, it compiles or says why not; what compiles is read as a template.
#![no_main]

use cupola_bicep::{Level, compile};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A module that is there, so that more than its absence is looked at.
    let module = "param a string\noutput b string = a\n@export()\ntype t = { x: int }\n";
    let files = BTreeMap::from([
        ("main.bicep".to_owned(), text.to_owned()),
        ("module.bicep".to_owned(), module.to_owned()),
    ]);
    let outcome = compile("main.bicep", &files);
    let errors = outcome.diagnostics.iter().any(|one| one.level == Level::Error);
    assert_eq!(outcome.template.is_none(), errors);
    if let Some(template) = outcome.template {
        cupola_template::read(&template.to_string()).expect("what is made can be read");
    }
});
