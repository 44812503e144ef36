/** `serverlessEndpoints/write` of a whole action: the namespace is in the detail. */
export function shortAction(action: string | undefined): string {
  const parts = (action ?? '').split('/')
  return parts.length > 2 ? parts.slice(-2 - Number(parts.at(-1) === 'action')).join('/') : (action ?? '')
}
