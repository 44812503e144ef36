import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import { covers, described, type Lock, scopeOfLock } from './rights'

/** Locks stop everybody, whatever role they hold, so they are said where roles are looked at. */
export function LockNote({ locks, scope }: { locks: readonly Lock[]; scope: string }) {
  const here = locks.filter(lock => covers(scopeOfLock(lock), scope))
  if (here.length === 0) return null
  return (
    <MessageBar intent="info" layout="multiline" style={{ marginBlockEnd: 12 }}>
      <MessageBarBody style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}>
        <MessageBarTitle>Locked, for everybody</MessageBarTitle>
        {here.map(lock => wordsOf(lock)).join(' ')}
      </MessageBarBody>
    </MessageBar>
  )
}

/** `keep at Group cupola stops deleting.` */
export function wordsOf(lock: Lock): string {
  const { kind, name } = described(scopeOfLock(lock))
  const what = lock.properties.level === 'ReadOnly' ? 'every change' : 'deleting'
  return `${lock.name} at ${`${kind} ${name}`.trim()} stops ${what}${lock.properties.notes ? ` (${lock.properties.notes})` : ''}.`
}
