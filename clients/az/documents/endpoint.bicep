param projectName string = 'my-project'
param endpointName string = 'myserverless-text-1234ss'
param modelId string = 'azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024'

resource projectName_endpoint 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints@2024-04-01-preview' = {
  name: '${projectName}/${endpointName}'
  location: resourceGroup().location
  sku: {
    name: 'Consumption'
  }
  properties: {
    modelSettings: {
      modelId: modelId
    }
  }
  dependsOn: [
    projectName_subscription
  ]
}

output endpointUri string = projectName_endpoint.properties.inferenceEndpoint.uri
