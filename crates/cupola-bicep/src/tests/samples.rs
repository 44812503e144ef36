//! Files with the constructs that people use; the first two say what the documents' files say, in our words.

use super::template;
use insta::assert_json_snapshot;

/// A subscription to a model on the marketplace, unless the model needs none.
const MODEL_SUBSCRIPTION: &str = "
@description('The project that subscribes.')
param projectName string = 'demo-project'

@description('The model to subscribe to.')
param modelId string = 'azureml://registries/azureml-cohere/models/Cohere-command-r-plus'

var modelName = substring(modelId, (lastIndexOf(modelId, '/') + 1))
// Names may not have dots.
var subscriptionName = '${replace(modelName, '.', '-')}-subscription'

resource project_subscription 'Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions@2024-04-01-preview' = if (!startsWith(modelId, 'azureml://registries/azureml/')) {
  name: '${projectName}/${subscriptionName}'
  properties: {
    modelId: modelId
  }
}
";

/// A serverless endpoint, as the documents have it: it waits for a resource of the other file.
const ENDPOINT_WITH_DEFECT: &str = "
param projectName string = 'demo-project'
param endpointName string = 'demo-endpoint'
param location string = resourceGroup().location
param modelId string = 'azureml://registries/azureml-cohere/models/Cohere-command-r-plus'

resource project_endpoint 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints@2024-04-01-preview' = {
  name: '${projectName}/${endpointName}'
  location: location
  sku: {
    name: 'Consumption'
  }
  properties: {
    modelSettings: {
      modelId: modelId
    }
  }
  dependsOn: [
    project_subscription
  ]
}

output endpointUri string = project_endpoint.properties.inferenceEndpoint.uri
";

const DECORATORS: &str = "
targetScope = 'resourceGroup'

metadata description = 'Everything that decorates.'

@description('Where to.')
@allowed([
  'westeurope'
  'eastus'
])
param location string = 'westeurope'

@sys.description('How many.')
@minValue(1)
@maxValue(10)
param count int = 2

@secure()
@minLength(8)
param password string

@secure()
param settings object = {}

@metadata({
  category: 'network'
})
@maxLength(3)
param zones array = []

@description('As it was given.')
output where string = location
output many int = count
output all array = concat(zones, [password, settings])
";

const NESTED: &str = "
param create bool

resource outer 'My.Rp/parents@2020-12-01' = if (create) {
  name: 'outer'
  properties: {
    size: 'large'
  }

  resource middle 'children@2021-01-01' = {
    name: 'middle'

    @description('The innermost.')
    resource inner 'grandchildren' = {
      name: 'inner'
      properties: {
        size: outer.properties.size
      }
    }
  }
}

resource found 'My.Rp/parents@2020-12-01' existing = {
  name: 'found'
  scope: resourceGroup('elsewhere')
}

resource beside 'My.Rp/parents/children@2020-12-01' = {
  parent: outer
  name: 'beside'
  properties: {
    inner: outer::middle::inner.id
    found: found.id
    size: found.properties.size
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'lock'
  scope: outer
  properties: {
    level: 'CanNotDelete'
  }
}

output style string = outer::middle::inner.properties.style
";

const LOOPS: &str = "
param names array = ['a', 'b']
param enabled bool = true

var ports = [for i in range(0, 3): 8000 + i]
var settings = {
  hosts: [for (name, i) in names: {
    host: name
    port: ports[i]
  }]
}

@batchSize(2)
resource accounts 'My.Rp/accounts@2022-01-01' = [for (name, i) in names: if (enabled) {
  name: '${name}${i}'
  location: resourceGroup().location
  properties: {
    rules: [for rule in settings.hosts: {
      name: rule.host
      owner: name
    }]
  }
}]

resource first 'My.Rp/users@2022-01-01' = {
  name: 'first'
  properties: {
    account: accounts[0].id
  }
}

resource pairs 'My.Rp/users@2022-01-01' = [for i in range(0, length(names)): {
  name: 'pair-${i}'
  properties: {
    account: accounts[i].properties.key
  }
}]

resource all 'My.Rp/users@2022-01-01' = {
  name: 'all'
  dependsOn: [
    accounts
  ]
}

output ids array = [for (name, i) in names: {
  name: name
  id: accounts[i].id
}]
";

const TYPES: &str = "
@export()
@description('How it is sold.')
type sku = {
  name: 'Basic' | 'Standard'
  @minValue(1)
  capacity: int?
  tags: {
    *: string
  }
}

@sealed()
type point = {
  x: int
  y: int
}

type pair = [
  string
  sku
]

type list = sku[]

@discriminator('kind')
type shape = { kind: 'circle', radius: int } | { kind: 'square', side: int }

param one sku
param more list = []
param maybe string?
param level 1 | 2 | 3 = 2
param letters ('a' | 'b')[] = ['a']
param both pair?
param form shape = {
  kind: 'circle'
  radius: 1
}
param at point = { x: 1, y: 2 }
param name sku.name = 'Basic'

func double(value int) int => value * 2

@export()
func label(prefix string, kinds list) string => '${prefix}-${length(kinds)}-${double(1)}'

var typed string = one.name

resource thing 'My.Rp/things@2023-01-01' = {
  name: typed
  properties: {
    maybe: maybe ?? 'none'
    all: [level, letters, both, form, at, name]
  }
}

resource child 'My.Rp/things/parts@2023-01-01' = {
  parent: thing
  name: label('p', more)
}

output made sku = one
output size int = thing.properties.size
output where string = thing.location
";

const MODULES: &str = "
param names array = []

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: 'vault'
}

module one './modules/part.bicep' = {
  name: 'one'
  params: {
    name: 'x'
    secret: vault.getSecret('password')
  }
}

module more 'modules/part.bicep' = [for (name, i) in names: {
  name: 'more-${i}'
  scope: resourceGroup('other')
  params: {
    name: name
    secret: 's'
    tags: [for tag in names: '${tag}!']
  }
  dependsOn: [
    one
  ]
}]

resource user 'My.Rp/users@2022-01-01' = {
  name: 'user'
  properties: {
    label: one.outputs.label
    first: more[0].outputs.id
  }
}

module maybe 'modules/part.bicep' = if (length(names) > 1) {
  name: 'maybe'
  params: {
    name: 'y'
    secret: 's'
  }
}

output label string = one.outputs.label
output perhaps string = maybe.?outputs.label ?? 'none'
";

const PART: &str = "
param name string
@secure()
param secret string
param tags array = []

resource it 'My.Rp/parts@2022-01-01' = {
  name: name
  properties: {
    secret: secret
    tags: tags
  }
}

output label string = 'part-${name}'
output id string = it.id
";

const IMPORTS: &str = "
import { settings, prefix as start, named } from 'shared.bicep'
import * as shared from 'shared.bicep'

param given settings
param other shared.settings = { port: 1 }

output a string = named(start)
output b string = shared.named('${shared.prefix}${given.port}${other.port}')
";

const SHARED: &str = "
var hidden = 'h'

@export()
var prefix = '${hidden}-p'

type port = int

@export()
type settings = {
  port: port
}

func inner(value string) string => toUpper(value)

@export()
func named(value string) string => inner('<${value}>')
";

const SUBSCRIPTION: &str = "
targetScope = 'subscription'

param location string = deployment().location

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: 'group'
  location: location
}

module inside 'modules/part.bicep' = {
  scope: group
  name: 'inside'
  params: {
    name: 'x'
    secret: 's'
  }
}

output id string = inside.outputs.id
";

const COMMENTS: &str = "
/* a block
   of words */
param a string // behind
#disable-next-line no-unused-vars
var unused = {
  // inside
  text: '''
    many lines
    with 'quotes' and ${no} filling
  '''
  list: [ 1, 2
    3
  ]
}
var folded = a == 'x'
  ? 'y'
  : 'z'
output o string = folded
";

/// All of them, for what holds of every file.
pub(super) const SAMPLES: &[(&str, &str)] = &[
    ("model subscription", MODEL_SUBSCRIPTION),
    ("endpoint", ENDPOINT_WITH_DEFECT),
    ("decorators", DECORATORS),
    ("nested", NESTED),
    ("loops", LOOPS),
    ("types", TYPES),
    ("modules", MODULES),
    ("part", PART),
    ("imports", IMPORTS),
    ("shared", SHARED),
    ("subscription", SUBSCRIPTION),
    ("comments", COMMENTS),
    ("empty", ""),
    ("unterminated", "var x = 'abc\nvar y = 1\n"),
    ("no value", "param x string =\n"),
    ("no bracket", "var x = [1, 2\n"),
    ("no colon", "var x = { a 1 }\n"),
    ("no operand", "var x = 1 +\n"),
    ("no type", "output x = 1\n"),
    ("two operators", "var x = 1 * / 2\n"),
    ("no body", "resource x 'My.Rp/a@2020-01-01' =\n"),
    ("no such keyword", "parameter x string\n"),
    ("loop without in", "var x = [for y z: 1]\n"),
    ("safe access", "param a object\noutput o string = a.?b\n"),
    ("spread", "param a array\noutput o array = [...a]\n"),
    ("typed variable", "var a string = 'x'\noutput o string = a\n"),
];

/// Those of them that compile, with the files that they need.
pub(super) fn whole() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let part = ("modules/part.bicep", PART);
    let shared = ("shared.bicep", SHARED);
    vec![
        ("model subscription", vec![("main.bicep", MODEL_SUBSCRIPTION)]),
        ("decorators", vec![("main.bicep", DECORATORS)]),
        ("nested", vec![("main.bicep", NESTED)]),
        ("loops", vec![("main.bicep", LOOPS)]),
        ("types", vec![("main.bicep", TYPES)]),
        ("modules", vec![("main.bicep", MODULES), part]),
        ("imports", vec![("main.bicep", IMPORTS), shared]),
        ("subscription", vec![("main.bicep", SUBSCRIPTION), part]),
        ("comments", vec![("main.bicep", COMMENTS)]),
    ]
}

#[test]
fn templates() {
    for (name, files) in whole() {
        insta::with_settings!({ snapshot_suffix => name.replace(' ', "_"), omit_expression => true }, {
            assert_json_snapshot!("template", template(&files));
        });
    }
}

#[test]
fn the_documents_files_become_what_the_contract_says() {
    let subscription = template(&[("model-subscription.bicep", MODEL_SUBSCRIPTION)]);
    assert_eq!(
        subscription["variables"]["modelName"],
        "[substring(parameters('modelId'), add(lastIndexOf(parameters('modelId'), '/'), 1))]"
    );
    let resource = &subscription["resources"][0];
    assert_eq!(
        resource["condition"],
        "[not(startsWith(parameters('modelId'), 'azureml://registries/azureml/'))]"
    );
    assert_eq!(
        resource["name"],
        "[format('{0}/{1}', parameters('projectName'), variables('subscriptionName'))]"
    );
    let mended = ENDPOINT_WITH_DEFECT.replace("    project_subscription\n", "");
    let endpoint = template(&[("serverless-endpoint.bicep", &mended)]);
    assert_eq!(
        endpoint["parameters"]["location"]["defaultValue"],
        "[resourceGroup().location]"
    );
    assert_eq!(
        endpoint["outputs"]["endpointUri"]["value"],
        "[reference(resourceId('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints', \
         split(format('{0}/{1}', parameters('projectName'), parameters('endpointName')), '/')[0], \
         split(format('{0}/{1}', parameters('projectName'), parameters('endpointName')), '/')[1]), \
         '2024-04-01-preview').inferenceEndpoint.uri]"
    );
}

#[test]
fn the_documents_endpoint_file_does_not_compile_alone() {
    let compiled = super::compiled(ENDPOINT_WITH_DEFECT);
    assert!(compiled.template.is_none());
    insta::assert_snapshot!(super::said(&compiled), @r#"main.bicep(19,5) : Error BCP057: The name "project_subscription" does not exist in the current context. [https://aka.ms/bicep/core-diagnostics#BCP057]"#);
}
