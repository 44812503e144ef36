//! `Microsoft.MachineLearningServices/workspaces/connections`, as they are stored. Credentials are kept apart, sealed, and
//! are in no answer but that of `listsecrets`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The full name of the type.
pub const CONNECTION_TYPE: &str = "Microsoft.MachineLearningServices/workspaces/connections";

/// `properties` of a connection, without credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionProperties {
    /// What kind of proof the credentials are, such as `ApiKey`. Clients choose the class by it.
    pub auth_type: String,
    /// What is connected, such as `Serverless`. Clients read it without a null check.
    pub category: String,
    /// Where it is. Clients read it without a null check.
    pub target: String,
    /// The family of the category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// May every project of the hub use it?
    pub is_shared_to_all: bool,
    /// Who else may, where not everybody.
    #[serde(default)]
    pub shared_user_list: Vec<String>,
    /// What the client wants to remember of it.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// Until when the credentials are good, in ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<String>,
    /// The workspace that it was made in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_workspace_arm_id: Option<String>,
    /// Whether the workspace signs in with its own identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_workspace_managed_identity: Option<bool>,
    /// `Required`, `NotRequired` or `NotApplicable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pe_requirement: Option<String>,
    /// `Active`, `Inactive` or `NotApplicable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pe_status: Option<String>,
}

/// How a connection proves who it is, and which fields that takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthType {
    /// The text at the wire.
    pub name: &'static str,
    /// Credentials that must be there.
    pub required: &'static [&'static str],
    /// Credentials that may be there.
    pub optional: &'static [&'static str],
}

/// Every way, as published.
pub const AUTH_TYPES: [AuthType; 12] = [
    auth("ApiKey", &["key"], &[]),
    auth("AAD", &[], &[]),
    auth("None", &[], &[]),
    auth("PAT", &["pat"], &[]),
    auth("ManagedIdentity", &[], &["clientId", "resourceId"]),
    auth("UsernamePassword", &["username"], &["password", "securityToken"]),
    auth("AccessKey", &["accessKeyId", "secretAccessKey"], &[]),
    auth("SAS", &["sas"], &[]),
    auth("ServicePrincipal", &["clientId", "clientSecret", "tenantId"], &[]),
    // `keys` is an object of texts.
    auth("CustomKeys", &["keys"], &[]),
    auth(
        "OAuth2",
        &["clientId"],
        &[
            "authUrl",
            "clientSecret",
            "developerToken",
            "password",
            "refreshToken",
            "tenantId",
            "username",
        ],
    ),
    auth("AccountKey", &["key"], &[]),
];

const fn auth(
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
) -> AuthType {
    AuthType {
        name,
        required,
        optional,
    }
}

impl AuthType {
    /// The way of this name, whatever its case.
    pub fn find(name: &str) -> Option<&'static Self> {
        AUTH_TYPES
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name))
    }
}

// Families with the categories that clients ask for most; a category of none has no group, which is published too.
const GROUPS: [(&str, &[&str]); 6] = [
    (
        "AzureAI",
        &[
            "Serverless",
            "AIServices",
            "AzureOpenAI",
            "CognitiveSearch",
            "CognitiveService",
            "ManagedOnlineEndpoint",
            "BingLLMSearch",
            "GroundingWithBingSearch",
            "GroundingWithCustomSearch",
            "OpenAI",
            "Serp",
            "ApiKey",
            "ModelGateway",
            "AppInsights",
            "RemoteTool",
            "RemoteA2A",
        ],
    ),
    (
        "Azure",
        &[
            "ADLSGen2",
            "AzureBlob",
            "AzureDataExplorer",
            "AzureDatabricksDeltaLake",
            "AzureKeyVault",
            "AzureMariaDb",
            "AzureMySqlDb",
            "AzureOneLake",
            "AzurePostgresDb",
            "AzureSqlDb",
            "AzureSqlMi",
            "AzureStorageAccount",
            "AzureSynapseAnalytics",
            "AzureTableStorage",
            "ContainerRegistry",
            "CosmosDb",
            "CosmosDbMongoDbApi",
            "Redis",
            "AzureContainerAppEnvironment",
            "AppConfig",
            "ApiManagement",
        ],
    ),
    (
        "Database",
        &[
            "AmazonRdsForOracle",
            "AmazonRdsForSqlServer",
            "AmazonRedshift",
            "Db2",
            "Drill",
            "GoogleBigQuery",
            "Greenplum",
            "Hbase",
            "Hive",
            "Impala",
            "Informix",
            "MariaDb",
            "MicrosoftAccess",
            "MySql",
            "Netezza",
            "Oracle",
            "Phoenix",
            "PostgreSql",
            "Presto",
            "SapBw",
            "SapHana",
            "SapOpenHub",
            "SapTable",
            "Snowflake",
            "Spark",
            "SqlServer",
            "Sybase",
            "Teradata",
            "Vertica",
        ],
    ),
    (
        "File",
        &[
            "AmazonS3Compatible",
            "FileServer",
            "FtpServer",
            "GoogleCloudStorage",
            "Hdfs",
            "OracleCloudStorage",
            "S3",
            "Sftp",
        ],
    ),
    (
        "GenericProtocol",
        &[
            "GenericHttp",
            "GenericRest",
            "ODataRest",
            "Odbc",
            "Git",
            "PythonFeed",
            "GenericContainerRegistry",
        ],
    ),
    (
        "NoSQL",
        &[
            "Cassandra",
            "Couchbase",
            "Elasticsearch",
            "MongoDbAtlas",
            "MongoDbV2",
            "Pinecone",
        ],
    ),
];

/// A category with its published casing, and its family. A category that nobody published stays as it is written.
pub fn category(text: &str) -> (String, Option<&'static str>) {
    let known = GROUPS.iter().find_map(|(group, categories)| {
        let name = categories.iter().find(|known| known.eq_ignore_ascii_case(text))?;
        Some(((*name).to_owned(), Some(*group)))
    });
    known.unwrap_or_else(|| (text.to_owned(), None))
}
