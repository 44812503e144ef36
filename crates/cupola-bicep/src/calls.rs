//! Judging calls: of functions, of what resources offer, and of decorators.

use serde_json::Value;

use crate::arm::Arm;
use crate::check::{Checker, Fit, Loops, Site, closest};
use crate::files;
use crate::functions::{self, Place, Signature};
use crate::model::Symbol;
use crate::syntax::{Decorator, Expression, ExpressionKind, Function, Name, Span, StatementKind};
use crate::types::Ty;

// What a template may be made of is bounded, and so is what goes into it.
const LOADED_BYTES_MAX: usize = 1 << 20;

impl Checker<'_> {
    pub(crate) fn call(&mut self, whole: &Expression, name: &Name, arguments: &[Expression]) -> Ty {
        let model = self.model;
        let own = if self.is_local(&name.text) {
            None
        } else {
            model.symbols.get(&name.text).copied()
        };
        match own {
            Some(Symbol::Function(_)) => {
                self.facts.used.insert(name.text.clone());
                return match model.function(&name.text) {
                    Some(function) => self.user_call(function, None, name, arguments),
                    None => Ty::Any,
                };
            }
            Some(Symbol::Imported(index)) => {
                self.facts.used.insert(name.text.clone());
                let import = &model.imports[index];
                let original = import.original.clone();
                return self.imported_call(import.unit.clone(), &original, name, arguments);
            }
            Some(_) => {
                self.facts.used.insert(name.text.clone());
                self.not_a_function(name);
                self.all(arguments);
                return Ty::Any;
            }
            None => {}
        }
        self.builtin(whole, name, arguments)
    }

    fn all(&mut self, arguments: &[Expression]) {
        for argument in arguments {
            match &argument.kind {
                ExpressionKind::Lambda { parameters, body } => self.lambda(parameters, body),
                _ => {
                    self.infer(argument, Loops::No);
                }
            }
        }
    }

    fn not_a_function(&mut self, name: &Name) {
        match functions::find(&name.text) {
            Some(found) => {
                let message = format!(
                    "The name \"{}\" is not a function. Did you mean \"{}.{}\"?",
                    name.text, found.namespace, name.text
                );
                self.remarks.error(name.span, "BCP265", message);
            }
            None => {
                let message = format!("The name \"{}\" is not a function.", name.text);
                self.remarks.error(name.span, "BCP059", message);
            }
        }
    }

    fn builtin(&mut self, whole: &Expression, name: &Name, arguments: &[Expression]) -> Ty {
        if let Some((code, message)) = functions::replaced(&name.text) {
            self.remarks.error(name.span, code, message);
            self.all(arguments);
            return Ty::Any;
        }
        let Some(signature) = functions::find(&name.text) else {
            let model = self.model;
            let own = model
                .symbols
                .iter()
                .filter(|(_, symbol)| matches!(symbol, Symbol::Function(_)))
                .map(|(name, _)| name.as_str());
            let known: Vec<&str> = own
                .chain(functions::names().map(|known| -> &str { known }))
                .collect();
            let suggestion = closest(&name.text, known.into_iter());
            self.does_not_exist(&name.text, name.span, suggestion);
            self.all(arguments);
            return Ty::Any;
        };
        self.place_of_call(&signature, name);
        match name.text.as_str() {
            "any" if arguments.len() == 1 => {
                self.infer(&arguments[0], Loops::No);
                return Ty::Any;
            }
            "nameof" if arguments.len() == 1 => {
                self.infer(&arguments[0], Loops::No);
                return Ty::Text;
            }
            _ => {}
        }
        self.arguments(&signature, name, arguments);
        match name.text.as_str() {
            "loadTextContent" | "loadFileAsBase64" | "loadJsonContent" | "loadYamlContent" => {
                self.load(whole, &name.text, arguments);
            }
            "concat" if arguments.iter().all(|argument| argument.constant().is_some() || is_text(argument)) => {
                self.remarks.warning(
                    whole.span,
                    "prefer-interpolation",
                    "Use string interpolation instead of the concat function.",
                );
            }
            "loadDirectoryFileInfo" => self.remarks.error(
                name.span,
                crate::diagnostic::limit::FEATURE,
                "The function \"loadDirectoryFileInfo\" is not supported. Load each file with \"loadTextContent\".",
            ),
            _ => {}
        }
        signature.returns
    }

    fn place_of_call(&mut self, signature: &Signature, name: &Name) {
        match signature.place {
            Place::ParameterDefault if !matches!(self.site, Site::ParameterDefault) => {
                let message = format!(
                    "Function \"{}\" is not valid at this location. It can only be used as a parameter default value.",
                    name.text
                );
                self.remarks.error(name.span, "BCP065", message);
            }
            Place::Runtime if matches!(self.site, Site::ParameterDefault | Site::Constant) => {
                let message = format!(
                    "Function \"{}\" is not valid at this location. It can only be used in resource declarations.",
                    name.text
                );
                self.remarks.error(name.span, "BCP066", message);
            }
            Place::ParametersFile if self.site != Site::ParametersFile => {
                let message = format!(
                    "Function \"{}\" is not valid at this location. It can only be used when directly assigning to a parameter.",
                    name.text
                );
                self.remarks.error(name.span, "BCP351", message);
            }
            _ => {}
        }
    }

    fn arguments(&mut self, signature: &Signature, name: &Name, arguments: &[Expression]) {
        let most = (!signature.repeats).then_some(signature.parameters.len());
        self.count(arguments.len(), signature.required, most, name);
        for (index, argument) in arguments.iter().enumerate() {
            let wanted = signature.parameters.get(index).or(signature.parameters.last());
            match (&argument.kind, wanted) {
                (ExpressionKind::Lambda { parameters, body }, Some(Ty::Lambda)) => {
                    if let Some((least, most)) = functions::lambda_arity(signature.name, index)
                        && !(least..=most).contains(&parameters.len())
                    {
                        let expected = match least == most {
                            true => format!("with {least} arguments"),
                            false => format!("with between {least} and {most} arguments"),
                        };
                        let message = format!(
                            "Expected lambda expression of type \"any => any\" {expected} but received {} arguments.",
                            parameters.len()
                        );
                        self.remarks.error(argument.span, "BCP244", message);
                    }
                    self.lambda(parameters, body);
                }
                (_, Some(wanted)) => self.assign(argument, &wanted.clone(), Fit::Argument, Loops::No),
                (_, None) => {
                    self.infer(argument, Loops::No);
                }
            }
        }
    }

    fn count(&mut self, got: usize, least: usize, most: Option<usize>, name: &Name) {
        let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
        let expected = match most {
            None if got < least => format!("at least {least} {}", plural(least)),
            Some(most) if (got < least || got > most) && least == most => {
                format!("{least} {}", plural(least))
            }
            Some(most) if got < least || got > most => format!("{least} to {most} arguments"),
            _ => return,
        };
        let parenthesis = Span {
            start: name.span.end,
            end: name.span.end + 1,
        };
        self.remarks.error(
            parenthesis,
            "BCP071",
            format!("Expected {expected}, but got {got}."),
        );
    }

    fn user_call(
        &mut self,
        function: &Function,
        types: Option<&[Ty]>,
        name: &Name,
        arguments: &[Expression],
    ) -> Ty {
        let wanted: Vec<Ty> = match types {
            Some(types) => types.to_vec(),
            None => function
                .parameters
                .iter()
                .map(|(_, ty)| self.type_of(ty))
                .collect(),
        };
        self.count(arguments.len(), wanted.len(), Some(wanted.len()), name);
        for (argument, wanted) in arguments.iter().zip(&wanted) {
            self.assign(argument, wanted, Fit::Argument, Loops::No);
        }
        match types {
            // Types of another file's functions are not looked up again.
            Some(_) => Ty::Any,
            None => self.type_of(&function.returns),
        }
    }

    fn imported_call(
        &mut self,
        unit: Option<std::sync::Arc<crate::workspace::Unit>>,
        original: &str,
        name: &Name,
        arguments: &[Expression],
    ) -> Ty {
        let Some(model) = unit.as_ref().and_then(|unit| unit.model.as_ref()) else {
            self.all(arguments);
            return Ty::Any;
        };
        match model.function(original) {
            Some(function) => {
                let types = vec![Ty::Any; function.parameters.len()];
                self.user_call(function, Some(&types), name, arguments)
            }
            None => {
                self.not_a_function(name);
                self.all(arguments);
                Ty::Any
            }
        }
    }

    pub(crate) fn method(
        &mut self,
        whole: &Expression,
        base: &Expression,
        name: &Name,
        arguments: &[Expression],
    ) -> Ty {
        if let Some((index, item)) = self.resolve(base) {
            self.facts.used_deployables.insert(index);
            if let Some(item) = item {
                self.assign(item, &Ty::Int, Fit::Value, Loops::No);
            }
            self.all(arguments);
            return self.resource_method(index, name);
        }
        let ExpressionKind::Name(namespace) = &base.kind else {
            let ty = self.infer(base, Loops::No);
            self.all(arguments);
            self.no_method(&ty.to_string(), name);
            return Ty::Any;
        };
        if let Some(index) = self.namespace(namespace) {
            self.facts.used.insert(namespace.clone());
            let unit = self.model.imports[index].unit.clone();
            let exported = unit
                .as_ref()
                .and_then(|unit| unit.model.as_ref())
                .is_none_or(|model| model.exports(&name.text) && model.function(&name.text).is_some());
            if !exported {
                let message = format!(
                    "The function \"{}\" does not exist in namespace \"{namespace}\".",
                    name.text
                );
                self.remarks.error(name.span, "BCP107", message);
                self.all(arguments);
                return Ty::Any;
            }
            return self.imported_call(unit, &name.text, name, arguments);
        }
        let builtin = matches!(namespace.as_str(), "sys" | "az")
            && !self.is_local(namespace)
            && !self.model.symbols.contains_key(namespace);
        if builtin {
            let found = functions::find(&name.text);
            if found.is_none_or(|found| found.namespace != namespace)
                && functions::replaced(&name.text).is_none()
            {
                let message = format!(
                    "The function \"{}\" does not exist in namespace \"{namespace}\".",
                    name.text
                );
                self.remarks.error(name.span, "BCP107", message);
                self.all(arguments);
                return Ty::Any;
            }
            return self.builtin(whole, name, arguments);
        }
        let ty = self.infer(base, Loops::No);
        self.all(arguments);
        self.no_method(&ty.to_string(), name);
        Ty::Any
    }

    fn resource_method(&mut self, index: usize, name: &Name) -> Ty {
        let deployable = &self.model.deployables[index];
        let lists = name
            .text
            .strip_prefix("list")
            .is_some_and(|verb| verb.starts_with(|c: char| c.is_ascii_uppercase()));
        if deployable.is_module() || !(lists || name.text == "getSecret") {
            let ty = match (&deployable.kind, deployable.resource_type()) {
                (_, Some(ty)) => format!("{}@{}", ty.name, ty.version),
                _ => "module".to_owned(),
            };
            self.no_method(&ty, name);
        } else if name.text == "getSecret" {
            let message = format!(
                "Function \"{}\" is not valid at this location. It can only be used when directly assigning to a module parameter with a secure decorator.",
                name.text
            );
            self.remarks.error(name.span, "BCP180", message);
        }
        Ty::Any
    }

    fn no_method(&mut self, ty: &str, name: &Name) {
        let message = format!("The type \"{ty}\" does not contain function \"{}\".", name.text);
        self.remarks.error(name.span, "BCP109", message);
    }

    /// Reads the file now, so that what is wrong with it is said at this place.
    fn load(&mut self, whole: &Expression, function: &str, arguments: &[Expression]) {
        let Some(first) = arguments.first() else { return };
        let Some(reference) = first.constant() else {
            return self
                .remarks
                .error(first.span, "BCP032", "The value must be a compile-time constant.");
        };
        let path = match files::resolve(&self.model.path, reference) {
            Ok(path) => path,
            Err((code, message)) => return self.remarks.error(first.span, code, message),
        };
        if function == "loadFileAsBase64" {
            match self.files.read_bytes(&path) {
                Ok(bytes) if bytes.len() > LOADED_BYTES_MAX => self.too_long(reference, first.span),
                Ok(bytes) => {
                    self.facts
                        .loaded
                        .insert(whole.span.start, Arm::Text(base64(&bytes)));
                }
                Err(error) => self.unreadable(&error.to_string(), first.span),
            }
            return;
        }
        let text = match self.files.read(&path) {
            Ok(text) => text,
            Err(error) => return self.unreadable(&error.to_string(), first.span),
        };
        if text.len() > LOADED_BYTES_MAX {
            return self.too_long(reference, first.span);
        }
        let loaded = match function {
            "loadTextContent" => Some(Value::String(text)),
            "loadJsonContent" => self.parsed(serde_json::from_str(&text).ok(), "BCP186", "JSON", first.span),
            _ => self.parsed(crate::yaml::parse(&text), "BCP340", "YAML", first.span),
        };
        let loaded = match (loaded, arguments.get(1).filter(|_| function != "loadTextContent")) {
            (Some(value), Some(selector)) => self.select(value, selector),
            (value, _) => value,
        };
        if let Some(value) = loaded {
            self.facts.loaded.insert(whole.span.start, Arm::from_json(&value));
        }
    }

    fn parsed(&mut self, value: Option<Value>, code: &'static str, kind: &str, span: Span) -> Option<Value> {
        if value.is_none() {
            let message =
                format!("Unable to parse literal {kind} value. Please ensure that it is well-formed.");
            self.remarks.error(span, code, message);
        }
        value
    }

    // Of JSON paths, the ones that name properties and items by their place.
    fn select(&mut self, value: Value, selector: &Expression) -> Option<Value> {
        let found = selector.constant().and_then(|path| {
            let path = path
                .trim_start_matches('$')
                .replace('[', ".")
                .replace([']', '\'', '"'], "");
            let mut at = &value;
            for part in path.split('.').filter(|part| !part.is_empty()) {
                at = match at {
                    Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                    other => other.get(part)?,
                };
            }
            Some(at.clone())
        });
        if found.is_none() {
            self.remarks.error(
                selector.span,
                "BCP235",
                "Specified JSONPath does not exist in the given file or is invalid.",
            );
        }
        found
    }

    fn unreadable(&mut self, error: &str, span: Span) {
        self.remarks
            .error(span, "BCP091", format!("An error occurred reading file. {error}"));
    }

    fn too_long(&mut self, path: &str, span: Span) {
        let message = format!("File '{path}' exceeded maximum size of {LOADED_BYTES_MAX} bytes.");
        self.remarks.error(span, "BCP184", message);
    }

    pub(crate) fn decorators(&mut self, decorators: &[Decorator], kind: &StatementKind) {
        let Some(target) = Target::of(kind) else { return };
        self.decorators_on(decorators, target);
        if let StatementKind::Type { value, .. } = kind {
            self.decorators_in_type(value);
        }
    }

    fn decorators_in_type(&mut self, ty: &crate::syntax::TypeExpression) {
        match &ty.bare().kind {
            crate::syntax::TypeKind::Object(properties) => {
                for property in properties {
                    self.decorators_on(&property.decorators, Target::Type);
                    self.decorators_in_type(&property.value);
                }
            }
            crate::syntax::TypeKind::Tuple(items) => {
                for (decorators, item) in items {
                    self.decorators_on(decorators, Target::Type);
                    self.decorators_in_type(item);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn decorators_on(&mut self, decorators: &[Decorator], target: Target) {
        for (index, decorator) in decorators.iter().enumerate() {
            let name = &decorator.name;
            if decorators[..index]
                .iter()
                .any(|other| other.name.text == name.text)
            {
                let message = format!("Duplicate \"{}\" decorator.", name.text);
                self.remarks.error(decorator.span, "BCP166", message);
            }
            let Some((_, targets, arguments)) = DECORATORS.iter().find(|known| known.0 == name.text) else {
                self.unknown_decorator(name, target);
                continue;
            };
            if !targets.contains(&target) {
                self.wrong_target(name, target);
            }
            self.count(
                decorator.arguments.len(),
                arguments.len(),
                Some(arguments.len()),
                name,
            );
            let site = std::mem::replace(&mut self.site, Site::Constant);
            for (argument, wanted) in decorator.arguments.iter().zip(arguments.iter()) {
                self.assign(argument, wanted, Fit::Argument, Loops::No);
            }
            self.site = site;
            self.decorator_value(decorator);
        }
    }

    fn decorator_value(&mut self, decorator: &Decorator) {
        let Some(argument) = decorator.arguments.first() else {
            return;
        };
        match (decorator.name.text.as_str(), &argument.bare().kind) {
            ("allowed", ExpressionKind::Array(items)) if items.is_empty() => {
                self.remarks.error(
                    argument.span,
                    "BCP099",
                    "The \"allowed\" array must contain one or more items.",
                );
            }
            ("minLength" | "maxLength", ExpressionKind::Int(value)) if *value < 0 => {
                self.remarks
                    .error(argument.span, "BCP168", "Length must not be a negative value.");
            }
            ("batchSize", ExpressionKind::Int(value)) if *value < 1 => {
                let message =
                    format!("Expected a batch size of at least 1 but the specified value was \"{value}\".");
                self.remarks.error(argument.span, "BCP154", message);
            }
            _ => {}
        }
    }

    fn unknown_decorator(&mut self, name: &Name, target: Target) {
        if functions::find(&name.text).is_some() {
            return self.wrong_target(name, target);
        }
        let suggestion = closest(&name.text, DECORATORS.iter().map(|known| known.0));
        self.does_not_exist(&name.text, name.span, suggestion);
    }

    fn wrong_target(&mut self, name: &Name, target: Target) {
        let (code, what) = match target {
            Target::Parameter => ("BCP125", "a parameter decorator"),
            Target::Variable => ("BCP126", "a variable decorator"),
            Target::Resource => ("BCP127", "a resource decorator"),
            Target::Module => ("BCP128", "a module decorator"),
            Target::Output => ("BCP129", "an output decorator"),
            Target::Metadata => ("BCP269", "a metadata decorator"),
            Target::Type => ("BCP297", "a type decorator"),
            Target::Function => ("BCP152", "a decorator"),
        };
        let message = format!("Function \"{}\" cannot be used as {what}.", name.text);
        self.remarks.error(name.span, code, message);
    }
}

/// What a decorator stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Parameter,
    Variable,
    Resource,
    Module,
    Output,
    Metadata,
    Type,
    Function,
}

impl Target {
    fn of(kind: &StatementKind) -> Option<Self> {
        Some(match kind {
            StatementKind::Parameter { .. } => Self::Parameter,
            StatementKind::Variable { .. } => Self::Variable,
            StatementKind::Output { .. } => Self::Output,
            StatementKind::Metadata { .. } => Self::Metadata,
            StatementKind::Type { .. } => Self::Type,
            StatementKind::Function(_) => Self::Function,
            // Those of resources and modules are judged with their bodies.
            _ => return None,
        })
    }
}

use Target as T;
const VALUES: &[Target] = &[T::Parameter, T::Output, T::Type];
const DECORATORS: &[(&str, &[Target], &[Ty])] = &[
    (
        "description",
        &[
            T::Parameter,
            T::Variable,
            T::Resource,
            T::Module,
            T::Output,
            T::Metadata,
            T::Type,
            T::Function,
        ],
        &[Ty::Text],
    ),
    (
        "metadata",
        &[T::Parameter, T::Output, T::Type, T::Function],
        &[Ty::Object(None)],
    ),
    ("allowed", &[T::Parameter], &[Ty::Array(None)]),
    ("minLength", VALUES, &[Ty::Int]),
    ("maxLength", VALUES, &[Ty::Int]),
    ("minValue", VALUES, &[Ty::Int]),
    ("maxValue", VALUES, &[Ty::Int]),
    ("secure", VALUES, &[]),
    ("sealed", VALUES, &[]),
    ("discriminator", VALUES, &[Ty::Text]),
    ("export", &[T::Type, T::Variable, T::Function], &[]),
    ("batchSize", &[T::Resource, T::Module], &[Ty::Int]),
    ("onlyIfNotExists", &[T::Resource], &[]),
];

fn is_text(argument: &Expression) -> bool {
    matches!(argument.bare().kind, ExpressionKind::Text(_))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            match place <= chunk.len() {
                true => out.push(char::from(DIGITS[(group >> (18 - 6 * place) & 63) as usize])),
                false => out.push('='),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_has_its_padding() {
        for (bytes, expected) in [("", ""), ("{}", "e30="), ("a", "YQ=="), ("abc", "YWJj")] {
            assert_eq!(super::base64(bytes.as_bytes()), expected);
        }
    }
}
