// Routes below a scope: the scope is a path of its own, with slashes in it, or `/` for everything.

/** Writes a path of the description whose first part is `{scope*}`; give it to calls as `pathSerializer`. */
export function scoped(path: string, params: Record<string, unknown>): string {
  const scope = String(params['scope*'] ?? '').replace(/\/+$/, '')
  const plain = scope
    .split('/')
    .map(part => encodeURIComponent(part))
    .join('/')
  return path
    .replace('/{scope*}', plain)
    .replace(/\{([^{}*]+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')))
}
