import {
  Combobox,
  Field,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Option,
  Text,
} from '@fluentui/react-components'
import { useState } from 'react'
import { asProblem } from '../../api/problem'
import { allowing } from '../../api/roles'
import { useRoles } from '../../api/useRights'
import { Card } from '../../components/Card'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { wordsOf } from './LockNote'
import { type Picked, PrincipalPicker } from './PrincipalPicker'
import { described, isAllowed, type Reason, reasonsFor, stopping } from './rights'
import { ScopeSelect } from './ScopeSelect'
import { useActions, useAssignments, useLocks } from './useAccess'
import { type ScopeChoice, useScopes } from './useScopes'

const useStyles = makeStyles({
  list: { margin: 0, paddingInlineStart: '20px', overflowWrap: 'anywhere', display: 'grid', rowGap: '6px' },
})

const SHOWN_MAX = 60

// What people ask about most, in the words that they use for it.
const USUAL: readonly { words: string; action: string }[] = [
  { words: 'Deploy a model', action: 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write' },
  {
    words: 'Read the keys of an endpoint',
    action: 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/listKeys/action',
  },
  { words: 'Delete an endpoint', action: 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/delete' },
  { words: 'See endpoints', action: 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/read' },
  { words: 'Give roles', action: 'Microsoft.Authorization/roleAssignments/write' },
]

/** May somebody do something at a scope, with the roles and locks that decide it. */
export function WhyMay() {
  const { choices, chosen, choose } = useScopes()
  const [who, setWho] = useState<Picked>()
  const [action, setAction] = useState('')
  const actions = useActions()
  const wanted = action.trim().toLowerCase()
  const known = (actions.data ?? []).filter(one => one.toLowerCase().includes(wanted))
  const usual = USUAL.filter(one => `${one.words} ${one.action}`.toLowerCase().includes(wanted))
  const isWhole = /^[^/\s*]+\/\S+$/.test(action.trim())
  return (
    <Card title="May somebody do this?">
      <PrincipalPicker picked={who} onPick={setWho} />
      <Field label="Where" required>
        <ScopeSelect choices={choices} value={chosen?.value ?? ''} onChoose={choose} />
      </Field>
      <Field label="What" required hint="An action, such as Microsoft.MachineLearningServices/workspaces/write">
        <Combobox
          style={{ minWidth: 0 }}
          freeform
          placeholder="Type a word of it"
          value={action}
          selectedOptions={action ? [action] : []}
          onChange={event => setAction(event.target.value)}
          onOptionSelect={(_, data) => setAction(data.optionValue ?? '')}
        >
          {usual.map(one => (
            <Option key={one.words} value={one.action} text={one.action}>
              {one.words}
            </Option>
          ))}
          {known.slice(0, SHOWN_MAX).map(one => (
            <Option key={one} value={one} text={one}>
              {one}
            </Option>
          ))}
        </Combobox>
      </Field>
      {who && chosen && isWhole && <Verdict who={who} at={chosen} action={action.trim()} />}
    </Card>
  )
}

function Verdict({ who, at, action }: { who: Picked; at: ScopeChoice; action: string }) {
  const assignments = useAssignments(at.scope)
  const roles = useRoles(at.scope)
  const locks = useLocks(at.scope)
  const error = assignments.error ?? roles.error ?? locks.error
  if (error) return <ProblemMessage problem={asProblem(error)} title="This cannot be answered with your rights" />
  if (!assignments.data || !roles.data || !locks.data) return <LoadingRows rows={2} what="the roles" />
  const reasons = reasonsFor(who.id, action, at.scope, assignments.data, roles.data)
  const allowed = isAllowed(reasons)
  const stops = allowed ? stopping(locks.data, action, at.scope) : []
  const better = allowed ? [] : allowing(roles.data, action)
  const verdict = !allowed ? 'may not' : stops.length > 0 ? 'may, but a lock stops it' : 'may'
  return (
    <div role="status" style={{ display: 'flex', flexDirection: 'column', rowGap: 12 }}>
      <MessageBar intent={!allowed ? 'error' : stops.length > 0 ? 'warning' : 'success'} layout="multiline">
        <MessageBarBody style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}>
          <MessageBarTitle>
            {who.name} {verdict}
          </MessageBarTitle>
          {action} at {at.label}.
        </MessageBarBody>
      </MessageBar>
      <Because reasons={reasons} />
      {stops.length > 0 && <Text>{stops.map(wordsOf).join(' ')}</Text>}
      {better.length > 0 && (
        <Text>
          Roles that would allow it, the least mighty first: {better.map(role => role.properties.roleName).join(', ')}.
        </Text>
      )}
    </div>
  )
}

function Because({ reasons }: { reasons: readonly Reason[] }) {
  const styles = useStyles()
  if (reasons.length === 0) return <Text>No role is held at this scope or above it.</Text>
  return (
    <ul className={styles.list}>
      {reasons.map(reason => (
        <li key={reason.assignment.id}>
          <Text>{sentence(reason)}</Text>
        </li>
      ))}
    </ul>
  )
}

/** `Reader, held at Subscription x, has nothing that names it.` */
export function sentence(reason: Reason): string {
  const { kind, name } = described(reason.assignment.properties.scope)
  const who = `${reason.role?.properties.roleName ?? 'A role that is not there'}, held at ${`${kind} ${name}`.trim()},`
  if (reason.isConditional) return `${who} has a condition, and does not count for rights.`
  if (reason.allowedBy !== undefined) return `${who} allows it by ${reason.allowedBy}.`
  if (reason.takenBy !== undefined) return `${who} leaves it out by ${reason.takenBy}.`
  return `${who} has nothing that names it.`
}
