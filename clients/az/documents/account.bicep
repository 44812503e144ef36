param accountName string
param location string = resourceGroup().location

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: accountName
  location: location
  kind: 'AIServices'
  sku: {
    name: 'S0'
  }
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    customSubDomainName: accountName
    publicNetworkAccess: 'Enabled'
    allowProjectManagement: true
  }
}

resource words 'Microsoft.CognitiveServices/accounts/raiBlocklists@2025-06-01' = {
  parent: account
  name: 'words'
  properties: {
    description: 'Names of projects that are not public yet'
  }
}

resource maple 'Microsoft.CognitiveServices/accounts/raiBlocklists/raiBlocklistItems@2025-06-01' = {
  parent: words
  name: 'maple'
  properties: {
    pattern: '\\bproject\\s+maple\\b'
    isRegex: true
  }
}

resource policy 'Microsoft.CognitiveServices/accounts/raiPolicies@2025-06-01' = {
  parent: account
  name: 'house-rules'
  properties: {
    basePolicyName: 'Microsoft.DefaultV2'
    mode: 'Blocking'
    contentFilters: [
      {
        name: 'Hate'
        enabled: true
        blocking: true
        severityThreshold: 'Low'
        source: 'Prompt'
      }
    ]
    customBlocklists: [
      {
        blocklistName: words.name
        blocking: true
        source: 'Prompt'
      }
    ]
  }
}

resource chat 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = {
  parent: account
  name: 'chat'
  sku: {
    name: 'GlobalStandard'
    capacity: 50
  }
  properties: {
    model: {
      format: 'Cupola'
      name: 'tiny-chat'
    }
    raiPolicyName: policy.name
  }
}

resource command 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = {
  parent: account
  name: 'command'
  sku: {
    name: 'GlobalStandard'
    capacity: 10
  }
  properties: {
    model: {
      format: 'Cohere'
      name: 'Cohere-command-r-08-2024'
    }
  }
  dependsOn: [
    chat
  ]
}

output endpoint string = account.properties.endpoint
