import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { Card } from '../../../components/Card'
import { CodeSample } from '../../../components/CodeSample'
import { EmptyState } from '../../../components/EmptyState'
import { modelName } from '../modelName'
import type { PartProps } from './place'
import { type Asked, preparation, samplesOf } from './samples'
import { useModel } from './useModel'

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: '16px' },
  note: { color: tokens.colorNeutralForeground2 },
})

/** How to ask the endpoint from code, with its real address. */
export function CodeTab({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const { properties } = endpoint
  const model = useModel(properties.modelSettings?.modelId)
  if (!properties.inferenceEndpoint) {
    return (
      <EmptyState title="There is no address to ask yet" text="The code is here as soon as the endpoint is deployed." />
    )
  }
  const asked: Asked = {
    ...place,
    uri: properties.inferenceEndpoint.uri,
    model: modelName(properties.modelSettings?.modelId).model,
    task: model.data?.task ?? 'chat-completion',
    authMode: properties.authMode,
  }
  return (
    <div className={styles.root}>
      <Card
        title="1. Once in a shell"
        text="Where this server is, whom it trusts, and a key in a variable, so that none stands in code. On another machine, set the variable and trust the server's certificate."
      >
        <CodeSample label="Preparation" samples={[{ language: 'Shell', code: preparation(asked) }]} />
      </Card>
      <Card title="2. Ask" text="Each of these clients works as it is published.">
        <CodeSample label="Languages and clients" samples={samplesOf(asked)} />
        <Text size={200} className={styles.note}>
          {properties.authMode === 'Key'
            ? 'The key goes into the header Authorization as a bearer, or into api-key.'
            : 'Access tokens for https://ml.azure.com go into the header Authorization as a bearer; azure-identity gets them.'}
        </Text>
      </Card>
    </div>
  )
}
