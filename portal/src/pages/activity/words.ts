// What was tried, in a person's words. Whether it was done is the status of the event.

const WORDS: readonly (readonly [end: string, words: string])[] = [
  ['serverlessEndpoints/write', 'Deploy or change an endpoint'],
  ['serverlessEndpoints/delete', 'Delete an endpoint'],
  ['serverlessEndpoints/listKeys/action', 'Show the keys of an endpoint'],
  ['serverlessEndpoints/regenerateKeys/action', 'Regenerate a key of an endpoint'],
  ['marketplaceSubscriptions/write', 'Subscribe to a model'],
  ['marketplaceSubscriptions/delete', 'Delete the subscription to a model'],
  ['connections/write', 'Make or change a connection'],
  ['connections/delete', 'Delete a connection'],
  ['connections/listsecrets/action', 'Show the credentials of a connection'],
  ['raiPolicies/write', 'Change a content filter'],
  ['raiPolicies/delete', 'Delete the rules of a content filter'],
  ['raiBlocklists/write', 'Make or change a blocklist'],
  ['raiBlocklists/delete', 'Delete a blocklist'],
  ['accounts/deployments/write', 'Deploy a model in an account'],
  ['accounts/deployments/delete', 'Delete a deployment of an account'],
  ['accounts/listKeys/action', 'Show the keys of an account'],
  ['accounts/regenerateKey/action', 'Regenerate a key of an account'],
  ['accounts/write', 'Make or change an account'],
  ['accounts/delete', 'Delete an account'],
  ['projects/write', 'Make or change a project'],
  ['projects/delete', 'Delete a project'],
  ['workspaces/write', 'Make or change a project'],
  ['workspaces/delete', 'Delete a project'],
  ['subscriptions/resourceGroups/write', 'Make or change a group'],
  ['subscriptions/resourceGroups/delete', 'Delete a group'],
  ['Microsoft.Resources/deployments/write', 'Deploy a template'],
  ['Microsoft.Resources/deployments/delete', 'Forget the deployment of a template'],
  ['Microsoft.Resources/deployments/cancel/action', 'Cancel the deployment of a template'],
  ['roleAssignments/write', 'Give a role'],
  ['roleAssignments/delete', 'Take a role away'],
  ['roleDefinitions/write', 'Make or change a role'],
  ['roleDefinitions/delete', 'Delete a role'],
  ['locks/write', 'Set or change a lock'],
  ['locks/delete', 'Take a lock away'],
  ['tags/write', 'Change tags'],
  ['users/invite/action', 'Invite somebody'],
  ['principals/write', 'Change a person or an application'],
  ['principals/delete', 'Delete a person or an application'],
  ['bindings/write', 'Bind a model to a backend'],
  ['bindings/delete', 'Take the backend of a model away'],
  ['identityProviders/write', 'Add or change an identity provider'],
  ['identityProviders/delete', 'Delete an identity provider'],
  ['signingKeys/rotate/action', 'Rotate the signing key'],
]

/** An action in a person's words; one that has none stays as it is. */
export function wordsOfAction(action: string | undefined): string {
  const plain = `/${(action ?? '').toLowerCase()}`
  return WORDS.find(([end]) => plain.endsWith(`/${end.toLowerCase()}`))?.[1] ?? shortAction(action)
}

/** `serverlessEndpoints/write` of a whole action: the namespace is in the detail. */
export function shortAction(action: string | undefined): string {
  const parts = (action ?? '').split('/')
  return parts.length > 2 ? parts.slice(-2 - Number(parts.at(-1) === 'action')).join('/') : (action ?? '')
}
