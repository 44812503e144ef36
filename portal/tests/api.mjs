// The public API, as an administrator's program uses it: what a story needs before a person opens a page.

export const DEMO_MODEL = 'azureml://registries/cupola/models/tiny-chat'

/** The application that the first start made, with a token for everything. */
export class Administrator {
  static async of(server) {
    const administrator = new Administrator()
    const client = await server.client()
    administrator.server = server
    administrator.subscription = `/subscriptions/${client.subscription_id}`
    administrator.group = `${administrator.subscription}/resourceGroups/${client.resource_group}`
    administrator.project = `${administrator.group}/providers/Microsoft.MachineLearningServices/workspaces/${client.workspace}`
    const answer = await fetch(`${server.origin}/adfs/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.client_id,
        client_secret: client.client_secret,
        scope: `${client.url}/.default`,
      }),
    })
    if (!answer.ok) throw new Error(await answer.text())
    administrator.token = (await answer.json()).access_token
    return administrator
  }

  async send(method, path, body) {
    const version = path.includes('?') || path.startsWith('/v1.0') ? '' : '?api-version=2024-10-01'
    const answer = await fetch(this.server.origin + path + version, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text ? JSON.parse(text) : undefined
  }

  /** Deploys a model and waits until it answers. */
  async deploy(name, model = DEMO_MODEL) {
    const path = `${this.project}/serverlessEndpoints/${name}`
    await this.send('PUT', path, { location: 'eastus2', properties: { modelSettings: { modelId: model } } })
    for (;;) {
      const { properties } = await this.send('GET', path)
      if (properties.provisioningState === 'Succeeded') return
      if (properties.provisioningState === 'Failed') throw new Error(`${name} was not deployed`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }

  /** A project beside the first one. */
  async makeProject(name) {
    const path = `${this.group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`
    await this.send('PUT', path, { location: 'eastus2', kind: 'Project', properties: { friendlyName: name } })
    return path
  }

  /** Invites a person and gives them roles; the answer is the secret part of the link. */
  async invite(person, roles) {
    const made = await this.send('POST', '/v1.0/invitations', {
      invitedUserEmailAddress: person.name,
      invitedUserDisplayName: person.shown,
    })
    for (const { role, scope } of roles) await this.give(made.invitedUser.id, 'User', role, scope)
    return made.inviteRedeemUrl.split('#')[1]
  }

  /** Gives somebody a role at a scope. */
  async give(principalId, principalType, role, scope) {
    const at = `${scope}/providers/Microsoft.Authorization`
    const wanted = encodeURIComponent(`roleName eq '${role}'`)
    const found = await this.send('GET', `${at}/roleDefinitions?api-version=2022-04-01&$filter=${wanted}`)
    const properties = { roleDefinitionId: found.value[0].id, principalId, principalType }
    await this.send('PUT', `${at}/roleAssignments/${crypto.randomUUID()}?api-version=2022-04-01`, { properties })
  }
}
