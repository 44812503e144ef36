import { MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, makeStyles } from '@fluentui/react-components'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../../api/call'
import { api, askFor } from '../../../api/client'
import { type OperationStatus, operationOf } from '../../../api/operation'
import { type ApiProblem, asProblem } from '../../../api/problem'
import { CopyField } from '../../../components/CopyField'
import { GuardedButton } from '../../../components/GuardedButton'
import { OperationProgress } from '../../../components/OperationProgress'
import { ProblemMessage } from '../../../components/ProblemMessage'
import { modelName } from '../modelName'
import { activityOf } from './ActivityTab'
import { commandIn, healthOf } from './health'
import { ENDPOINT, keyOf, type PartProps, projectOf } from './place'
import { SubscribeAgain } from './SubscribeAgain'
import { useModel } from './useModel'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '8px', marginBlockEnd: '16px' },
  bar: { alignItems: 'start' },
  body: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '8px',
    paddingBlock: '8px',
    whiteSpace: 'normal',
    minWidth: 0,
  },
})

/** Why an endpoint does not answer, and what cures it; nothing while it does. */
export function HealthBar({ endpoint, place }: PartProps) {
  const model = useModel(endpoint.properties.modelSettings?.modelId)
  const health = healthOf(endpoint, model.data)
  const name = modelName(endpoint.properties.modelSettings?.modelId).model
  if (health.kind === 'good') return null
  if (health.kind === 'failed') return <Failed endpoint={endpoint} place={place} />
  if (health.kind === 'suspended') {
    return <Suspended endpoint={endpoint} place={place} />
  }
  if (health.kind === 'busy') {
    return (
      <Bar intent="info" title={health.what === 'Deleting' ? 'It is being deleted' : 'It is being deployed'}>
        <span>It answers as soon as what serves {name} is ready; this page shows it by itself.</span>
      </Bar>
    )
  }
  if (health.kind === 'unbound') {
    return (
      <Bar intent="error" title={`Nothing serves ${name} any more, so requests are refused with 503`}>
        <span>
          Its binding to a backend was taken away. Whoever operates this server gives it a new one; instead of the
          simulator it may be a file (--engine) or another server (--upstream).
        </span>
        <CopyField text={health.command} label="the command" />
      </Bar>
    )
  }
  if (health.kind === 'backend') {
    const errors = health.backends.map(one => `${one.name}: ${one.lastError ?? 'no answer'}`)
    return (
      <Bar intent="error" title={`What serves ${name} does not answer`}>
        <span>{errors.join('; ')}</span>
        <span>It is asked again by itself. The state of all backends is on the page Settings.</span>
      </Bar>
    )
  }
  return (
    <Bar intent="warning" title={`Its state is ${health.state}`}>
      <span>Whether it answers is not known. The activity log has what was done to it.</span>
    </Bar>
  )
}

interface BarProps {
  intent: 'info' | 'warning' | 'error'
  title: string
  children: React.ReactNode
  action?: React.ReactNode
}

function Bar({ intent, title, children, action }: BarProps) {
  const styles = useStyles()
  return (
    <div className={styles.root}>
      <MessageBar intent={intent} layout="multiline" className={styles.bar}>
        <MessageBarBody className={styles.body}>
          <MessageBarTitle>{title}</MessageBarTitle>
          {children}
        </MessageBarBody>
        {action && <MessageBarActions>{action}</MessageBarActions>}
      </MessageBar>
    </div>
  )
}

function Suspended({ endpoint, place }: PartProps) {
  const [open, setOpen] = useState(false)
  const model = modelName(endpoint.properties.modelSettings?.modelId).model
  return (
    <>
      <Bar
        intent="error"
        title="It is suspended: the marketplace subscription to its model was deleted"
        action={
          <GuardedButton
            action="Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/write"
            scope={projectOf(endpoint)}
            appearance="primary"
            size="small"
            onClick={() => setOpen(true)}
          >
            Subscribe again
          </GuardedButton>
        }
      >
        <span>
          Requests are refused until this project is subscribed to the offer of {model} again. Address, keys and
          settings stay, and it answers again at once.
        </span>
      </Bar>
      <SubscribeAgain endpoint={endpoint} place={place} open={open} onClose={() => setOpen(false)} />
    </>
  )
}

// Why it failed is in the operation that tried it, which the activity log names.
async function reasonOf({ endpoint, place }: PartProps, signal: AbortSignal) {
  const events = await activityOf(endpoint.id, place, signal)
  const written = events.find(event => event.operationName.value.toLowerCase().endsWith('/serverlessendpoints/write'))
  if (!written) return null
  const operation = await call<OperationStatus>(
    `/subscriptions/${place.subscription}/providers/Microsoft.MachineLearningServices/locations/${endpoint.location}/mfeOperationsStatus/${written.operationId}`,
    signal,
  )
  return operation.error ?? null
}

function Failed({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const queries = useQueryClient()
  const [address, setAddress] = useState<string>()
  const [problem, setProblem] = useState<ApiProblem>()
  const reason = useQuery({
    queryKey: keyOf(place, 'reason', endpoint.etag),
    queryFn: ({ signal }) => reasonOf({ endpoint, place }, signal),
  })
  const refresh = () => void queries.invalidateQueries({ queryKey: keyOf(place) })

  async function tryAgain() {
    setProblem(undefined)
    try {
      const { modelSettings } = endpoint.properties
      const { response } = await askFor(
        api.PUT(ENDPOINT, {
          params: { path: place },
          body: { location: endpoint.location, properties: modelSettings ? { modelSettings } : {} },
        }),
      )
      setAddress(operationOf(response))
      refresh()
    } catch (error) {
      setProblem(asProblem(error))
    }
  }

  const why = problem?.message ?? reason.data?.message
  const command = why ? commandIn(why) : undefined
  return (
    <>
      <Bar
        intent="error"
        title="It could not be deployed"
        action={
          <GuardedButton
            action="Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write"
            scope={endpoint.id}
            appearance="primary"
            size="small"
            onClick={() => void tryAgain()}
          >
            Try again
          </GuardedButton>
        }
      >
        <span>
          {reason.data?.message ??
            (reason.isPending
              ? 'Looking for the reason …'
              : 'The reason is not known to you; whoever deployed it, or the log of the server, has it.')}
        </span>
        {command && <CopyField text={command} label="the command" />}
      </Bar>
      {(address || problem) && (
        <div className={styles.root}>
          {problem && <ProblemMessage problem={problem} title="It cannot be deployed yet" />}
          {address && !problem && (
            <OperationProgress
              key={address}
              address={address}
              what={`Deploying ${endpoint.name}`}
              onDone={refresh}
              onFailed={refresh}
            />
          )}
        </div>
      )}
    </>
  )
}
