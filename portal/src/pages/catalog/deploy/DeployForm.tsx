import { Button, Checkbox, MessageBar, MessageBarBody, makeStyles, Text, tokens } from '@fluentui/react-components'
import { RocketRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { asProblem } from '../../../api/problem'
import { usePermissions } from '../../../api/useRights'
import { useScope } from '../../../app/scope/ScopeContext'
import { useToasts } from '../../../app/toasts'
import { useSession } from '../../../app/useSession'
import { Card } from '../../../components/Card'
import { Facts } from '../../../components/Facts'
import { LinkButton } from '../../../components/LinkButton'
import { ProblemMessage } from '../../../components/ProblemMessage'
import { addressOf } from '../address'
import { checks } from '../eligibility'
import { type CatalogModel, pathOf } from '../model'
import { PriceTable } from '../PriceTable'
import { subscriptionName } from '../subscriptionName'
import { Terms } from '../Terms'
import { useRegionName } from '../useCatalog'
import { type Endpoint, type MarketplaceSubscription, type ProjectPath, projectId, subscriptionTo } from '../useHere'
import { CheckList } from './CheckList'
import { isAboutName, nameFault, suggestedName } from './dryRun'
import { type Form, freeName, wantedOf } from './form'
import { Progress } from './Progress'
import { Settings } from './Settings'
import { useDeploy } from './useDeploy'
import { useDryRun } from './useDryRun'

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(300px, 1fr)',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 1023px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  // First where there is one column, so that a refusal is seen before anything is typed.
  rules: { gridColumnStart: 2, gridRowStart: 1, minWidth: 0, '@media (max-width: 1023px)': { gridColumnStart: 1 } },
  stack: {
    gridColumnStart: 1,
    gridRowStart: 1,
    '@media (max-width: 1023px)': { gridRowStart: 2 },
    display: 'flex',
    flexDirection: 'column',
    rowGap: '16px',
    minWidth: 0,
  },
  terms: { display: 'flex', flexDirection: 'column', rowGap: '8px' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center' },
  why: { color: tokens.colorNeutralForeground2 },
})

interface Props {
  model: CatalogModel
  path: ProjectPath
  region: string
  endpoints: readonly Endpoint[]
  subscriptions: readonly MarketplaceSubscription[]
}

/** Terms, settings and requirements, then the change. */
export function DeployForm({ model, path, region, endpoints, subscriptions }: Props) {
  const styles = useStyles()
  const { subscription, workspace } = useScope()
  const session = useSession()
  const navigate = useNavigate()
  const say = useToasts()
  const regionName = useRegionName()
  const permissions = usePermissions(projectId(path))
  const taken = endpoints.map(one => one.name)
  const [form, setForm] = useState<Form>(() => ({
    name: suggestedName(model, taken),
    contentSafety: true,
    tokensPerMinute: '',
    requestsPerMinute: '',
    hasAccepted: false,
  }))

  const isPartner = model.soldBy === 'partner'
  const held = subscriptionTo(model, subscriptions)
  const needsTerms = isPartner && !held
  const subscribeAs = needsTerms
    ? freeName(
        subscriptionName(model.name),
        subscriptions.map(one => one.name),
      )
    : undefined
  const wanted = wantedOf(form, { model, project: path.workspace, region, subscribeAs, taken })
  const rules = checks(model, {
    project: path.workspace,
    scope: projectId(path),
    region,
    regionName,
    billingCountry: subscription?.billingCountry,
    isSubscribed: held !== undefined,
    permissions: permissions.data,
    person: session.phase === 'unknown' ? 'YOU' : session.user.userPrincipalName,
  })
  const isFit = rules.every(rule => rule.state !== 'unmet')
  const isReadyToAsk = isFit && !permissions.isPending
  const said = useDryRun(path, isReadyToAsk ? wanted : undefined)
  const { step, start, next, fail, back } = useDeploy(path, name => {
    say('success', `${name} is deployed`, `${model.displayName} answers at an address of its own.`)
    void navigate(`/endpoints/${name}`)
  })

  const complaints = isReadyToAsk && said.isCurrent ? said.complaints : []
  const nameProblem = nameFault(form.name, taken) ?? complaints.find(isAboutName)?.message
  const others = complaints.filter(one => !isAboutName(one))
  const mayStart =
    isReadyToAsk &&
    wanted !== undefined &&
    !nameProblem &&
    others.length === 0 &&
    (said.isCurrent || said.error !== null) &&
    (!needsTerms || form.hasAccepted)

  if (step.at !== 'form') {
    return <Progress step={step} onNext={next} onFailed={fail} onBack={back} />
  }
  return (
    <form
      className={styles.columns}
      onSubmit={event => {
        event.preventDefault()
        if (mayStart && wanted) start(wanted)
      }}
    >
      <div className={styles.rules}>
        <Card title="Requirements">
          <CheckList checks={rules} />
        </Card>
      </div>
      <div className={styles.stack}>
        {step.problem && <ProblemMessage problem={step.problem} />}
        <Card title="Price and terms">
          <PriceTable model={model} />
          <div className={styles.terms}>
            <Facts
              facts={[
                ['Licence', model.license],
                ['Terms', <Terms key="terms" model={model} />],
              ]}
            />
            {needsTerms ? (
              <Checkbox
                label={`I accept the terms of ${model.publisher}, on behalf of ${path.workspace}. Everybody in the project can deploy the model then.`}
                checked={form.hasAccepted}
                onChange={(_, data) => setForm({ ...form, hasAccepted: data.checked === true })}
              />
            ) : (
              <Text size={200}>
                {held
                  ? `${path.workspace} has accepted the terms, as the subscription ${held.name}.`
                  : 'It is sold directly: no subscription is needed.'}
              </Text>
            )}
          </div>
        </Card>
        <Card title="Settings">
          <Settings
            form={form}
            onForm={setForm}
            nameFault={nameProblem}
            isChecking={said.isAsking}
            isFree={said.isCurrent && !nameProblem}
            address={addressOf(form.name, region, endpoints, workspace?.properties.discoveryUrl)}
          />
        </Card>
        {others.length > 0 && (
          <MessageBar intent="error" layout="multiline" role="alert">
            <MessageBarBody style={{ overflowWrap: 'anywhere' }}>
              {others.map(one => (
                <Text key={one.message} block>
                  {one.message}
                </Text>
              ))}
            </MessageBarBody>
          </MessageBar>
        )}
        {said.error && isReadyToAsk && (
          <ProblemMessage
            problem={asProblem(said.error)}
            title="The server could not be asked beforehand; it decides when you deploy"
          />
        )}
        <div className={styles.actions}>
          <Button type="submit" appearance="primary" icon={<RocketRegular />} disabled={!mayStart}>
            {needsTerms ? 'Subscribe and deploy' : 'Deploy'}
          </Button>
          <LinkButton to={pathOf(model)}>Cancel</LinkButton>
          {!mayStart && (
            <Text size={200} className={styles.why}>
              {!isFit
                ? 'A requirement is not met; it says what to do.'
                : nameProblem || others.length > 0 || !wanted
                  ? 'Something in the settings has to be put right.'
                  : needsTerms && !form.hasAccepted
                    ? 'Accept the terms first.'
                    : 'Asking the server whether it would work.'}
            </Text>
          )}
        </div>
      </div>
    </form>
  )
}
