//! The one table of public errors. A code is part of the API: clients branch on it.

use std::fmt;

macro_rules! problems {
    ($($(#[$doc:meta])* $code:ident $status:literal;)*) => {
        /// What went wrong, as the client reads it in `error.code`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $code,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$code,)*];

            /// The HTTP status that goes with the code.
            pub fn status(self) -> u16 {
                match self { $(Code::$code => $status,)* }
            }

            /// The text of the code at the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$code => stringify!($code),)* }
            }
        }
    };
}

problems! {
    /// The body could not be read as what was asked for.
    InvalidRequestContent 400;
    /// A rule of the resource type was broken; `inner` carries the machine-readable reason.
    UserError 400;
    /// `?api-version=` is missing.
    MissingApiVersionParameter 400;
    /// `?api-version=` is not a date.
    InvalidApiVersionParameter 400;
    /// A required `location` is missing.
    LocationRequired 400;
    /// The location is not one where this can be.
    LocationNotAvailableForResourceType 400;
    /// A name breaks the pattern of its type.
    InvalidResourceName 400;
    /// A name, or a part of it, that no resource may have.
    ReservedResourceName 400;
    /// The location of an existing resource cannot change.
    InvalidResourceLocation 409;
    /// The location of an existing resource group cannot change.
    InvalidResourceGroupLocation 409;
    /// No credential, or one that proves nothing.
    AuthenticationFailed 401;
    /// The token is malformed, forged, or for somebody else.
    InvalidAuthenticationToken 401;
    /// The token was good once.
    ExpiredAuthenticationToken 401;
    /// The caller is known and may not do this.
    AuthorizationFailed 403;
    /// No such subscription.
    SubscriptionNotFound 404;
    /// No such resource group.
    ResourceGroupNotFound 404;
    /// No such resource.
    ResourceNotFound 404;
    /// The resource that should hold this one does not exist.
    ParentResourceNotFound 404;
    /// The path names no resource type that this server has.
    InvalidResourceType 404;
    /// The resource provider is not one of this server's, and nothing of it is kept here.
    InvalidResourceNamespace 404;
    /// The template is wrong; `details` has every fault where there are several.
    InvalidTemplate 400;
    /// The template is right and what it asks for would be refused.
    InvalidTemplateDeployment 400;
    /// A resource of a template would be refused.
    PreflightValidationCheckFailed 400;
    /// No such template deployment.
    DeploymentNotFound 404;
    /// No such operation of a template deployment.
    DeploymentOperationNotFound 404;
    /// The deployment is running; it must end first.
    DeploymentActive 409;
    /// The deployment has ended and cannot be cancelled.
    DeploymentCannotBeCancelled 409;
    /// Somebody cancelled the deployment.
    DeploymentCanceled 409;
    /// A part of the deployment failed.
    DeploymentFailed 409;
    /// A resource reached a bad end after it was accepted.
    ResourceDeploymentFailure 409;
    /// The outputs of a template could not be evaluated.
    DeploymentOutputEvaluationFailed 400;
    /// The operation is not known or too old.
    OperationNotFound 404;
    /// The state of a resource forbids what was asked of it.
    BadRequest 400;
    /// A property breaks a rule of its type.
    InvalidResourceProperties 400;
    /// The kind of an account is not one that is served.
    InvalidApiSetId 400;
    /// The sku is not one of this type.
    InvalidSkuId 400;
    /// The model of a deployment is not in the catalog.
    DeploymentModelNotSupported 400;
    /// There is not so much capacity, or no room for one more.
    InsufficientQuota 400;
    /// Another account, perhaps a deleted one, has this name on the data plane.
    CustomDomainInUse 409;
    /// The account was deleted and not purged: it can be restored, or purged.
    FlagMustBeSetForRestore 409;
    /// There is no deleted account to restore.
    CanNotRestoreANonExistingResource 400;
    /// Nothing here can do this; the message says what can be done.
    NotSupported 400;
    /// A tag, or the number of them, breaks a bound.
    InvalidTag 400;
    /// The subscription was cancelled: it can be read, emptied and enabled again.
    ReadOnlyDisabledSubscription 409;
    /// The path exists with another method.
    MethodNotAllowed 405;
    /// Something else holds the name, or the state forbids the change.
    Conflict 409;
    /// The same principal holds the same role at the same scope already.
    RoleAssignmentExists 409;
    /// What identifies an assignment cannot change: delete it and make another one.
    RoleAssignmentUpdateNotPermitted 400;
    /// No such role.
    RoleDefinitionDoesNotExist 400;
    /// Another role has this name.
    RoleDefinitionWithSameNameExists 409;
    /// Somebody holds the role.
    RoleDefinitionHasAssignments 400;
    /// There are as many custom roles as there may be.
    RoleDefinitionLimitExceeded 400;
    RoleAssignmentLimitExceeded 400;
    /// An action of a role is no action.
    InvalidActionOrNotAction 400;
    /// The principal is of another type than the caller said.
    UnmatchedPrincipalType 400;
    /// The caller may do this here, but not at a scope that the body names.
    LinkedAuthorizationFailed 403;
    /// A lock at this scope, above or below it forbids the change.
    ScopeLocked 409;
    /// No lock of this name at this scope.
    LockNotFound 404;
    /// No such principal in this tenant.
    PrincipalNotFound 400;
    /// Somebody changed the resource since the caller read it.
    PreconditionFailed 412;
    /// The body is larger than this route takes.
    RequestBodyTooLarge 413;
    /// Too many requests; `Retry-After` says when to come back.
    TooManyRequests 429;
    /// A fault of ours; the log has the cause under the request id.
    InternalServerError 500;
    /// The store cannot take writes now, for example because the disk is full.
    ServiceUnavailable 503;
}

/// An outward message with its code. The edge renders it as ARM or as OpenAI does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What clients branch on.
    pub code: Code,
    /// A sentence for people: what is wrong, the rule, what to do next.
    pub message: String,
    /// The field or resource at fault.
    pub target: Option<String>,
    /// For `UserError`: the reason as a path of codes, outermost first.
    pub inner: Vec<&'static str>,
    /// Overrides the code's status where the service does (a `UserError` may be 404 or 409).
    pub status: Option<u16>,
    /// Seconds after which to try again.
    pub retry_after_s: Option<u32>,
    /// More problems found at once.
    pub details: Vec<Problem>,
}

impl Problem {
    /// A problem with a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            target: None,
            inner: Vec::new(),
            status: None,
            retry_after_s: None,
            details: Vec::new(),
        }
    }

    /// Names the field or resource at fault.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Adds the machine-readable reason.
    #[must_use]
    pub fn inner(mut self, path: &[&'static str]) -> Self {
        self.inner = path.to_vec();
        self
    }

    /// Overrides the status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The HTTP status to answer with.
    pub fn http_status(&self) -> u16 {
        self.status.unwrap_or_else(|| self.code.status())
    }

    /// A broken rule of the Machine Learning front end: always `UserError`, the reason inside.
    pub fn user(message: impl Into<String>, inner: &[&'static str]) -> Self {
        Self::new(Code::UserError, message).inner(inner)
    }

    /// A fault of ours. The cause belongs in the log, not here.
    pub fn internal() -> Self {
        Self::new(
            Code::InternalServerError,
            "The server failed to answer; its log has the cause under this request id.",
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Problem {}
