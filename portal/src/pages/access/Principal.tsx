import { Text, tokens } from '@fluentui/react-components'
import { Apps20Regular, Person20Regular } from '@fluentui/react-icons'
import type { DirectoryObject } from './useAccess'

interface Props {
  id: string
  type: string
  names: ReadonlyMap<string, DirectoryObject> | undefined
}

/** A person or an application, by the name that people know. */
export function Principal({ id, type, names }: Props) {
  const found = names?.get(id)
  const detail = found?.userPrincipalName ?? (type === 'User' ? undefined : 'Application')
  return (
    <span style={{ display: 'inline-flex', columnGap: 8, alignItems: 'center', minWidth: 0 }}>
      {type === 'User' ? <Person20Regular aria-label="Person" /> : <Apps20Regular aria-label="Application" />}
      <span style={{ minWidth: 0 }}>
        <Text weight="semibold">{found?.displayName ?? (names ? 'Not in the directory any more' : id)}</Text>
        <Text size={200} block style={{ color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' }}>
          {found ? detail : names ? id : ''}
          {found?.accountEnabled === false && ' · disabled'}
        </Text>
      </span>
    </span>
  )
}

export function wordsOfPrincipal(id: string, names: ReadonlyMap<string, DirectoryObject> | undefined): string {
  const found = names?.get(id)
  return found ? [found.displayName, found.userPrincipalName].filter(Boolean).join(' ') : id
}
