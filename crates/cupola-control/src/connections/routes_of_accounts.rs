//! The same connections below accounts and below their projects. Projects see those that their account shares.

use super::{delete, get, list, list_secrets, patch, put};
use crate::dispatch::{Route, action, route};

const ACCOUNT_LIST: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/connections";
const ACCOUNT_ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/connections/{name}";
const ACCOUNT_READ: &str = "Microsoft.CognitiveServices/accounts/connections/read";
const ACCOUNT_WRITE: &str = "Microsoft.CognitiveServices/accounts/connections/write";

const PROJECT_LIST: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/projects/{project}/connections";
const PROJECT_ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/projects/{project}/connections/{name}";
const PROJECT_READ: &str = "Microsoft.CognitiveServices/accounts/projects/connections/read";
const PROJECT_WRITE: &str = "Microsoft.CognitiveServices/accounts/projects/connections/write";

pub(crate) const ROUTES_OF_ACCOUNTS: &[Route] = &[
    route("GET", ACCOUNT_LIST, action!(ACCOUNT_READ, list::list)),
    route("GET", ACCOUNT_ONE, action!(ACCOUNT_READ, get::get)),
    route("PUT", ACCOUNT_ONE, action!(ACCOUNT_WRITE, put::put)),
    route("PATCH", ACCOUNT_ONE, action!(ACCOUNT_WRITE, patch::patch)),
    route(
        "DELETE",
        ACCOUNT_ONE,
        action!(
            "Microsoft.CognitiveServices/accounts/connections/delete",
            delete::delete
        ),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/connections/{name}/listsecrets",
        action!(
            "Microsoft.CognitiveServices/accounts/connections/listsecrets/action",
            list_secrets::list_secrets
        ),
    ),
    route("GET", PROJECT_LIST, action!(PROJECT_READ, list::list)),
    route("GET", PROJECT_ONE, action!(PROJECT_READ, get::get)),
    route("PUT", PROJECT_ONE, action!(PROJECT_WRITE, put::put)),
    route("PATCH", PROJECT_ONE, action!(PROJECT_WRITE, patch::patch)),
    route(
        "DELETE",
        PROJECT_ONE,
        action!(
            "Microsoft.CognitiveServices/accounts/projects/connections/delete",
            delete::delete
        ),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/projects/{project}/connections/{name}/listsecrets",
        action!(
            "Microsoft.CognitiveServices/accounts/projects/connections/listsecrets/action",
            list_secrets::list_secrets
        ),
    ),
];
