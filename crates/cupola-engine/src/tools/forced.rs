//! The grammar of an answer: JSON of a format, calls of tools, or either of them.

use serde_json::Value;

use super::{CALLS_MAX, Choice, Dialect, Tool, Toolbox};
use crate::grammar::{
    Builder, Grammar, Json, RuleId, SchemaRefusal, Sequence, Symbol, add_schema, literal, refused_whole,
};

/// What the answer must be, apart from calls.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Reply {
    #[default]
    Text,
    /// Any JSON object.
    Object,
    /// JSON that is valid under this schema.
    Schema(Value),
}

/// The grammar of the answer; `None` where anything may be said. A refusal tells where in the request its reason is.
pub(crate) fn reply_grammar(
    dialect: Dialect,
    toolbox: &Toolbox,
    reply: &Reply,
) -> Result<Option<Grammar>, SchemaRefusal> {
    let mut builder = Builder::default();
    let answer = answer(&mut builder, reply)?;
    let forced = matches!(toolbox.choice, Choice::Required | Choice::Named(_));
    let root = match answer {
        _ if forced => calls(&mut builder, dialect, toolbox)?,
        Some(answer) if toolbox.choice == Choice::Auto => {
            let calls = calls(&mut builder, dialect, toolbox)?;
            builder.rule(vec![vec![Symbol::Rule(answer)], vec![Symbol::Rule(calls)]])
        }
        Some(answer) => answer,
        None => return Ok(None),
    };
    let whole = Value::Null;
    builder
        .finish(root)
        .map(Some)
        .map_err(|error| at(&format_place(reply), refused_whole(&whole, error)))
}

fn answer(builder: &mut Builder, reply: &Reply) -> Result<Option<RuleId>, SchemaRefusal> {
    match reply {
        Reply::Text => Ok(None),
        Reply::Object => Ok(Some(Json::new(builder).object)),
        Reply::Schema(schema) => {
            let json = Json::new(builder);
            add_schema(builder, &json, schema)
                .map(Some)
                .map_err(|refusal| at(&format_place(reply), refusal))
        }
    }
}

fn format_place(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Schema(_) => ["response_format", "json_schema", "schema"]
            .map(str::to_owned)
            .to_vec(),
        Reply::Text | Reply::Object => vec!["tools".to_owned()],
    }
}

fn at(place: &[String], mut refusal: SchemaRefusal) -> SchemaRefusal {
    refusal.path.splice(0..0, place.iter().cloned());
    refusal
}

fn calls(builder: &mut Builder, dialect: Dialect, toolbox: &Toolbox) -> Result<RuleId, SchemaRefusal> {
    let json = Json::on_one_line(builder);
    let mut alternatives = Vec::new();
    for (index, tool) in toolbox.tools.iter().enumerate() {
        if matches!(&toolbox.choice, Choice::Named(name) if *name != tool.name) {
            continue;
        }
        let arguments = match &tool.parameters {
            None => json.object,
            Some(schema) => match add_schema(builder, &json, schema) {
                Ok(rule) => rule,
                // Where nothing is forced, nothing is promised either.
                Err(_) if toolbox.choice == Choice::Auto => json.object,
                Err(refusal) => {
                    let place = ["tools", &index.to_string(), "function", "parameters"].map(str::to_owned);
                    return Err(at(&place, refusal));
                }
            },
        };
        alternatives.push(call(dialect, tool, arguments));
    }
    let call = builder.rule(alternatives);
    // A named function is called once: whoever wants it more often asks for it by `required`.
    let several = toolbox.parallel && !matches!(toolbox.choice, Choice::Named(_));
    Ok(enclosed(builder, dialect, call, several))
}

fn call(dialect: Dialect, tool: &Tool, arguments: RuleId) -> Sequence {
    let name = Value::from(tool.name.as_str());
    let (before, after) = match dialect {
        Dialect::Hermes => (
            format!("<tool_call>\n{{\"name\": {name}, \"arguments\": "),
            "}\n</tool_call>",
        ),
        Dialect::Llama => (format!("{{\"name\": {name}, \"parameters\": "), "}"),
        Dialect::Mistral => (format!("{{\"name\": {name}, \"arguments\": "), "}"),
        Dialect::MistralArguments => (format!("[TOOL_CALLS]{}[ARGS]", tool.name), ""),
    };
    let mut call = literal(&before);
    call.push(Symbol::Rule(arguments));
    call.extend(literal(after));
    call
}

fn enclosed(builder: &mut Builder, dialect: Dialect, call: RuleId, several: bool) -> RuleId {
    let (open, separator, close) = match dialect {
        Dialect::Hermes => ("", Some("\n"), ""),
        // Llama 3 makes one call at a time.
        Dialect::Llama => ("", None, ""),
        Dialect::Mistral => ("[TOOL_CALLS][", Some(", "), "]"),
        Dialect::MistralArguments => ("", Some(""), ""),
    };
    let mut all = literal(open);
    all.push(Symbol::Rule(call));
    if let Some(separator) = separator.filter(|_| several) {
        let mut another = literal(separator);
        another.push(Symbol::Rule(call));
        let another = builder.rule(vec![another]);
        all.push(Symbol::Repeat(another, 0, Some(CALLS_MAX - 1)));
    }
    all.extend(literal(close));
    builder.rule(vec![all])
}
