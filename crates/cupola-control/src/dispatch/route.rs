//! A route: method, path, who may use it, and the handler. A route without an authorization case cannot be written.

use super::{Call, Caller, Reply, View};
use cupola_core::rbac::Granted;
use cupola_core::{Problem, ResourceId};
use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

/// What a request to the resource manager may weigh.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What a handler promises.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;

/// Who may use a route. The handler's arguments are the proof.
pub(crate) enum Access {
    /// Anybody: what a client needs before it can sign in.
    Anonymous(fn(Call) -> Answer),
    /// Anybody who signed in; the handler shows what the caller may see.
    SignedIn(fn(Call, Caller) -> Answer),
    /// Somebody who holds something in the scope or below it; the handler shows the part where this action is allowed.
    List(&'static str, fn(Call, View) -> Answer),
    /// Somebody who may do this action in the scope.
    Action(&'static str, fn(Call, Granted) -> Answer),
    /// Somebody who may do this (`read`, `write`, `delete`) to the resource that the scope is, whatever its type.
    Derived(&'static str, fn(Call, Granted) -> Answer),
}

impl Access {
    /// The action that is asked for in a scope; `None` for routes that ask for none.
    pub(crate) fn action(&self, scope: &str) -> Option<Cow<'static, str>> {
        match self {
            Self::Anonymous(_) | Self::SignedIn(_) => None,
            Self::List(action, _) | Self::Action(action, _) => Some(Cow::Borrowed(action)),
            Self::Derived(verb, _) => {
                let kind = ResourceId::parse(scope)
                    .map(|id| id.resource_type())
                    .unwrap_or_default();
                Some(Cow::Owned(format!("{kind}/{verb}")))
            }
        }
    }
}

/// A line of the route table.
pub(crate) struct Route {
    /// `GET`, `PUT`…
    pub(crate) method: &'static str,
    /// Fixed segments and `{names}`.
    pub(crate) path: &'static str,
    /// Who may use it.
    pub(crate) access: Access,
    /// Must `api-version` be given?
    pub(crate) versioned: bool,
    /// What a request may weigh.
    pub(crate) body_bytes_max: usize,
}

impl Route {
    /// Is it what load balancers ask, over whatever network they have?
    pub(crate) fn is_probe(&self) -> bool {
        self.path == "/healthz"
    }

    /// The same route with another bound on what a request may weigh.
    pub(crate) const fn up_to(self, body_bytes_max: usize) -> Self {
        Self {
            body_bytes_max,
            ..self
        }
    }
}

/// A route of the resource manager.
pub(crate) const fn route(method: &'static str, path: &'static str, access: Access) -> Route {
    Route {
        method,
        path,
        access,
        versioned: true,
        body_bytes_max: BODY_BYTES_MAX,
    }
}

/// A route that takes no `api-version`.
pub(crate) const fn unversioned(method: &'static str, path: &'static str, access: Access) -> Route {
    Route {
        method,
        path,
        access,
        versioned: false,
        body_bytes_max: BODY_BYTES_MAX,
    }
}

macro_rules! anonymous {
    ($handler:path) => {
        $crate::dispatch::Access::Anonymous(|call| Box::pin($handler(call)))
    };
}

macro_rules! signed_in {
    ($handler:path) => {
        $crate::dispatch::Access::SignedIn(|call, caller| Box::pin($handler(call, caller)))
    };
}

macro_rules! list {
    ($action:expr, $handler:path) => {
        $crate::dispatch::Access::List($action, |call, view| Box::pin($handler(call, view)))
    };
}

macro_rules! action {
    ($action:expr, $handler:path) => {
        $crate::dispatch::Access::Action($action, |call, grant| Box::pin($handler(call, grant)))
    };
}

macro_rules! derived {
    ($verb:expr, $handler:path) => {
        $crate::dispatch::Access::Derived($verb, |call, grant| Box::pin($handler(call, grant)))
    };
}

pub(crate) use {action, anonymous, derived, list, signed_in};
