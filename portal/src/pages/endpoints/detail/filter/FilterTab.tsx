import { MessageBar, MessageBarBody, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ask } from '../../../../api/client'
import { type ApiProblem, asProblem } from '../../../../api/problem'
import { useToasts } from '../../../../app/toasts'
import { Card } from '../../../../components/Card'
import { ConfirmDialog } from '../../../../components/ConfirmDialog'
import { GuardedSwitch } from '../../../../components/GuardedSwitch'
import { LoadingRows } from '../../../../components/LoadingRows'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import { ENDPOINT, keyOf, type PartProps, putEndpoint } from '../place'
import { PolicyForm } from './PolicyForm'
import { applied, isOwn } from './policy'

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: '16px' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** Whether prompts and answers are screened, and by which rules. */
export function FilterTab({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const say = useToasts()
  const queries = useQueryClient()
  const [problem, setProblem] = useState<ApiProblem>()
  const [turningOff, setTurningOff] = useState(false)
  const isOn = endpoint.properties.contentSafety?.contentSafetyStatus !== 'Disabled'
  const policies = useQuery({
    queryKey: keyOf(place, 'policies'),
    queryFn: ({ signal }) =>
      ask(api.GET(`${ENDPOINT}/raiPolicies`, { params: { path: place }, signal })).then(page => page.value),
  })

  async function turn(on: boolean) {
    setProblem(undefined)
    const contentSafetyStatus = on ? ('Enabled' as const) : ('Disabled' as const)
    const written = await putEndpoint({ endpoint, place }, { contentSafety: { contentSafetyStatus } })
    queries.setQueryData(keyOf(place), written)
    say('success', `The content filter of ${endpoint.name} is ${on ? 'on' : 'off'}`)
  }

  const policy = applied(policies.data ?? [])
  return (
    <div className={styles.root}>
      <Card
        title="Content filter"
        text="Prompts are looked at before the model is asked, and answers before they go out. What is blocked ends with content_filter."
      >
        <GuardedSwitch
          action="Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write"
          scope={endpoint.id}
          checked={isOn}
          label={isOn ? 'Prompts and answers are screened' : 'Nothing is screened'}
          onChange={checked => {
            if (checked) turn(true).catch(error => setProblem(asProblem(error)))
            else setTurningOff(true)
          }}
        />
        {problem && <ProblemMessage problem={problem} />}
        {!isOn && (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>The rules below hold again when the filter is switched on.</MessageBarBody>
          </MessageBar>
        )}
      </Card>
      {policies.error ? (
        <ProblemMessage problem={asProblem(policies.error)} onRetry={() => void policies.refetch()} />
      ) : policies.isPending ? (
        <LoadingRows what="the policies" onRetry={() => void policies.refetch()} />
      ) : policy ? (
        <PolicyForm key={policy.etag ?? policy.name} {...{ endpoint, place, policy }} policies={policies.data} />
      ) : (
        <Text className={styles.quiet}>This server has no policy.</Text>
      )}
      {policy && isOwn(policy) && (
        <Text size={200} className={styles.quiet}>
          This endpoint has a policy of its own, named {policy.name}, based on {policy.properties.basePolicyName}.
        </Text>
      )}
      <ConfirmDialog
        open={turningOff}
        onClose={() => setTurningOff(false)}
        title={`Switch the content filter of ${endpoint.name} off?`}
        action="Switch it off"
        onConfirm={() => turn(false)}
      >
        <Text>
          From the next request on nothing is screened: hate, sexual content, violence, self-harm and jailbreaks reach
          the model and the people who read its answers. Its rules stay, for when it is switched on again.
        </Text>
      </ConfirmDialog>
    </div>
  )
}
