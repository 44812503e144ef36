param projectName string = 'my-project'
param modelId string = 'azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024'

var modelName = substring(modelId, (lastIndexOf(modelId, '/') + 1))
// Replace unallowed chars in the model name by '-'.
var sanitizedModelName = replace(modelName, '.', '-')
var subscriptionName = '${sanitizedModelName}-subscription'

resource projectName_subscription 'Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions@2024-04-01-preview' = if (!startsWith(
  modelId,
  'azureml://registries/azureml/'
)) {
  name: '${projectName}/${subscriptionName}'
  properties: {
    modelId: modelId
  }
}
