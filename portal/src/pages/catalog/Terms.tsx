import { Link, Text } from '@fluentui/react-components'
import type { CatalogModel } from './model'

/** The address of the terms, where they are one that a browser may be sent to. */
export function termsAddress(terms: string): string | undefined {
  try {
    const address = new URL(terms)
    return address.protocol === 'https:' || address.protocol === 'http:' ? address.href : undefined
  } catch {
    return undefined
  }
}

/** The terms of a model: a link to them, or their text. */
export function Terms({ model }: { model: CatalogModel }) {
  const address = termsAddress(model.terms)
  if (address) {
    return (
      <Link href={address} target="_blank" rel="noreferrer noopener" inline style={{ overflowWrap: 'anywhere' }}>
        {address}
      </Link>
    )
  }
  return (
    <Text style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {model.terms || 'The catalog names no terms for this model.'}
    </Text>
  )
}
