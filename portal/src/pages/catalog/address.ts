// Where an endpoint answers, or will: what the code samples are filled in with.

interface Known {
  name: string
  location: string
  properties: { inferenceEndpoint?: { uri: string } | undefined }
}

/** The address that an endpoint of this name has or would have: as those of the project have theirs, or below the address
 * that the workspace tells. */
export function addressOf(
  name: string,
  region: string,
  endpoints: readonly Known[],
  discoveryUrl: string | undefined,
): string | undefined {
  const own = endpoints.find(one => one.name === name)?.properties.inferenceEndpoint?.uri
  if (own) return own
  for (const other of endpoints) {
    const uri = other.properties.inferenceEndpoint?.uri
    if (!uri) continue
    const { origin, host, pathname } = new URL(uri)
    const path = `/endpoints/${other.location}/${other.name}`
    if (pathname.endsWith(path)) {
      return `${origin}${pathname.slice(0, -path.length)}/endpoints/${region}/${name}`
    }
    const begin = `${other.name}.${other.location}.`.toLowerCase()
    if (host.startsWith(begin)) return `https://${name}.${region}.${host.slice(begin.length)}`
  }
  try {
    return discoveryUrl ? `${new URL(discoveryUrl).origin}/endpoints/${region}/${name}` : undefined
  } catch {
    return undefined
  }
}
