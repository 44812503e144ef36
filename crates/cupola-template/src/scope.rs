//! What expressions ask of their surroundings: parameters, variables, loops, the deployment, and facts about resources.

use crate::expression::{self, Budget, Expression, Need, Place, Scope, Stop};
use crate::facts::Facts;
use crate::functions::Functions;
use crate::known::Known;
use crate::parameters::Parameters;
use crate::references::Index;
use crate::source::Span;
use crate::variables::Variables;
use cupola_core::name::fold;
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Mutex;

/// Everything that stays the same while one template is evaluated. It holds secrets, so it cannot be printed.
pub(crate) struct Context {
    pub(crate) known: Known,
    pub(crate) parameters: Parameters,
    pub(crate) variables: Variables,
    pub(crate) functions: Functions,
    /// Where the template stands in its text.
    pub(crate) whole: Span,
    /// What `deployment()` returns.
    pub(crate) deployment: Value,
    /// The resources by every name that `reference()` knows them by; empty until they are expanded.
    pub(crate) index: Index,
}

impl Context {
    /// What is wrong with naming this parameter or variable, if nothing declares it.
    pub(crate) fn undeclared(&self, function: &str, name: &str) -> Option<String> {
        let stop = match function {
            "parameters" if !self.parameters.declares(name) => not_found("parameter", name),
            "variables" if !self.variables.declares(name) => not_found("variable", name),
            _ => return None,
        };
        match stop {
            Stop::Fault(fault) => Some(fault.message),
            Stop::Needs(_) => None,
        }
    }
}

/// What one evaluation has used up.
#[derive(Debug)]
pub(crate) struct Run {
    fuel: Cell<u32>,
    depth: Cell<u32>,
    guids: Cell<u32>,
    echo: Cell<bool>,
    budget: Budget,
}

/// How many values one template, or one resource of it, may evaluate: loops within loops multiply.
const FUEL: u32 = 1_000_000;

/// How deep functions, and variables with computed names, may stand in each other's values. Each level may hold an
/// expression as deep as the language allows, and all of it stands on the stack.
const DEPTH_MAX: u32 = 12;

/// What is said when that is used up.
pub(crate) const TOO_MUCH: &str =
    "The template evaluates to more than 1000000 values; make its loops smaller or split it.";

impl Default for Run {
    fn default() -> Self {
        Self {
            fuel: Cell::new(FUEL),
            depth: Cell::new(0),
            guids: Cell::new(0),
            echo: Cell::new(false),
            budget: Budget::default(),
        }
    }
}

impl Run {
    /// Takes one value's worth; false where nothing is left.
    pub(crate) fn spend(&self) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(1));
        left > 0
    }

    /// Goes one definition deeper.
    pub(crate) fn descend<T>(&self, within: impl FnOnce() -> T) -> Option<T> {
        let depth = self.depth.get();
        if depth >= DEPTH_MAX {
            return None;
        }
        self.depth.set(depth + 1);
        let result = within();
        self.depth.set(depth);
        Some(result)
    }

    /// A fault that comes from one that has been told.
    pub(crate) fn echo(&self) -> Stop {
        self.echo.set(true);
        Stop::fault("It is built from something that is not valid.")
    }
}

/// One round of a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) name: String,
    pub(crate) index: usize,
    /// Whether the loop is one of resources, which `copyIndex()` without a name means.
    pub(crate) of_resource: bool,
}

/// Which functions an expression may call where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Default values of parameters: chance and time, no variables.
    Default,
    /// Everything that shapes the plan: no facts about resources.
    Plan,
    /// Bodies and outputs.
    Resource,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) context: &'a Context,
    pub(crate) run: &'a Run,
    pub(crate) phase: Phase,
    pub(crate) rounds: &'a [Round],
    pub(crate) facts: Option<&'a Facts>,
    /// Whether expressions that need facts stay as they are written, for a preview.
    pub(crate) preview: bool,
    /// The arguments of the user function whose body this is.
    pub(crate) arguments: Option<&'a HashMap<String, Value>>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(context: &'a Context, run: &'a Run, phase: Phase) -> Self {
        Self {
            context,
            run,
            phase,
            rounds: &[],
            facts: None,
            preview: false,
            arguments: None,
        }
    }

    pub(crate) fn looping<'b>(&self, rounds: &'b [Round]) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame { rounds, ..*self }
    }

    pub(crate) fn rounds_with(&self, round: Round) -> Vec<Round> {
        self.rounds.iter().cloned().chain([round]).collect()
    }

    /// Evaluates an expression, from a clean slate.
    pub(crate) fn evaluate(&self, parsed: &Expression) -> Result<Value, Stop> {
        // A mark that is left from a fault that nobody passed on says nothing about this expression.
        self.run.echo.set(false);
        expression::evaluate(parsed, self)
    }

    /// Whether the fault at hand has been told already; asking takes the mark away.
    pub(crate) fn take_echo(&self) -> bool {
        self.run.echo.take()
    }

    fn copy_index(&self, arguments: &[Value]) -> Result<Value, Stop> {
        let (name, offset) = match arguments {
            [] => (None, 0),
            [Value::String(name)] => (Some(name), 0),
            [Value::String(name), offset] => (Some(name), whole(offset)?),
            [offset] => (None, whole(offset)?),
            _ => {
                return Err(Stop::fault(
                    "copyIndex takes the name of a loop, an offset, or both in this order.",
                ));
            }
        };
        let mut inner_first = self.rounds.iter().rev();
        let round = match name {
            Some(name) => inner_first.find(|round| round.name.eq_ignore_ascii_case(name)),
            None => inner_first
                .clone()
                .find(|round| round.of_resource)
                .or_else(|| inner_first.next()),
        };
        match (round, name) {
            (Some(round), _) => Ok(json!(offset.saturating_add(round.index as i64))),
            (None, Some(name)) => Err(Stop::fault(format!(
                "The template function 'copyIndex' names the loop '{name}', which is not around it. Please see \
                 https://aka.ms/arm-copy for usage details."
            ))),
            (None, None) => Err(Stop::fault(
                "The template function 'copyIndex' is not expected at this location. The function can only be used \
                 in a resource with copy specified. Please see https://aka.ms/arm-copy for usage details.",
            )),
        }
    }

    fn new_guid(&self) -> Value {
        let count = self.run.guids.get();
        self.run.guids.set(count + 1);
        let name = format!("{}/{count}", self.context.known.seed);
        let bytes = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).into_bytes();
        Value::from(
            uuid::Builder::from_random_bytes(bytes)
                .into_uuid()
                .hyphenated()
                .to_string(),
        )
    }

    fn utc_now(&self, arguments: &[Value]) -> Result<Value, Stop> {
        let format = arguments
            .first()
            .and_then(Value::as_str)
            .unwrap_or("yyyyMMddTHHmmssZ");
        Ok(Value::from(expression::format_time(
            self.context.known.now,
            format,
        )?))
    }

    /// The answer to a need, or the need.
    pub(crate) fn ask(&self, need: Need) -> Result<Value, Stop> {
        match self.facts.and_then(|facts| facts.answer(&need)) {
            Some(answer) => Ok(answer),
            None => Err(Stop::need(need)),
        }
    }

    fn list(&self, function: &str, arguments: &[Value]) -> Result<Value, Stop> {
        let (id, api_version) = self.context.index.target(&self.context.known, arguments)?;
        self.ask(Need::List {
            function: function.to_owned(),
            id,
            api_version,
            body: arguments.get(2).cloned(),
        })
    }
}

impl Scope for Frame<'_> {
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Stop>> {
        let context = self.context;
        let known = &context.known;
        let in_function = self.arguments.is_some();
        let result = match name {
            "parameters" => {
                let name = match text(arguments) {
                    Ok(name) => name,
                    Err(stop) => return Some(Err(stop)),
                };
                match self.arguments {
                    Some(arguments) => arguments
                        .get(&fold(name))
                        .cloned()
                        .ok_or_else(|| not_found("parameter", name)),
                    None => context.parameters.value(name, self),
                }
            }
            "variables" if self.phase != Phase::Default && !in_function => match text(arguments) {
                Ok(name) => context.variables.value(name, self),
                Err(stop) => Err(stop),
            },
            "copyindex" if self.phase != Phase::Default && !in_function => self.copy_index(arguments),
            "newguid" if self.phase == Phase::Default => Ok(self.new_guid()),
            "utcnow" if self.phase == Phase::Default => self.utc_now(arguments),
            "subscription" => Ok(known.subscription_value()),
            "resourcegroup" => known.group_value().ok_or_else(|| {
                Stop::fault(
                    "The template function 'resourceGroup' is not expected at this location: the deployment is at \
                     subscription scope. Please see https://aka.ms/arm-functions for usage details.",
                )
            }),
            "tenant" => Ok(json!({
                "tenantId": known.subscription.tenant_id,
                "id": format!("/tenants/{}", known.subscription.tenant_id),
            })),
            "deployment" => Ok(context.deployment.clone()),
            "deployer" => Ok(json!({
                "objectId": known.deployer.object_id,
                "tenantId": known.subscription.tenant_id,
                "userPrincipalName": known.deployer.user_principal_name,
            })),
            "environment" => Ok(known.environment.clone()),
            "reference" if self.phase == Phase::Resource && !in_function => context.index.reference(self, arguments),
            "references" if self.phase == Phase::Resource && !in_function => {
                context.index.references(self, arguments)
            }
            "resourceinfo" if !in_function => context.index.info(arguments),
            _ if name.starts_with("list")
                && !name.contains('.')
                && self.phase == Phase::Resource
                && !in_function =>
            {
                self.list(name, arguments)
            }
            _ => return context.functions.call(name, arguments, self),
        };
        Some(result)
    }

    fn budget(&self) -> Option<&Budget> {
        Some(&self.run.budget)
    }

    fn place(&self) -> Place<'_> {
        let known = &self.context.known;
        Place {
            subscription: Some(&known.subscription.id),
            group: known.resource_group.as_ref().map(|group| group.name.as_str()),
            tenant: &known.subscription.tenant_id,
            management_group: None,
        }
    }
}

pub(crate) fn not_found(what: &str, name: &str) -> Stop {
    Stop::fault(format!(
        "The template {what} '{name}' is not found. Please see https://aka.ms/arm-syntax-{what}s for usage details."
    ))
}

/// Whether a fault stands by itself, without the frame that says what is not valid: the service says these so.
pub(crate) fn stands_alone(message: &str) -> bool {
    message.starts_with("The template parameter '") || message.starts_with("The template variable '")
}

fn text(arguments: &[Value]) -> Result<&str, Stop> {
    match arguments {
        [Value::String(name), ..] => Ok(name),
        _ => Err(Stop::fault(
            "The name of a parameter or variable must be a string.",
        )),
    }
}

fn whole(value: &Value) -> Result<i64, Stop> {
    value.as_i64().ok_or_else(|| {
        Stop::fault(format!(
            "The offset of copyIndex must be an integer; it is {value}."
        ))
    })
}

/// A value that is made when it is first asked for, and complained about once. It may be a secret.
#[derive(Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    Running,
    Made(Value),
    Failed(Vec<Flaw>),
}

/// Something wrong with a definition, and where.
pub(crate) type Flaw = (Span, String);

impl Slot {
    pub(crate) fn made(value: Value) -> Self {
        Self {
            state: Mutex::new(State::Made(value)),
        }
    }

    /// A value that there will never be, for reasons told elsewhere.
    pub(crate) fn failed() -> Self {
        Self {
            state: Mutex::new(State::Failed(Vec::new())),
        }
    }

    /// The value. `circle` tells what is wrong where making it asks for it.
    pub(crate) fn value(
        &self,
        run: &Run,
        circle: impl FnOnce() -> String,
        make: impl FnOnce() -> Result<Value, Vec<Flaw>>,
    ) -> Result<Value, Stop> {
        match &mut *self.lock() {
            State::Made(value) => return Ok(value.clone()),
            State::Failed(_) => return Err(run.echo()),
            State::Running => return Err(Stop::fault(circle())),
            waiting @ State::Waiting => *waiting = State::Running,
        }
        match run.descend(make) {
            Some(Ok(value)) => {
                *self.lock() = State::Made(value.clone());
                Ok(value)
            }
            Some(Err(flaws)) => {
                *self.lock() = State::Failed(flaws);
                Err(run.echo())
            }
            None => {
                *self.lock() = State::Waiting;
                Err(Stop::fault(format!(
                    "More than {DEPTH_MAX} variables, parameters or functions stand in each other's values."
                )))
            }
        }
    }

    /// Gives up on the value for this reason.
    pub(crate) fn fail(&self, flaw: Flaw) {
        *self.lock() = State::Failed(vec![flaw]);
    }

    /// What is wrong, told once.
    pub(crate) fn take_flaws(&self) -> Vec<Flaw> {
        match &mut *self.lock() {
            State::Failed(flaws) => std::mem::take(flaws),
            _ => Vec::new(),
        }
    }

    // A panic while the lock is held leaves the state readable: it is replaced whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
