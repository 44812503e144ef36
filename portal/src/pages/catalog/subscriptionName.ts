/** A name for the subscription to a model: its own, without what such names may not have. Whoever subscribes again gets the same. */
export function subscriptionName(model: string): string {
  const plain = model
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
  return plain.slice(0, 255) || 'subscription'
}
