import { makeStyles, Text } from '@fluentui/react-components'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLocation, useNavigate, useParams } from 'react-router'
import { api, ask, askFor } from '../../api/client'
import { everyItem } from '../../api/pages'
import { ApiProblem, asProblem } from '../../api/problem'
import { forget } from '../../api/queryClient'
import { Page } from '../../app/Page'
import { useToasts } from '../../app/toasts'
import { CopyField } from '../../components/CopyField'
import { EmptyState } from '../../components/EmptyState'
import { Facts } from '../../components/Facts'
import { GuardedButton } from '../../components/GuardedButton'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { Time } from '../../components/Time'
import { isOver, RunState, secondsOf } from './RunState'
import { Steps } from './Steps'
import type { Deployment, Step } from './send'
import { at, nameOf, ONE, WHOLE } from './target'
import { complaintsOf } from './template'
import { useTarget } from './useTarget'

const POLL_MS = 1000
const ACTIONS = 'Microsoft.Resources/deployments'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '20px', minWidth: 0 },
  title: { margin: 0, marginBlockEnd: '8px' },
})

/** One deployment: where it stands, its steps as they go on, what came out, and why it failed where it did. */
export function DeploymentPage() {
  const styles = useStyles()
  const say = useToasts()
  const navigate = useNavigate()
  const { search } = useLocation()
  const client = useQueryClient()
  const { name = '' } = useParams()
  const { target } = useTarget()
  const here = `?into=${encodeURIComponent(target?.group ?? WHOLE)}`
  const place = { subscription: '', group: undefined, ...target, name }
  const run = useQuery<Deployment>({
    queryKey: ['deployment', place],
    queryFn: ({ signal }) => ask(api.GET(ONE, { ...at(place), signal })),
    enabled: target !== undefined,
    refetchInterval: query => (isOver(query.state.data?.properties.provisioningState ?? '') ? false : POLL_MS),
  })
  const state = run.data?.properties.provisioningState ?? ''
  const steps = useQuery<Step[]>({
    queryKey: ['deployment', place, 'steps', isOver(state)],
    queryFn: ({ signal }) => everyItem<Step>(api.GET(`${ONE}/operations`, { ...at(place), signal }), signal),
    enabled: run.data !== undefined,
    placeholderData: old => old,
    refetchInterval: isOver(state) ? false : POLL_MS,
  })

  // It may have made and deleted anything: no other page shows what was read before it ended.
  useEffect(() => {
    if (!isOver(state)) return
    forget()
    void client.invalidateQueries({ predicate: query => query.queryKey[0] !== 'deployment' })
  }, [state, client])

  async function cancel() {
    try {
      await askFor(api.POST(`${ONE}/cancel`, at(place)))
      say('info', 'No further step is begun', name)
    } catch (error) {
      say('error', 'It was not cancelled', asProblem(error).message)
    }
    await client.invalidateQueries({ queryKey: ['deployment', place] })
  }

  async function edit() {
    try {
      const { template } = await ask(api.POST(`${ONE}/exportTemplate`, at(place)))
      const state = { template: JSON.stringify(template, null, 2) }
      await navigate({ pathname: '/templates', search }, { state })
    } catch (error) {
      say('error', 'The template was not read', asProblem(error).message)
    }
  }

  const problem = run.error ? asProblem(run.error) : undefined
  const properties = run.data?.properties
  const { error } = properties ?? {}
  return (
    <Page
      title={name}
      above={[
        { label: 'Templates', to: `/templates${here}` },
        { label: 'History', to: `/templates/history${here}` },
      ]}
      actions={
        run.data && (
          <>
            {!isOver(state) && (
              <GuardedButton action={`${ACTIONS}/cancel/action`} scope={run.data.id} onClick={() => void cancel()}>
                Cancel
              </GuardedButton>
            )}
            <GuardedButton action={`${ACTIONS}/exportTemplate/action`} scope={run.data.id} onClick={() => void edit()}>
              Edit the template
            </GuardedButton>
          </>
        )
      }
    >
      {problem?.status === 404 ? (
        <EmptyState
          title={`There is no deployment ${name} here`}
          text={`It may have been forgotten, or it went into something else than the ${nameOf(place)}.`}
          action={<LinkButton to={`/templates/history${here}`}>All deployments</LinkButton>}
        />
      ) : run.error ? (
        <ProblemMessage problem={asProblem(run.error)} onRetry={() => void run.refetch()} />
      ) : !properties ? (
        <LoadingRows what="the deployment" onRetry={() => void run.refetch()} />
      ) : (
        <div className={styles.root}>
          <Facts
            facts={[
              [
                'State',
                <span key="state" role="status">
                  <RunState state={state} />
                </span>,
              ],
              ['Last change', <Time key="time" at={properties.timestamp} />],
              ['Duration', `${secondsOf(properties.duration)} s`],
              ['Mode', properties.mode],
              ['Deployed into', nameOf(place)],
              ['Correlation id', properties.correlationId],
            ]}
          />
          {error && (
            <ProblemMessage
              title="The deployment did not succeed"
              problem={new ApiProblem(error.message, 0, error.code, undefined, complaintsOf(error))}
            />
          )}
          <Outputs outputs={properties.outputs} />
          {steps.error ? (
            <ProblemMessage problem={asProblem(steps.error)} onRetry={() => void steps.refetch()} />
          ) : steps.data ? (
            <Steps steps={steps.data} />
          ) : (
            <LoadingRows what="the steps" />
          )}
        </div>
      )}
    </Page>
  )
}

function Outputs({ outputs }: { outputs: Record<string, unknown> | undefined }) {
  const styles = useStyles()
  const entries = Object.entries(outputs ?? {})
  if (entries.length === 0) return null
  return (
    <section aria-label="Outputs">
      <Text as="h2" size={400} weight="semibold" block className={styles.title}>
        Outputs
      </Text>
      <Facts
        facts={entries.map(([name, given]) => {
          const { value } = given as { value?: unknown }
          const text = typeof value === 'string' ? value : JSON.stringify(value)
          return [name, <CopyField key={name} text={text ?? ''} label={name} />]
        })}
      />
    </section>
  )
}
