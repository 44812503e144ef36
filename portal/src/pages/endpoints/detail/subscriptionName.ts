/** A name for the subscription to a model: its own, without what such names may not have. */
export function subscriptionName(model: string): string {
  const plain = model.replace(/[^a-zA-Z0-9_-]+/g, '-').replace(/^[^a-zA-Z0-9]+/, '')
  return plain.slice(0, 255) || 'subscription'
}
