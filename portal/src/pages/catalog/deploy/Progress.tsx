import { Button, Text } from '@fluentui/react-components'
import { Card } from '../../../components/Card'
import { LinkButton } from '../../../components/LinkButton'
import { OperationProgress } from '../../../components/OperationProgress'
import type { Step } from './useDeploy'

interface Props {
  step: Exclude<Step, { at: 'form' }>
  onNext: () => void
  onFailed: () => void
  onBack: () => void
}

/** What has begun, and how far it is. */
export function Progress({ step, onNext, onFailed, onBack }: Props) {
  const { wanted } = step
  const doing = step.at === 'failed' ? step.what : step.at
  const what =
    doing === 'subscribing'
      ? `Subscribing ${wanted.project} to ${wanted.model.displayName}`
      : `Deploying ${wanted.name}`
  const subscribed = doing === 'deploying' && wanted.subscribeAs !== undefined
  return (
    <Card title={doing === 'subscribing' ? 'Subscribing' : 'Deploying'}>
      <div style={{ display: 'flex', flexDirection: 'column', rowGap: 12 }}>
        {subscribed && (
          <Text>
            {wanted.project} is subscribed to {wanted.model.displayName}.
          </Text>
        )}
        {step.address ? (
          // A step has a component of its own: its time begins anew, and what failed stays.
          <OperationProgress
            key={step.address}
            address={step.address}
            what={what}
            onDone={onNext}
            onFailed={onFailed}
          />
        ) : (
          <Text role="status">{what}: sent</Text>
        )}
        {step.at === 'failed' ? (
          <div style={{ display: 'flex', gap: 8 }}>
            <Button onClick={onBack}>Back to the settings</Button>
            {doing === 'deploying' && <LinkButton to={`/endpoints/${wanted.name}`}>Look at the endpoint</LinkButton>}
          </div>
        ) : (
          <Text size={200}>It goes on if you leave this page; the page Endpoints shows what has become of it.</Text>
        )}
      </div>
    </Card>
  )
}
